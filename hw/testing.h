#pragma once

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/forward/testing.h"
#include "hw/copies.h"
#include "hw/node.h"

// For tests and benchmarks: a node whose frames go round for ever, so that each one that is lost is missed.
namespace lisper::hw::testing {

using namespace lisper::testing;

inline constexpr unsigned kFrames = 1024;  // on their way round, for each queue
inline constexpr std::uint64_t kFirstMac = 0x0200'0000'0000;
inline constexpr std::string_view kA = "fd80::a";
inline constexpr std::string_view kB = "fd80::b";

/// A LISPER that is its own peer: what leaves from A to B comes in as from A, for B.
inline model::CoreNode looped_node() {
  model::CoreNode node;
  LisperConfig& config = node.config;
  config.ports = {{"e0"}};
  config.interfaces = {
      {.name = "e0", .mac = lisper::testing::mac("02:00:00:00:00:01"), .port = PortId(0), .vlan_id = {}, .mtu = 9000}};
  for (const auto& [name, address] : {std::pair{"a", kA}, std::pair{"b", kB}})
    config.exits.push_back({.name = name,
                            .ip = lisper::testing::ip(address),
                            .interface = InterfaceId(0),
                            .next_hop = {},
                            .next_hop_mac = lisper::testing::mac("02:00:00:00:00:01")});
  const auto tunnel = [&](std::string_view peer, std::uint16_t exit) {
    TunnelConfig t;
    t.ip = lisper::testing::ip(peer);
    t.exit = ExitId(exit);
    t.session_id = t.remote_session_id = SessionId(1);
    t.cookie = t.remote_cookie = {0x1122334455667788, 8};
    config.local_networks.push_back({.iid = Iid(1), .interface = {}, .tunnel = t});
  };
  tunnel(kB, 0);
  tunnel(kA, 1);
  config.punts = false;
  config.max_macs = 1u << 21;
  return node;
}

/// A port whose queues come back to themselves.
struct LoopPort {
  explicit LoopPort(unsigned queues) : name("loop" + std::to_string(count++)) {
    for (unsigned q = 0; q < queues; ++q)
      rings.push_back(
          rte_ring_create((name + "." + std::to_string(q)).c_str(), 4 * kFrames, 0, RING_F_SP_ENQ | RING_F_SC_DEQ));
    rte_eth_from_rings(name.c_str(), rings.data(), queues, rings.data(), queues, 0);
  }
  ~LoopPort() {
    if (std::uint16_t port = 0; rte_eth_dev_get_port_by_name(device().c_str(), &port) == 0) rte_eth_dev_close(port);
    for (rte_ring* ring : rings) rte_ring_free(ring);
  }
  LoopPort(const LoopPort&) = delete;
  LoopPort& operator=(const LoopPort&) = delete;
  [[nodiscard]] std::string device() const { return "net_ring_" + name; }

  static inline int count = 0;
  std::string name;
  std::vector<rte_ring*> rings;
};

struct Loop {
  Loop(std::int64_t inner, std::int64_t macs, unsigned busy, const model::CoreNode& plan = looped_node())
      : port(index(busy - 1) + 1) {
    NodeOptions options;
    options.workers = index(busy - 1) + 1;
    auto created = Node::create(plan, {{"e0", port.device()}}, options);
    if (!created) {
      std::fprintf(stderr, "%s\n", created.error().message.c_str());
      std::exit(3);
    }
    node = std::move(*created);
    // Sources behind the tunnel of A, destinations behind that of B.
    const auto pairs = static_cast<std::uint64_t>(macs + 1) / 2;
    std::vector<TableDelta> deltas;
    const Stamp stamp = stamp_of(seconds(1));
    for (std::uint64_t n = 0; n < 2 * pairs; ++n)
      deltas.emplace_back(
          SetEntry{NetworkId(1), MacAddress::from_u64(kFirstMac + n), {FibKind::kLocal, n % 2 == 0 ? 1u : 0u}, stamp});
    node->tables().apply(std::move(deltas));
    node->tables().publish();
    fill(inner, pairs, busy);
  }

  /// The number of the n-th worker that has frames. net_ring counts neighbouring queues' packets in one cache line, so
  /// that workers of such queues would slow each other down as they do on no NIC; three queues further is another line.
  [[nodiscard]] static constexpr unsigned index(unsigned n) noexcept { return 3 * n; }

  void fill(std::int64_t inner, std::uint64_t pairs, unsigned busy) {
    Random random(1);
    pool = rte_pktmbuf_pool_create("loop", busy * kFrames + 64, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
    for (unsigned n = 0; n < busy; ++n)
      for (unsigned i = 0; i < kFrames; ++i) {
        const auto text = [](std::uint64_t host) { return to_string(MacAddress::from_u64(kFirstMac + host)); };
        Buffer udp(static_cast<std::size_t>(inner) - 14 - 20);
        const auto ports = static_cast<std::uint32_t>(random.next());
        std::memcpy(udp.data(), &ports, sizeof ports);
        const Buffer frame = ethernet(text(2 * random.below(pairs) + 1), text(2 * random.below(pairs)),
                                      wire::kEtherTypeIpv4, ipv4("10.0.0.1", "10.0.0.2", wire::kProtocolUdp, udp));
        rte_mbuf* packet = copy_of(l2tp_ipv6(kA, kB, 1, 0x1122334455667788, frame), pool);
        rte_eth_tx_burst(node->devices()[0].id(), static_cast<std::uint16_t>(index(n)), &packet, 1);
      }
  }

  /// Takes all frames out, when no worker runs. Returns how many there were.
  unsigned drain() {
    std::array<rte_mbuf*, 32> frames;
    unsigned count = 0;
    for (std::uint16_t q = 0; q < node->workers(); ++q)
      while (const std::uint16_t n = rte_eth_rx_burst(node->devices()[0].id(), q, frames.data(), 32)) {
        rte_pktmbuf_free_bulk(frames.data(), n);
        count += n;
      }
    return count;
  }

  ~Loop() {
    drain();
    node.reset();
    rte_mempool_free(pool);
  }

  LoopPort port;
  std::unique_ptr<Node> node;
  rte_mempool* pool = nullptr;
};

}  // namespace lisper::hw::testing
