#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/base/address.h"
#include "core/base/time.h"
#include "sim/frame.h"

namespace lisper::sim {

/// Who is behind an address on a router's link, and what waits to be sent to it. RFC 4861 7.3 reduced to
/// what a simulated router needs, and used for ARP as well: an entry is being resolved, or known; a known
/// one that is used after kReachable is asked about again, and forgotten if there is no answer.
class NeighbourCache {
 public:
  static constexpr std::size_t kQueue = 64;          ///< [frames] held for one neighbour
  static constexpr int kAttempts = 3;                ///< RFC 4861 10: MAX_MULTICAST_SOLICIT
  static constexpr TimeNs kRetransmit = seconds(1);  ///< RFC 4861 10: RETRANS_TIMER
  static constexpr TimeNs kReachable = seconds(30);  ///< RFC 4861 10: REACHABLE_TIME

  using Key = std::pair<std::size_t, IpAddress>;  ///< port, address

  struct Entry {
    MacAddress mac;
    bool known = false;
    int attempts = 0;         ///< solicitations without an answer; 0: none is wanted
    std::uint64_t probe = 0;  ///< which of the router's probes is this entry's
    TimeNs fresh_until{};     ///< known: confirmed by an answer until then
    std::vector<FramePtr> waiting;
  };

  [[nodiscard]] Entry& entry(const Key& key) { return entries_[key]; }
  /// Null: nothing known of it.
  [[nodiscard]] Entry* find(const Key& key) {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }
  void erase(const Key& key) { entries_.erase(key); }
  /// The port has lost its carrier, and everything behind it may change. Returns how many frames waited.
  std::size_t forget(std::size_t port) {
    std::size_t lost = 0;
    std::erase_if(entries_, [&](const auto& item) {
      if (item.first.first != port) return false;
      lost += item.second.waiting.size();
      return true;
    });
    return lost;
  }

 private:
  std::map<Key, Entry> entries_;
};

}  // namespace lisper::sim
