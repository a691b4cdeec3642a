#include "hw/ring_ports.h"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <cstring>
#include <utility>

namespace lisper::hw {

namespace {

constexpr unsigned kRing = 1024;  // frames

}  // namespace

Result<RingPort> RingPort::create(const std::string& name, unsigned queues, rte_mempool* pool) {
  RingPort port;
  port.pool_ = pool;
  const int socket = static_cast<int>(rte_socket_id());
  for (unsigned q = 0; q < queues; ++q) {
    for (auto [rings, way] : {std::pair(&port.rx_, "rx"), std::pair(&port.tx_, "tx")}) {
      rte_ring* ring = rte_ring_create(fmt::format("{}-{}{}", name, way, q).c_str(), kRing, socket, RING_F_SC_DEQ);
      if (ring == nullptr) return fail(fmt::format("ring port {}: {}", name, rte_strerror(rte_errno)));
      rings->push_back(ring);
    }
  }
  if (rte_eth_from_rings(name.c_str(), port.rx_.data(), queues, port.tx_.data(), queues,
                         static_cast<unsigned>(socket)) < 0)
    return fail(fmt::format("ring port {}: {}", name, rte_strerror(rte_errno)));
  port.device_ = "net_ring_" + name;  // as the driver calls it
  return port;
}

RingPort::RingPort(RingPort&& other) noexcept
    : WireEnd(std::move(other)),
      pool_(other.pool_),
      device_(std::exchange(other.device_, {})),
      rx_(std::exchange(other.rx_, {})),
      tx_(std::exchange(other.tx_, {})) {}

RingPort::~RingPort() {
  if (!device_.empty()) rte_eal_hotplug_remove("vdev", device_.c_str());
  for (const auto& rings : {rx_, tx_}) {
    for (rte_ring* ring : rings) {
      void* frame = nullptr;
      while (rte_ring_dequeue(ring, &frame) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(frame));
      rte_ring_free(ring);
    }
  }
}

bool RingPort::inject(unsigned queue, Bytes bytes) {
  rte_mbuf* frame = rte_pktmbuf_alloc(pool_);
  if (frame == nullptr) return false;
  char* data = rte_pktmbuf_append(frame, static_cast<std::uint16_t>(bytes.size()));
  if (data != nullptr) {
    if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
    if (rte_ring_enqueue(rx_[queue], frame) == 0) return true;
  }
  rte_pktmbuf_free(frame);
  return false;
}

std::vector<std::vector<std::byte>> RingPort::collect() {
  std::vector<std::vector<std::byte>> frames;
  for (rte_ring* ring : tx_) {
    void* next = nullptr;
    while (rte_ring_dequeue(ring, &next) == 0) {
      auto* frame = static_cast<rte_mbuf*>(next);
      std::vector<std::byte>& bytes = frames.emplace_back();
      bytes.reserve(frame->pkt_len);
      for (const rte_mbuf* segment = frame; segment != nullptr; segment = segment->next) {
        const auto* data = rte_pktmbuf_mtod(segment, const std::byte*);
        bytes.insert(bytes.end(), data, data + segment->data_len);
      }
      rte_pktmbuf_free(frame);
    }
  }
  return frames;
}

}  // namespace lisper::hw
