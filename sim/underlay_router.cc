#include "sim/underlay_router.h"

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include <algorithm>

#include "core/base/hash.h"
#include "core/wire/arp.h"
#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/icmp.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/ndp.h"

namespace lisper::sim {

namespace {

constexpr std::size_t kIp = sizeof(wire::Ethernet);  // where the IP header starts

constexpr std::string_view kCounterNames[] = {
    "forwarded",  "originated", "runt_frame",           "not_for_us",           "unknown_ether_type",
    "malformed",  "local",      "not_forwardable",      "time_exceeded",        "no_route",
    "no_carrier", "too_big",    "neighbour_queue_full", "neighbour_unreachable"};
static_assert(std::size(kCounterNames) == static_cast<std::size_t>(UnderlayRouter::Counter::kCount));

TimeNs now() { return {ns3::Simulator::Now().GetTimeStep()}; }

std::uint64_t hash_bytes(const std::byte* bytes, std::size_t words, std::uint64_t seed) {
  for (std::size_t i = 0; i < words; ++i) seed = mix(seed ^ load<std::uint64_t>(bytes + 8 * i), kHashMultiplier);
  return seed;
}

bool has_ports(std::uint8_t protocol) {
  return protocol == wire::kProtocolTcp || protocol == wire::kProtocolUdp || protocol == wire::kProtocolSctp;
}

/// The port numbers at `offset`, if the packet has some there.
std::uint32_t ports_at(const Frame& frame, std::size_t offset) {
  return frame.len >= offset + 4 ? load<std::uint32_t>(frame.data + offset) : 0;
}

bool is_group(const IpAddress& ip) { return ip.is_v4() ? ip.v4().octets[0] >= 224 : ip.v6().is_multicast(); }
bool is_link_local(const IpAddress& ip) { return !ip.is_v4() && ip.v6().is_link_local(); }

}  // namespace

UnderlayRouter::UnderlayRouter(const model::Node& node, const model::Router& plan, std::uint32_t context,
                               FramePool& pool)
    : pool_(pool), context_(context), routes_(plan.routes, node.ports) {
  for (std::size_t i = 0; i < node.ports.size(); ++i)
    ports_.push_back({node.ports[i], std::make_unique<LinkPort>(*this, i, context), {}});
}

bool UnderlayRouter::is_own(const IpAddress& ip) const noexcept {
  for (const Port& port : ports_)
    for (const auto& address : port.config.addresses)
      if (address.ip == ip) return true;
  return false;
}

/// The port's address for packets towards `towards`: the one on the same link if there is one.
Station UnderlayRouter::station(std::size_t port, const IpAddress& towards) const {
  Station best{ports_[port].config.mac, {}};
  for (const auto& address : ports_[port].config.addresses) {
    if (address.ip.is_v4() != towards.is_v4()) continue;
    if (best.ip.is_unspecified() || is_link_local(best.ip)) best.ip = address.ip;
  }
  return best;
}

void UnderlayRouter::carrier(std::size_t port, bool up) {
  if (up) return;
  ports_[port].counters[static_cast<std::size_t>(Counter::kNeighbourUnreachable)] += neighbours_.forget(port);
}

void UnderlayRouter::receive(FramePtr frame, std::size_t port) {
  if (frame->len < kIp) return count(port, Counter::kRunt);
  const auto& ethernet = at<wire::Ethernet>(frame->data);
  if (ethernet.destination != ports_[port].config.mac && !ethernet.destination.is_group())
    return count(port, Counter::kNotForUs);
  switch (ethernet.ether_type.value()) {
    case wire::kEtherTypeArp:
      return receive_arp(*frame, port);
    case wire::kEtherTypeIpv4:
    case wire::kEtherTypeIpv6: {
      const auto header = parse(*frame);
      if (!header) return count(port, Counter::kMalformed);
      return receive_ip(std::move(frame), port, *header);
    }
    default:
      return count(port, Counter::kUnknownEtherType);
  }
}

/// Checks the header and cuts off Ethernet's padding.
std::optional<UnderlayRouter::Header> UnderlayRouter::parse(Frame& frame) const {
  const std::byte* ip = frame.data + kIp;
  if (at<wire::Ethernet>(frame.data).ether_type == Be16(wire::kEtherTypeIpv6)) {
    if (frame.len < kIp + sizeof(wire::Ipv6)) return std::nullopt;
    const auto& v6 = at<wire::Ipv6>(ip);
    const std::size_t size = kIp + sizeof v6 + v6.payload_length.value();
    if (v6.version() != 6 || size > frame.len) return std::nullopt;
    frame.len = static_cast<std::uint32_t>(size);
    const std::uint32_t ports = has_ports(v6.next_header) ? ports_at(frame, kIp + sizeof v6) : 0;
    const std::uint64_t seed = std::uint64_t{v6.flow_label()} << 40 | std::uint64_t{v6.next_header} << 32 | ports;
    const auto* addresses = reinterpret_cast<const std::byte*>(&v6.source);
    return Header{v6.source, v6.destination, v6.hop_limit, hash_bytes(addresses, 4, seed)};
  }
  if (frame.len < kIp + sizeof(wire::Ipv4)) return std::nullopt;
  const auto& v4 = at<wire::Ipv4>(ip);
  const std::size_t size = kIp + v4.total_length.value();
  if (v4.version() != 4 || v4.header_length() < sizeof v4 || size > frame.len || size < kIp + v4.header_length())
    return std::nullopt;
  if (wire::ones_sum(Bytes(ip, v4.header_length())) != 0xffff) return std::nullopt;
  frame.len = static_cast<std::uint32_t>(size);
  const bool ported = has_ports(v4.protocol) && !v4.is_fragment();
  const std::uint64_t seed =
      std::uint64_t{v4.protocol} << 32 | (ported ? ports_at(frame, kIp + v4.header_length()) : 0);
  const auto* addresses = reinterpret_cast<const std::byte*>(&v4.source);
  return Header{v4.source, v4.destination, v4.ttl, hash_bytes(addresses, 1, seed)};
}

void UnderlayRouter::receive_ip(FramePtr frame, std::size_t port, const Header& header) {
  if (is_group(header.destination) || is_own(header.destination)) {
    count(port, Counter::kLocal);
    return receive_local(std::move(frame), port, header);
  }
  // RFC 4291 2.5.6: never beyond their link.
  if (at<wire::Ethernet>(frame->data).destination.is_group() || is_link_local(header.destination) ||
      is_link_local(header.source))
    return count(port, Counter::kNotForwardable);
  forward(std::move(frame), port, header);
}

void UnderlayRouter::forward(FramePtr frame, std::size_t port, const Header& header) {
  const bool v4 = header.destination.is_v4();
  if (header.hops_left <= 1) {
    count(port, Counter::kTimeExceeded);
    return send_error(port, *frame, {v4 ? wire::kIcmpTimeExceeded : wire::kIcmpv6TimeExceeded, 0});
  }
  const auto& hops = routes_.find(header.destination);
  const RouteTable::Hop* hop = choose(hops, header.flow_hash);
  if (hop == nullptr) {
    count(port, hops.empty() ? Counter::kNoRoute : Counter::kNoCarrier);
    return send_error(port, *frame, {v4 ? wire::kIcmpUnreachable : wire::kIcmpv6Unreachable, 0});
  }
  const std::uint32_t mtu = ports_[hop->port].config.mtu;
  if (frame->len - kIp > mtu) {
    // IPv4 that may be fragmented is refused as well: underlay routers here do not fragment.
    count(hop->port, Counter::kTooBig);
    const IcmpError error = v4 ? IcmpError{wire::kIcmpUnreachable, wire::kIcmpFragmentationNeeded, mtu}
                               : IcmpError{wire::kIcmpv6PacketTooBig, 0, mtu};
    return send_error(port, *frame, error);
  }
  if (v4) {
    auto& ip = at<wire::Ipv4>(frame->data, kIp);
    const auto old_word = static_cast<std::uint16_t>(ip.ttl << 8 | ip.protocol);
    --ip.ttl;
    ip.checksum = wire::update_checksum(ip.checksum, old_word, static_cast<std::uint16_t>(old_word - 0x100));
  } else {
    --at<wire::Ipv6>(frame->data, kIp).hop_limit;
  }
  count(hop->port, Counter::kForwarded);
  send_to(std::move(frame), hop->port, hop->via.is_unspecified() ? header.destination : hop->via);
}

/// Highest random weight, so that a hop that comes or goes moves no flows but its own.
const RouteTable::Hop* UnderlayRouter::choose(const std::vector<RouteTable::Hop>& hops, std::uint64_t flow_hash) const {
  const RouteTable::Hop* best = nullptr;
  std::uint64_t best_weight = 0;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (!ports_[hops[i].port].link->is_up()) continue;
    const std::uint64_t weight = hops.size() == 1 ? 0 : mix(flow_hash ^ (i + 1) * kHashMultiplier, 0xa0761d6478bd642f);
    if (best == nullptr || weight > best_weight) {
      best = &hops[i];
      best_weight = weight;
    }
  }
  return best;
}

