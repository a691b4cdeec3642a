#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/aead.h"
#include "core/base/ids.h"
#include "core/base/rate_limit.h"
#include "core/forward/event.h"
#include "core/forward/reasons.h"
#include "core/forward/reassembly.h"
#include "core/forward/usage.h"
#include "core/tables/fib.h"

namespace lisper {

/// What goes to the same counters, packet after packet.
struct Run {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  void add(std::uint32_t len) noexcept {
    ++packets;
    bytes += len;
  }
};

struct TrafficCounters {
  std::uint64_t rx_packets = 0;  ///< port: frames received; network: frames from local hosts and LISPERs
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_packets = 0;  ///< frames handed to the adapter for sending, copies included
  std::uint64_t tx_bytes = 0;
  std::array<std::uint64_t, kReasonCount> reasons{};

  void count_received(const Run& run) noexcept {
    rx_packets += run.packets;
    rx_bytes += run.bytes;
  }
  void count_sent(const Run& run) noexcept {
    tx_packets += run.packets;
    tx_bytes += run.bytes;
  }
};

/// At most a hundred ICMP errors a second, in bursts of as many (RFC 4443 2.4 f).
struct ErrorLimiter : RateLimit {
  ErrorLimiter() : RateLimit(100, 100) {}
};

/// What one worker owns alone: counters, the event ring, reassembly. Plain memory, no sharing.
class Shard {
 public:
  /// `ports` and `networks` as in Tables: port ids from 0, network ids from 1. Without `engine` nothing can be
  /// encrypted or decrypted.
  Shard(std::size_t ports, std::size_t networks, const CryptoEngine* engine = nullptr)
      : crypto(engine), ports_(ports), networks_(networks + 1) {}

  [[nodiscard]] TrafficCounters& port(PortId id) noexcept { return ports_[id.value]; }
  [[nodiscard]] const TrafficCounters& port(PortId id) const noexcept { return ports_[id.value]; }
  /// Network 0 counts packets whose network is not known.
  [[nodiscard]] TrafficCounters& network(NetworkId id) noexcept { return networks_[id.value]; }
  [[nodiscard]] const TrafficCounters& network(NetworkId id) const noexcept { return networks_[id.value]; }

  void count(PortId port_id, NetworkId network_id, Reason reason) noexcept {
    ++port(port_id).reasons[static_cast<std::size_t>(reason)];
    ++network(network_id).reasons[static_cast<std::size_t>(reason)];
  }

  /// True if this destination was reported in the same stamp interval already. Forgetful, so it errs
  /// towards telling again.
  bool reported_recently(FibKey key, Stamp stamp) noexcept {
    const std::uint64_t word = mix(key.value ^ kHashMultiplier, key.value + stamp);
    std::uint64_t& slot = reported_[word % reported_.size()];
    if (slot == word) return true;
    slot = word;
    return false;
  }

  EventRing events;
  Usage usage;  ///< counts nothing unless the adapter puts Usage::counting() here
  Reassembler reassembler;
  ErrorLimiter errors;
  const CryptoEngine* crypto;
  std::uint32_t likely_session = 0;           ///< index of the one that the last packet of a tunnel belonged to
  std::uint32_t likely_sealed_session = ~0u;  ///< the same for packets in ESP; none at first

 private:
  std::vector<TrafficCounters> ports_;
  std::vector<TrafficCounters> networks_;
  std::array<std::uint64_t, 256> reported_{};
};

}  // namespace lisper
