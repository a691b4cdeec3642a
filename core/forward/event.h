#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/address.h"
#include "core/base/ids.h"

namespace lisper {

/// Something the fast path saw that the control plane must know.
struct Event {
  enum class Kind : std::uint8_t {
    kLearn,               ///< `source` is at `location`, which the FIB does not say
    kSeen,                ///< a known local host was active in a new stamp interval
    kUnknownDestination,  ///< unicast `destination` has no entry; `source` sent to it
    kBinding,             ///< `source` says, by ARP or ND, that `ip` is at the MAC `destination`
  };
  Kind kind = Kind::kLearn;
  NetworkId network;
  LocationId location;  ///< that the frame came from: a local one, but of kBinding
  MacAddress source;
  MacAddress destination;
  IpAddress ip{};                ///< kBinding
  std::optional<bool> router{};  ///< kBinding: the router flag of ND, if it was told

  friend constexpr bool operator==(const Event&, const Event&) noexcept = default;
};

/// A bounded queue of events, drained by the adapter after each batch. Overflow loses the event; the
/// same host will cause another. An event equal to the newest one is not queued again.
class EventRing {
 public:
  static constexpr std::size_t kCapacity = 512;

  bool push(const Event& event) noexcept {
    if (count_ > 0 && events_[count_ - 1] == event) return true;
    if (count_ == kCapacity) return false;
    events_[count_++] = event;
    return true;
  }
  [[nodiscard]] const Event* begin() const noexcept { return events_.data(); }
  [[nodiscard]] const Event* end() const noexcept { return events_.data() + count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  void clear() noexcept { count_ = 0; }

 private:
  std::array<Event, kCapacity> events_;
  std::size_t count_ = 0;
};

}  // namespace lisper
