#include "hw/ctl/client/explain.h"

#include <fmt/format.h>

#include <span>

#include "core/forward/inspect.h"
#include "report/table.h"

namespace lisper::hw::ctl {

namespace {

std::string protocol_text(std::uint8_t protocol) {
  switch (protocol) {
    case wire::kProtocolIcmp:
      return "ICMP";
    case wire::kProtocolTcp:
      return "TCP";
    case wire::kProtocolUdp:
      return "UDP";
    case wire::kProtocolFragment:
      return "fragment";
    case wire::kProtocolIcmpv6:
      return "ICMPv6";
    case wire::kProtocolL2tp:
      return "L2TPv3";
    default:
      return fmt::format("protocol {}", protocol);
  }
}

std::string network_text(const NetworkLayer& layer, Bytes rest) {
  if (layer.ether_type == wire::kEtherTypeIpv6 && rest.size() >= sizeof(wire::Ipv6)) {
    const auto& ip = at<wire::Ipv6>(rest.data());
    return fmt::format("IPv6 {} > {}, {}", to_string(ip.source), to_string(ip.destination),
                       protocol_text(ip.next_header));
  }
  if (layer.ether_type == wire::kEtherTypeIpv4 && rest.size() >= sizeof(wire::Ipv4)) {
    const auto& ip = at<wire::Ipv4>(rest.data());
    return fmt::format("IPv4 {} > {}, {}", to_string(ip.source), to_string(ip.destination), protocol_text(ip.protocol));
  }
  return layer.ether_type == wire::kEtherTypeArp ? "ARP" : fmt::format("EtherType 0x{:04x}", layer.ether_type);
}

}  // namespace

std::string summary(Bytes frame) {
  if (frame.size() < sizeof(wire::Ethernet)) return "no Ethernet frame";
  const auto& ethernet = at<wire::Ethernet>(frame.data());
  const NetworkLayer layer = find_network_layer(frame.data(), static_cast<std::uint32_t>(frame.size()));
  return fmt::format("{} > {}, {}", to_string(ethernet.source), to_string(ethernet.destination),
                     network_text(layer, frame.subspan(layer.offset)));
}

std::string explain(const TracedPacket& packet, TimeNs origin, bool colour) {
  const double seconds = static_cast<double>((packet.time - origin).ns) / 1e9;
  const bool dropped = packet.outcome.starts_with("drop");
  const std::string outcome = report::printable(packet.outcome);
  std::string out =
      fmt::format("{:+.6f} s  {}  {} bytes  {}: {}  (worker {})\n", seconds, report::printable(packet.port), packet.len,
                  summary(std::as_bytes(std::span(packet.bytes))),
                  colour && dropped ? fmt::format("\x1b[31m{}\x1b[0m", outcome) : outcome, packet.worker);
  for (const TraceStep& step : packet.steps)
    out += fmt::format("    {:<12} {}{}\n", report::printable(step.stage), report::printable(step.text),
                       step.clause.empty() ? "" : fmt::format(" [{}]", report::printable(step.clause)));
  return out;
}

}  // namespace lisper::hw::ctl