void UnderlayRouter::send_error(std::size_t port, const Frame& about, const IcmpError& error) {
  const bool v4 = at<wire::Ethernet>(about.data).ether_type == Be16(wire::kEtherTypeIpv4);
  const Station self = station(port, v4 ? IpAddress(Ipv4Address{}) : IpAddress());
  if (self.ip.is_unspecified()) return;
  FramePtr frame = make_icmp_error(pool_, self.ip, about.bytes().subspan(kIp), error);
  if (frame == nullptr || !errors_.allow(now())) return;
  const auto header = parse(*frame);
  originate(std::move(frame), *header);
}

void UnderlayRouter::originate(FramePtr frame, const Header& header) {
  const RouteTable::Hop* hop = choose(routes_.find(header.destination), header.flow_hash);
  if (hop == nullptr) return;
  count(hop->port, Counter::kOriginated);
  send_to(std::move(frame), hop->port, hop->via.is_unspecified() ? header.destination : hop->via);
}

void UnderlayRouter::transmit(FramePtr frame, std::size_t port, const MacAddress& destination) {
  auto& ethernet = at<wire::Ethernet>(frame->data);
  ethernet.destination = destination;
  ethernet.source = ports_[port].config.mac;
  ports_[port].link->send(std::move(frame));
}

// ---- Neighbours

