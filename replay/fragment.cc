#include "replay/fragment.h"

#include <algorithm>

#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"

namespace lisper::replay {

namespace {

/// Where the IP header starts, and which it is.
struct IpPlace {
  std::size_t offset = sizeof(wire::Ethernet);
  std::uint16_t type = 0;
};

IpPlace find_ip(const FrameBytes& frame) {
  IpPlace place;
  if (frame.size() < place.offset) return place;
  place.type = at<wire::Ethernet>(frame.data()).ether_type.value();
  if (place.type == wire::kEtherTypeVlan && frame.size() >= place.offset + sizeof(wire::VlanTag)) {
    place.offset += sizeof(wire::VlanTag);
    place.type = at<Be16>(frame.data(), place.offset - sizeof(Be16)).value();
  }
  return place;
}

/// RFC 791 3.2: the header of one fragment of `length` bytes at `offset`.
void finish_ipv4(wire::Ipv4& header, std::size_t offset, std::size_t length, bool more) {
  header.total_length = Be16(static_cast<std::uint16_t>(sizeof header + length));
  header.flags_fragment = Be16(static_cast<std::uint16_t>((more ? wire::kIpv4MoreFragments : 0) | offset / 8));
  header.checksum = {};
  header.checksum = wire::checksum(std::as_bytes(std::span(&header, 1)));
}

}  // namespace

std::vector<FrameBytes> fragment(const FrameBytes& frame, std::size_t payload, Random& random) {
  const auto [ip, type] = find_ip(frame);
  const bool v4 = type == wire::kEtherTypeIpv4;
  const std::size_t header = v4 ? sizeof(wire::Ipv4) : sizeof(wire::Ipv6);
  if ((!v4 && type != wire::kEtherTypeIpv6) || frame.size() <= ip + header + payload) return {frame};

  const Bytes body = Bytes(frame).subspan(ip + header);
  const Be32 identification(static_cast<std::uint32_t>(random.next()));
  std::vector<FrameBytes> fragments;
  for (std::size_t offset = 0; offset < body.size(); offset += payload) {
    const Bytes part = body.subspan(offset, std::min(payload, body.size() - offset));
    const bool more = offset + part.size() < body.size();
    FrameBytes& copy = fragments.emplace_back(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(ip + header));
    if (v4) {
      finish_ipv4(at<wire::Ipv4>(copy.data(), ip), offset, part.size(), more);
    } else {
      auto& ipv6 = at<wire::Ipv6>(copy.data(), ip);
      const wire::Ipv6Fragment extension{.next_header = ipv6.next_header,
                                         .reserved = 0,
                                         .offset_more = Be16(static_cast<std::uint16_t>(offset | (more ? 1 : 0))),
                                         .identification = identification};
      ipv6.next_header = wire::kProtocolFragment;
      ipv6.payload_length = Be16(static_cast<std::uint16_t>(sizeof extension + part.size()));
      const Bytes bytes = std::as_bytes(std::span(&extension, 1));
      copy.insert(copy.end(), bytes.begin(), bytes.end());
    }
    copy.insert(copy.end(), part.begin(), part.end());
  }
  return fragments;
}

}  // namespace lisper::replay
