#include "replay/stand_in.h"

#include <cstring>

#include "core/base/hash.h"
#include "core/control/neighbour_message.h"

namespace lisper::replay {

namespace {

MacAddress made_up_mac(const IpAddress& ip) {
  std::uint64_t halves[2];
  std::memcpy(halves, &ip, sizeof halves);
  constexpr std::uint64_t kLocallyAdministered = 0x02'00'00'00'00'00;
  return MacAddress::from_u64(kLocallyAdministered | (hash_u64(halves[0] ^ hash_u64(halves[1])) & 0xff'ff'ff'ff'ff));
}

}  // namespace

StandIn::StandIn(const LisperConfig& config, std::span<const PortFrame> captured) {
  for (const ExitConfig& exit : config.exits)
    if (exit.next_hop && !exit.next_hop_mac)
      next_hops_.emplace(std::pair(config.interfaces[exit.interface.value].port, *exit.next_hop),
                         made_up_mac(*exit.next_hop));
  if (next_hops_.empty()) return;
  for (const PortFrame& frame : captured) {
    const auto message = decode_neighbour_message(frame.bytes);
    if (!message || !message->mac) continue;
    const bool solicitation = message->kind == NeighbourMessage::Kind::kSolicitation;
    const auto found = next_hops_.find({frame.port, solicitation ? message->sender : message->target});
    if (found != next_hops_.end()) found->second = *message->mac;
  }
}

std::optional<PortFrame> StandIn::answer(const PortFrame& sent) const {
  if (next_hops_.empty()) return std::nullopt;
  const auto message = decode_neighbour_message(sent.bytes);
  if (!message || message->kind != NeighbourMessage::Kind::kSolicitation) return std::nullopt;
  const auto found = next_hops_.find({sent.port, message->target});
  if (found == next_hops_.end()) return std::nullopt;
  return PortFrame{sent.port, sent.at,
                   encode_advertisement({found->second, message->target, message->vlan_id}, *message)};
}

}  // namespace lisper::replay
