#include "replay/decode.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "core/wire/arp.h"
#include "core/wire/ethernet.h"
#include "core/wire/icmp.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/l2tpv3.h"
#include "core/wire/ndp.h"
#include "core/wire/udp.h"

namespace lisper::replay {

namespace {

/// What stands between an L2TPv3 session ID and the frame.
struct SessionLayout {
  std::uint8_t cookie = 8;  ///< [bytes]
  bool counter = false;
};

SessionLayout layout_of(const LisperConfig& config, const IpAddress& source, const IpAddress& destination,
                        SessionId session) {
  for (const LocalNetworkConfig& network : config.local_networks) {
    if (!network.tunnel) continue;
    const TunnelConfig& tunnel = *network.tunnel;
    if (tunnel.ip == destination && tunnel.remote_session_id == session)
      return {tunnel.remote_cookie.length, tunnel.counter};
    if (tunnel.ip == source && tunnel.session_id == session) return {tunnel.cookie.length, tunnel.counter};
  }
  for (const LisperPeerConfig& peer : config.lispers)
    if (peer.ip == destination || peer.ip == source)
      return {peer.cookie ? peer.cookie->length : std::uint8_t{8}, false};
  return {};
}

class Decoder {
 public:
  Decoder(Bytes frame, const LisperConfig& config) : frame_(frame), config_(config) {}

  std::vector<Field> operator()() {
    ethernet();
    if (offset_ < frame_.size())
      add_bytes("payload", frame_.size() - offset_, fmt::format("{} bytes", frame_.size() - offset_));
    return std::move(fields_);
  }

 private:
  /// The header at the cursor; null if it is cut off.
  template <typename T>
  [[nodiscard]] const T* peek() const noexcept {
    return frame_.size() - offset_ >= sizeof(T) ? &at<T>(frame_.data(), offset_) : nullptr;
  }
  [[nodiscard]] std::size_t left() const noexcept { return frame_.size() - offset_; }

  /// The next `length` bytes; nothing for none.
  void add_bytes(std::string_view name, std::size_t length, std::string text) {
    if (length == 0) return;
    fields_.push_back({fmt::format("{}{}{}", depth_, layer_, name), offset_, length, std::move(text)});
    offset_ += length;
  }
  template <typename T>
  void add(std::string_view name, const T& field, std::string text) {
    add_bytes(name, sizeof field, std::move(text));
  }
  void add(std::string_view name, Be16 field) { add(name, field, fmt::format("{}", field.value())); }
  void add_hex(std::string_view name, Be16 field) { add(name, field, fmt::format("0x{:04x}", field.value())); }
  void add_byte(std::string_view name, unsigned value) { add_bytes(name, 1, fmt::format("{}", value)); }

  void ethernet() {
    const auto* header = peek<wire::Ethernet>();
    if (header == nullptr) return;
    layer_ = "Ethernet ";
    add("destination", header->destination, to_string(header->destination));
    add("source", header->source, to_string(header->source));
    std::uint16_t type = header->ether_type.value();
    while (type == wire::kEtherTypeVlan || type == wire::kEtherTypeServiceVlan) {
      const auto* tag = peek<wire::VlanTag>();
      if (tag == nullptr || left() < sizeof(wire::VlanTag) + sizeof(Be16)) break;
      add_hex("VLAN TPID", tag->tpid);
      add("VLAN ID", tag->tci,
          fmt::format("{} priority {}", tag->tci.value() & wire::kVlanIdMask, tag->tci.value() >> 13));
      type = peek<Be16>()->value();
    }
    add_hex("EtherType", *peek<Be16>());
    if (type == wire::kEtherTypeIpv4) ipv4();
    if (type == wire::kEtherTypeIpv6) ipv6();
    if (type == wire::kEtherTypeArp) arp();
    layer_.clear();
  }

  void arp() {
    const auto* header = peek<wire::Arp>();
    if (header == nullptr) return;
    layer_ = "ARP ";
    add_hex("hardware type", header->hardware_type);
    add_hex("protocol type", header->protocol_type);
    add_byte("hardware length", header->hardware_length);
    add_byte("protocol length", header->protocol_length);
    add("operation", header->operation);
    add("sender MAC", header->sender_mac, to_string(header->sender_mac));
    add("sender IP", header->sender_ip, to_string(header->sender_ip));
    add("target MAC", header->target_mac, to_string(header->target_mac));
    add("target IP", header->target_ip, to_string(header->target_ip));
  }

  void ipv4() {
    const auto* header = peek<wire::Ipv4>();
    if (header == nullptr || header->header_length() < sizeof(wire::Ipv4) || left() < header->header_length()) return;
    layer_ = "IPv4 ";
    const std::uint16_t fragment = header->flags_fragment.value();
    add_bytes("version and header length", 1, fmt::format("{}, {} bytes", header->version(), header->header_length()));
    add("DSCP and ECN", header->tos, fmt::format("0x{:02x}", header->tos));
    add("total length", header->total_length);
    add("identification", header->identification);
    add("flags and fragment offset", header->flags_fragment,
        fmt::format("{}{}offset {}", (fragment & wire::kIpv4DontFragment) != 0 ? "DF " : "",
                    (fragment & wire::kIpv4MoreFragments) != 0 ? "MF " : "", (fragment & wire::kIpv4OffsetMask) * 8));
    add_byte("TTL", header->ttl);
    add_byte("protocol", header->protocol);
    add_hex("checksum", header->checksum);
    add("source", header->source, to_string(header->source));
    add("destination", header->destination, to_string(header->destination));
    add_bytes("options", header->header_length() - sizeof(wire::Ipv4), "present");
    source_ = header->source;
    destination_ = header->destination;
    if ((fragment & wire::kIpv4OffsetMask) == 0) transport(header->protocol);
  }

