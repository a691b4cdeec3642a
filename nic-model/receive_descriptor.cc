#include "nic-model/receive_descriptor.h"

namespace lisper::nic {

std::uint32_t packet_type(const Headers& headers) noexcept {
  std::uint32_t type = 0;
  if (headers.network == Network::kIpv4) type |= headers.options ? 1u << 1 : 1u << 0;
  if (headers.network == Network::kIpv6) type |= headers.options ? 1u << 3 : 1u << 2;
  switch (headers.transport) {
    case Transport::kTcp:
      return type | 1u << 4;
    case Transport::kUdp:
      return type | 1u << 5;
    case Transport::kSctp:
      return type | 1u << 6;
    case Transport::kNone:
      break;
  }
  return type;
}

std::uint32_t check(Frame frame, const Headers& headers) noexcept {
  constexpr std::uint8_t kTcp = 6;
  constexpr std::uint8_t kUdp = 17;
  std::uint32_t status = 0;
  if (headers.network == Network::kIpv4) {
    status |= rx::kIpChecked;
    const Frame header = frame.subspan(headers.network_at, headers.transport_at - headers.network_at);
    if (fold(sum16(header)) != 0xffff) status |= rx::kIpError;
  }
  const bool tcp = headers.transport == Transport::kTcp;
  const bool udp = headers.transport == Transport::kUdp;
  // RFC 768: a checksum of zero is none.
  if (!tcp && !(udp && big16(frame, headers.transport_at + 6u) != 0)) return status;
  const Frame segment = frame.subspan(headers.transport_at, headers.network_end - headers.transport_at);
  status |= rx::kTransportChecked;
  if (fold(sum16(segment, pseudo_header(frame, headers, tcp ? kTcp : kUdp))) != 0xffff) status |= rx::kTransportError;
  return status;
}

}  // namespace lisper::nic
