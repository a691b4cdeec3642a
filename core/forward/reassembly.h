#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/address.h"
#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/forward/reasons.h"

namespace lisper {

/// Puts outer fragments from configured peers together again: RFC 8200 4.5, RFC 791 3.2, and RFC 5722
/// (overlaps discard the whole packet). Bounded: kContexts packets of at most kMaxPayload bytes, each
/// for kTimeout. All memory is allocated at construction.
class Reassembler {
 public:
  static constexpr std::size_t kContexts = 32;
  static constexpr std::size_t kMaxPayload = 16 * 1024;  ///< [bytes] after the IP header
  static constexpr TimeNs kTimeout = seconds(60);        // RFC 8200 4.5

  struct Fragment {
    PortId port;
    Bytes link_header;  ///< Ethernet header with EtherType, 14 bytes, or 18 with a VLAN tag
    IpAddress source;
    IpAddress destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;  ///< of the payload
    std::uint8_t traffic_class = 0;
    std::uint32_t offset = 0;  ///< [bytes]
    bool more = false;
    Bytes payload;
  };

  Reassembler();

  /// Takes a fragment. kFragmentHeld if it was kept, else the reason it was discarded.
  Reason add(const Fragment& fragment, TimeNs now) noexcept;

  /// A whole packet (Ethernet, IP header without fragmentation, payload) to be fed through `process`
  /// with its ingress port. `frame` is valid until the next call of any member.
  struct Complete {
    PortId port;
    Bytes frame;
  };
  [[nodiscard]] std::optional<Complete> take_complete() noexcept;

  /// Gives up packets that are not complete in time; returns the ports of their first fragments.
  std::vector<PortId> expire(TimeNs now);
  [[nodiscard]] TimeNs next_deadline() const noexcept;

 private:
  enum class State : std::uint8_t { kFree, kCollecting, kComplete };
  struct Context {
    State state = State::kFree;
    PortId port;
    std::array<std::byte, 18> link_header;
    std::uint8_t link_header_length = 0;
    IpAddress source;
    IpAddress destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;
    std::uint8_t traffic_class = 0;
    TimeNs deadline;
    std::uint32_t total = 0;              ///< [bytes] of payload; 0 until the last fragment came
    std::uint32_t received = 0;           ///< [bytes]
    std::bitset<kMaxPayload / 8> blocks;  ///< 8-byte units that are there
    std::array<std::byte, kMaxPayload> payload;
  };
  struct Memory {
    std::array<Context, kContexts> contexts;
    std::array<std::byte, 64 + kMaxPayload> frame;
  };
  [[nodiscard]] Context* find(const Fragment& fragment) noexcept;
  [[nodiscard]] Context* start(const Fragment& fragment, TimeNs now) noexcept;

  std::unique_ptr<Memory> memory_;
  std::size_t busy_ = 0;  ///< contexts that are not free
};

}  // namespace lisper