  void ipv6() {
    const auto* header = peek<wire::Ipv6>();
    if (header == nullptr) return;
    layer_ = "IPv6 ";
    add("version, traffic class, flow label", header->version_class_label,
        fmt::format("{}, 0x{:02x}, 0x{:05x}", header->version(), header->traffic_class(), header->flow_label()));
    add("payload length", header->payload_length);
    add_byte("next header", header->next_header);
    add_byte("hop limit", header->hop_limit);
    add("source", header->source, to_string(header->source));
    add("destination", header->destination, to_string(header->destination));
    source_ = header->source;
    destination_ = header->destination;
    std::uint8_t next = header->next_header;
    if (next == wire::kProtocolFragment) {
      const auto* fragment = peek<wire::Ipv6Fragment>();
      if (fragment == nullptr) return;
      next = fragment->next_header;
      const unsigned offset = fragment->offset_more.value() & 0xfff8u;
      layer_ = "IPv6 fragment ";
      add_byte("next header", fragment->next_header);
      add_byte("reserved", fragment->reserved);
      add("offset and M", fragment->offset_more, fmt::format("{} M {}", offset, fragment->offset_more.value() & 1));
      add("identification", fragment->identification, fmt::format("{}", fragment->identification.value()));
      if (offset != 0) return;
    }
    transport(next);
  }

  void transport(std::uint8_t protocol) {
    switch (protocol) {
      case wire::kProtocolL2tp:
        return l2tp();
      case wire::kProtocolUdp:
        return udp();
      case wire::kProtocolIcmp:
      case wire::kProtocolIcmpv6:
        return icmp(protocol);
      case wire::kProtocolTcp:
        return tcp();
      default:
        return;
    }
  }

  void udp() {
    const auto* header = peek<wire::Udp>();
    if (header == nullptr) return;
    layer_ = "UDP ";
    add("source port", header->source_port);
    add("destination port", header->destination_port);
    add("length", header->length);
    add_hex("checksum", header->checksum);
    const auto* prefix = peek<wire::L2tpUdpPrefix>();
    if (prefix == nullptr || !depth_.empty() || !is_l2tp_port(header->destination_port.value()) ||
        prefix->flags_version.value() != wire::kL2tpUdpData)
      return;
    begin_tunnel();
    add_hex("flags and version", prefix->flags_version);
    add_hex("reserved", prefix->reserved);
    l2tp();
  }

  /// What is before is the outer header, what follows belongs to the tunnel.
  void begin_tunnel() {
    if (layer_ == kTunnel) return;
    for (Field& field : fields_) field.name = "outer " + field.name;
    layer_ = kTunnel;
  }

  void l2tp() {
    const auto* id = peek<Be32>();
    if (id == nullptr || !depth_.empty()) return;
    const auto [cookie, counter] = layout_of(config_, source_, destination_, SessionId(id->value()));
    begin_tunnel();
    add("session ID", *id, fmt::format("{}", id->value()));
    if (left() < cookie) return;
    add_bytes("cookie", cookie, hex(frame_.subspan(offset_, cookie)));
    if (counter) {
      const auto* number = peek<Be32>();
      if (number == nullptr) return;
      add("counter", *number, fmt::format("{}", number->value()));
    }
    depth_ = "inner ";
    ethernet();
  }

  void icmp(std::uint8_t protocol) {
    const auto* header = peek<wire::Icmp>();
    if (header == nullptr) return;
    layer_ = protocol == wire::kProtocolIcmp ? "ICMP " : "ICMPv6 ";
    const std::uint8_t type = header->type;
    add_byte("type", type);
    add_byte("code", header->code);
    add_hex("checksum", header->checksum);
    add("rest of header", header->rest, fmt::format("0x{:08x}", header->rest.value()));
    const auto* target = peek<Ipv6Address>();
    if (protocol != wire::kProtocolIcmpv6 || target == nullptr) return;
    if (type == wire::kNeighbourSolicitation || type == wire::kNeighbourAdvertisement)
      add("target", *target, to_string(*target));
  }

  void tcp() {
    const auto* ports = peek<std::array<Be16, 2>>();
    if (ports == nullptr) return;
    layer_ = "TCP ";
    add("source port", (*ports)[0]);
    add("destination port", (*ports)[1]);
  }

  [[nodiscard]] bool is_l2tp_port(std::uint16_t port) const {
    for (const LocalNetworkConfig& network : config_.local_networks)
      if (network.tunnel && network.tunnel->transport == Transport::kUdp &&
          (port == network.tunnel->local_port || port == network.tunnel->remote_port))
        return true;
    return false;
  }

  static std::string hex(Bytes bytes) {
    std::string text;
    for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    return text;
  }

  static constexpr std::string_view kTunnel = "L2TPv3 ";

  Bytes frame_;
  const LisperConfig& config_;
  std::size_t offset_ = 0;
  std::string depth_;  ///< "inner " once there is an outer
  std::string layer_;
  IpAddress source_;
  IpAddress destination_;
  std::vector<Field> fields_;
};

}  // namespace

std::vector<Field> decode(Bytes frame, const LisperConfig& config) { return Decoder(frame, config)(); }

}  // namespace lisper::replay
