#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/forward/shard.h"
#include "model/plan.h"
#include "report/result.h"
#include "sim/icmp_message.h"
#include "sim/link.h"
#include "sim/neighbour_cache.h"
#include "sim/route_table.h"

namespace lisper::sim {

/// An IPv4 and IPv6 router for the network between LISPERs, on flat frames: longest match, equal-cost
/// paths by flow, neighbours, and the ICMP that path-MTU discovery and people with ping need.
class UnderlayRouter final : public FrameSink {
 public:
  enum class Counter : std::uint8_t {
    kForwarded,
    kOriginated,  ///< ICMP, ARP and ND of its own
    kRunt,
    kNotForUs,  ///< another station's MAC
    kUnknownEtherType,
    kMalformed,
    kLocal,           ///< to one of its addresses, or a group it is in
    kNotForwardable,  ///< link-local or group address
    kTimeExceeded,
    kNoRoute,
    kNoCarrier,  ///< there are routes, all over ports that are down
    kTooBig,
    kNeighbourQueueFull,
    kNeighbourUnreachable,
    kCount
  };

  UnderlayRouter(const model::Node& node, const model::Router& plan, std::uint32_t context, FramePool& pool);

  [[nodiscard]] LinkPort& port(std::size_t index) noexcept { return *ports_[index].link; }
  void receive(FramePtr frame, std::size_t port) override;
  void carrier(std::size_t port, bool up) override;
  /// Counters of all ports; not the name and kind.
  [[nodiscard]] report::NodeResult result() const;

 private:
  struct Port {
    model::Port config;
    std::unique_ptr<LinkPort> link;
    std::array<std::uint64_t, static_cast<std::size_t>(Counter::kCount)> counters{};
  };
  /// What forwarding needs to know of a packet of either family.
  struct Header {
    IpAddress source;
    IpAddress destination;
    std::uint8_t hops_left;
    std::uint64_t flow_hash;
  };

  void count(std::size_t port, Counter counter) noexcept { ++ports_[port].counters[static_cast<std::size_t>(counter)]; }
  void receive_arp(const Frame& frame, std::size_t port);
  void receive_ip(FramePtr frame, std::size_t port, const Header& header);
  void receive_local(FramePtr frame, std::size_t port, const Header& header);
  void receive_icmpv6(FramePtr frame, std::size_t port, const Header& header);
  void receive_neighbour_message(const Frame& frame, std::size_t port, const Header& header);
  void forward(FramePtr frame, std::size_t port, const Header& header);
  void originate(FramePtr frame, const Header& header);
  void send_error(std::size_t port, const Frame& about, const IcmpError& error);
  void send_to(FramePtr frame, std::size_t port, const IpAddress& neighbour);
  void transmit(FramePtr frame, std::size_t port, const MacAddress& destination);

  void learn(std::size_t port, const IpAddress& neighbour, const MacAddress& mac, bool create);
  void solicit(const NeighbourCache::Key& key, NeighbourCache::Entry& entry);
  void on_probe_timeout(const NeighbourCache::Key& key, std::uint64_t probe);

  [[nodiscard]] std::optional<Header> parse(Frame& frame) const;
  [[nodiscard]] const RouteTable::Hop* choose(const std::vector<RouteTable::Hop>& hops, std::uint64_t flow_hash) const;
  [[nodiscard]] bool is_own(const IpAddress& ip) const noexcept;
  [[nodiscard]] Station station(std::size_t port, const IpAddress& towards) const;

  FramePool& pool_;
  std::uint32_t context_;
  std::vector<Port> ports_;
  RouteTable routes_;
  NeighbourCache neighbours_;
  ErrorLimiter errors_;
  std::uint64_t probes_ = 0;
};

}  // namespace lisper::sim
