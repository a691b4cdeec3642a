#include "core/tables/header_template.h"

#include <cstring>

#include "core/wire/checksum.h"
#include "core/wire/esp.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/l2tpv3.h"
#include "core/wire/udp.h"

namespace lisper {
namespace {

constexpr std::uint8_t kHopLimit = 64;

/// Appends wire structs, and then moves the whole to the end of the template.
class Writer {
 public:
  template <typename T>
  void put(const T& value) noexcept {
    static_assert(alignof(T) == 1);
    std::memcpy(bytes_.data() + length_, &value, sizeof value);
    length_ += sizeof value;
  }
  void put_cookie(const Cookie& cookie) noexcept {
    if (cookie.length == 8) put(Be64(cookie.value));
    if (cookie.length == 4) put(Be32(static_cast<std::uint32_t>(cookie.value)));
  }
  [[nodiscard]] std::uint8_t length() const noexcept { return static_cast<std::uint8_t>(length_); }
  void finish(Location& location) const noexcept {
    location.header_length = length();
    std::memcpy(location.start(), bytes_.data(), length_);
  }

 private:
  std::array<std::byte, Location::kMaxHeader> bytes_{};
  std::size_t length_ = 0;
};

wire::Ipv4 ipv4_header(const OuterHeader& outer, std::uint8_t protocol) noexcept {
  wire::Ipv4 ip{};
  ip.version_ihl = 0x45;
  ip.flags_fragment = Be16(wire::kIpv4DontFragment);  // RFC 9300 7.1; so the identification may be 0, RFC 6864 4.1
  ip.ttl = kHopLimit;
  ip.protocol = protocol;
  ip.source = outer.exit->ip.v4();
  ip.destination = outer.peer.v4();
  // Of the header with length and TOS zero; completed packet by packet.
  ip.checksum = wire::checksum(std::as_bytes(std::span(&ip, 1)));
  return ip;
}

wire::Ipv6 ipv6_header(const OuterHeader& outer, std::uint8_t protocol) noexcept {
  wire::Ipv6 ip{};
  ip.version_class_label = Be32(6u << 28);
  ip.next_header = protocol;
  ip.hop_limit = kHopLimit;
  ip.source = outer.exit->ip.v6();
  ip.destination = outer.peer.v6();
  return ip;
}

}  // namespace

void write_template(const OuterHeader& outer, Location& location) noexcept {
  Writer writer;
  location.ipv6 = !outer.peer.is_v4();
  location.udp = outer.transport == Transport::kUdp;
  location.entropy_port = location.udp && !outer.source_port;
  location.counter = outer.counter;
  location.mtu = outer.interface->mtu;
  location.peer = outer.peer;

  const std::uint16_t ether_type = location.ipv6 ? wire::kEtherTypeIpv6 : wire::kEtherTypeIpv4;
  if (outer.interface->vlan_id) {
    writer.put(wire::Ethernet{{}, outer.interface->mac, Be16(wire::kEtherTypeVlan)});
    writer.put(Be16(*outer.interface->vlan_id));
    writer.put(Be16(ether_type));
  } else {
    writer.put(wire::Ethernet{{}, outer.interface->mac, Be16(ether_type)});
  }
  location.ip_offset = writer.length();
  const std::uint8_t protocol = location.udp ? wire::kProtocolUdp : wire::kProtocolL2tp;
  if (location.ipv6) {
    writer.put(ipv6_header(outer, protocol));
  } else {
    writer.put(ipv4_header(outer, protocol));
  }
  if (location.udp) {
    writer.put(wire::Udp{Be16(outer.source_port.value_or(0)), Be16(outer.remote_port), Be16(0), Be16(0)});
    writer.put(wire::L2tpUdpPrefix{Be16(wire::kL2tpUdpData), Be16(0)});
  }
  writer.put(Be32(outer.session_id.value));
  writer.put_cookie(outer.cookie);
  if (outer.counter) writer.put(Be32(0));
  writer.finish(location);
}

void seal_template(OutboundSa* sa, Location& location) noexcept {
  const std::size_t esp = location.ip_offset + (location.ipv6 ? sizeof(wire::Ipv6) : sizeof(wire::Ipv4));
  if (!location.sealed) {
    std::byte* const old_start = location.start();
    location.header_length = static_cast<std::uint8_t>(location.header_length + sizeof(wire::Esp));
    std::memmove(location.start(), old_start, esp);
    std::byte* const ip = location.start() + location.ip_offset;
    if (location.ipv6) {
      at<wire::Ipv6>(ip).next_header = wire::kProtocolEsp;
    } else {
      auto& header = at<wire::Ipv4>(ip);
      header.protocol = wire::kProtocolEsp;
      header.checksum = wire::update_checksum(header.checksum, wire::kProtocolL2tp, wire::kProtocolEsp);
    }
    location.esp_offset = static_cast<std::uint8_t>(esp);
    location.sealed = true;
  }
  at<wire::Esp>(location.start(), esp) = {Be32(sa == nullptr ? 0 : sa->sa.spi), Be32(0), Be64(0)};
  location.sa = sa;
}

void write_template(const InterfaceConfig& interface, Location& location) noexcept {
  Writer writer;
  location.mtu = interface.mtu;
  if (interface.vlan_id) writer.put(wire::VlanTag{Be16(wire::kEtherTypeVlan), Be16(*interface.vlan_id)});
  writer.finish(location);
}

}  // namespace lisper