void UnderlayRouter::send_to(FramePtr frame, std::size_t port, const IpAddress& neighbour) {
  const NeighbourCache::Key key{port, neighbour};
  NeighbourCache::Entry& entry = neighbours_.entry(key);
  if (entry.attempts == 0 && (!entry.known || now() >= entry.fresh_until)) solicit(key, entry);
  if (entry.known) return transmit(std::move(frame), port, entry.mac);
  if (entry.waiting.size() >= NeighbourCache::kQueue) return count(port, Counter::kNeighbourQueueFull);
  entry.waiting.push_back(std::move(frame));
}

void UnderlayRouter::solicit(const NeighbourCache::Key& key, NeighbourCache::Entry& entry) {
  ++entry.attempts;
  entry.probe = ++probes_;
  count(key.first, Counter::kOriginated);
  ports_[key.first].link->send(make_solicitation(pool_, station(key.first, key.second), key.second));
  ns3::Simulator::ScheduleWithContext(context_, ns3::NanoSeconds(NeighbourCache::kRetransmit.ns),
                                      [this, key, probe = entry.probe] { on_probe_timeout(key, probe); });
}

void UnderlayRouter::on_probe_timeout(const NeighbourCache::Key& key, std::uint64_t probe) {
  NeighbourCache::Entry* entry = neighbours_.find(key);
  if (entry == nullptr || entry->probe != probe || entry->attempts == 0) return;
  if (entry->attempts < NeighbourCache::kAttempts) return solicit(key, *entry);
  auto waiting = std::move(entry->waiting);
  neighbours_.erase(key);
  for (const FramePtr& frame : waiting) {
    count(key.first, Counter::kNeighbourUnreachable);
    // RFC 4443 3.1 code 3, RFC 792 code 1: the host cannot be reached.
    send_error(key.first, *frame,
               key.second.is_v4() ? IcmpError{wire::kIcmpUnreachable, 1} : IcmpError{wire::kIcmpv6Unreachable, 3});
  }
}

/// `create`: also if nothing is known of it, as a solicitation from it allows (RFC 4861 7.2.3).
void UnderlayRouter::learn(std::size_t port, const IpAddress& neighbour, const MacAddress& mac, bool create) {
  const NeighbourCache::Key key{port, neighbour};
  if (mac.is_group() || neighbour.is_unspecified()) return;
  if (!create && neighbours_.find(key) == nullptr) return;
  NeighbourCache::Entry& entry = neighbours_.entry(key);
  entry.mac = mac;
  entry.known = true;
  entry.attempts = 0;
  entry.fresh_until = now() + NeighbourCache::kReachable;
  auto waiting = std::move(entry.waiting);
  entry.waiting.clear();
  for (FramePtr& frame : waiting) transmit(std::move(frame), port, mac);
}

void UnderlayRouter::receive_arp(const Frame& frame, std::size_t port) {
  if (frame.len < kIp + sizeof(wire::Arp)) return count(port, Counter::kMalformed);
  const auto& arp = at<wire::Arp>(frame.data, kIp);
  if (arp.hardware_type != Be16(1) || arp.protocol_type != Be16(wire::kEtherTypeIpv4) || arp.hardware_length != 6 ||
      arp.protocol_length != 4)
    return count(port, Counter::kMalformed);
  count(port, Counter::kLocal);
  const auto& addresses = ports_[port].config.addresses;
  const bool for_us = std::any_of(addresses.begin(), addresses.end(),
                                  [&](const auto& address) { return address.ip == IpAddress(arp.target_ip); });
  learn(port, arp.sender_ip, arp.sender_mac, for_us);  // RFC 826, packet reception
  if (!for_us || arp.operation != Be16(wire::kArpRequest)) return;
  count(port, Counter::kOriginated);
  ports_[port].link->send(
      make_advertisement(pool_, {ports_[port].config.mac, arp.target_ip}, {arp.sender_mac, arp.sender_ip}));
}

