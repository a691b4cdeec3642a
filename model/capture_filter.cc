#include "model/capture_filter.h"

#include <optional>

#include "core/wire/ethernet.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"

namespace lisper::model {

namespace {

std::optional<IpAddress> ip_source(Bytes frame) {
  std::size_t offset = sizeof(wire::Ethernet);
  std::uint16_t type = at<wire::Ethernet>(frame.data()).ether_type.value();
  if (type == wire::kEtherTypeVlan && frame.size() >= offset + sizeof(wire::VlanTag)) {
    offset += sizeof(wire::VlanTag);
    type = at<Be16>(frame.data(), offset - sizeof(Be16)).value();
  }
  if (type == wire::kEtherTypeIpv6 && frame.size() >= offset + sizeof(wire::Ipv6))
    return at<wire::Ipv6>(frame.data(), offset).source;
  if (type == wire::kEtherTypeIpv4 && frame.size() >= offset + sizeof(wire::Ipv4))
    return at<wire::Ipv4>(frame.data(), offset).source;
  return std::nullopt;
}

}  // namespace

bool is_wanted(const Flow& flow, Bytes frame) {
  if (frame.size() < sizeof(wire::Ethernet)) return false;
  const auto& ethernet = at<wire::Ethernet>(frame.data());
  if (flow.only_source && ethernet.source != *flow.only_source) return false;
  if (flow.only_destination && ethernet.destination != *flow.only_destination) return false;
  return !flow.only_ip_source || ip_source(frame) == flow.only_ip_source;
}

}  // namespace lisper::model