void UnderlayRouter::receive_local(FramePtr frame, std::size_t port, const Header& header) {
  if (!header.destination.is_v4()) return receive_icmpv6(std::move(frame), port, header);
  const auto& ip = at<wire::Ipv4>(frame->data, kIp);
  const std::size_t offset = kIp + ip.header_length();
  if (ip.protocol != wire::kProtocolIcmp || ip.is_fragment() || is_group(header.destination)) return;
  if (frame->len < offset + sizeof(wire::Icmp) || wire::ones_sum(frame->bytes().subspan(offset)) != 0xffff)
    return count(port, Counter::kMalformed);
  if (at<wire::Icmp>(frame->data, offset).type != wire::kIcmpEchoRequest) return;
  turn_into_echo_reply(*frame);
  originate(std::move(frame), {header.destination, header.source, 0, header.flow_hash});
}

void UnderlayRouter::receive_icmpv6(FramePtr frame, std::size_t port, const Header& header) {
  const auto& ip = at<wire::Ipv6>(frame->data, kIp);
  if (ip.next_header != wire::kProtocolIcmpv6) return;
  const Bytes message = frame->bytes().subspan(kIp + sizeof ip);
  const auto pseudo = wire::pseudo_header_sum(ip.source, ip.destination, wire::kProtocolIcmpv6,
                                              static_cast<std::uint32_t>(message.size()));
  if (message.size() < sizeof(wire::Icmp) || wire::ones_sum(message, pseudo) != 0xffff)
    return count(port, Counter::kMalformed);
  switch (at<wire::Icmp>(message.data()).type) {
    case wire::kNeighbourSolicitation:
    case wire::kNeighbourAdvertisement:
      return receive_neighbour_message(*frame, port, header);
    case wire::kIcmpv6EchoRequest:
      if (is_group(header.destination)) return;
      turn_into_echo_reply(*frame);
      return originate(std::move(frame), {header.destination, header.source, 0, header.flow_hash});
    default:
      return;
  }
}

void UnderlayRouter::receive_neighbour_message(const Frame& frame, std::size_t port, const Header& header) {
  const Bytes bytes = frame.bytes().subspan(kIp + sizeof(wire::Ipv6));
  // RFC 4861 7.1.1, 7.1.2.
  if (bytes.size() < sizeof(wire::NeighbourMessage) || header.hops_left != wire::kNdpHopLimit)
    return count(port, Counter::kMalformed);
  const auto& message = at<wire::NeighbourMessage>(bytes.data());
  const bool solicitation = message.type == wire::kNeighbourSolicitation;
  const std::uint8_t wanted = solicitation ? wire::kSourceLinkLayerOption : wire::kTargetLinkLayerOption;
  std::optional<MacAddress> mac;
  for (std::size_t offset = sizeof message; offset + sizeof(wire::LinkLayerOption) <= bytes.size();) {
    const auto& option = at<wire::LinkLayerOption>(bytes.data(), offset);
    if (option.length == 0) return count(port, Counter::kMalformed);
    if (option.type == wanted && option.length == 1) mac = option.mac;
    offset += option.length * 8u;
  }
  if (!solicitation) {
    if (mac) learn(port, message.target, *mac, false);
    return;
  }
  const auto& addresses = ports_[port].config.addresses;
  if (std::none_of(addresses.begin(), addresses.end(),
                   [&](const auto& address) { return address.ip == IpAddress(message.target); }))
    return;
  if (header.source.is_unspecified()) return;  // somebody probes for our address; it stays ours
  const MacAddress sender = mac.value_or(at<wire::Ethernet>(frame.data).source);
  learn(port, header.source, sender, true);
  count(port, Counter::kOriginated);
  ports_[port].link->send(
      make_advertisement(pool_, {ports_[port].config.mac, message.target}, {sender, header.source}));
}

report::NodeResult UnderlayRouter::result() const {
  report::NodeResult result;
  for (const Port& port : ports_)
    for (std::size_t i = 0; i < port.counters.size(); ++i)
      if (port.counters[i] != 0) result.ports[port.config.name].emplace(kCounterNames[i], port.counters[i]);
  return result;
}

}  // namespace lisper::sim
