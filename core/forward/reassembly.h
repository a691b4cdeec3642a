#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/address.h"
#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/forward/reasons.h"

namespace lisper {

/// Puts outer fragments from configured peers together again: RFC 8200 4.5, RFC 791 3.2, and RFC 5722
/// (overlaps discard the whole packet). Bounded: kContexts packets of at most kMaxPayload bytes, each
/// for kTimeout. Memory is allocated with the first fragment ever, not per packet.
class Reassembler {
 public:
  static constexpr std::size_t kContexts = 64;
  static constexpr std::size_t kMaxPayload = 16 * 1024;   ///< [bytes] after the IP header
  static constexpr TimeNs kTimeout = seconds(60);  // RFC 8200 4.5

  struct Fragment {
    PortId port;
    IpAddress source;
    IpAddress destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;   ///< of the payload
    std::uint8_t traffic_class = 0;
    std::uint32_t offset = 0;    ///< [bytes]
    bool more = false;
    Bytes payload;
  };

  /// Takes a fragment. kFragmentHeld while incomplete, kNone when it completed a packet, which then is in
  /// `complete()`, else the reason it was discarded.
  Reason add(const Fragment& fragment, TimeNs now) noexcept;

  /// A frame (Ethernet, IP header without fragmentation, payload) to be fed through `process` again, with
  /// its ingress port; valid until the next add(). At most one per add().
  struct Complete {
    PortId port;
    Bytes frame;
  };
  [[nodiscard]] bool has_complete() const noexcept { return !complete_.empty(); }
  [[nodiscard]] Complete take_complete() noexcept;

  /// Packets that were given up since the last call, by the port of their first fragment.
  std::size_t expire(TimeNs now, std::vector<PortId>& expired);

 private:
  struct Context {
    bool used = false;
    PortId port;
    IpAddress source;
    IpAddress destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;
    std::uint8_t traffic_class = 0;
    TimeNs deadline;
    std::uint32_t total = 0;     ///< [bytes] of payload; 0 until the last fragment came
    std::uint32_t received = 0;  ///< [bytes]
    std::bitset<kMaxPayload / 8> blocks;  ///< 8-byte units that are there
    std::array<std::byte, kMaxPayload> payload;
  };
  Context* find_or_make(const Fragment& fragment, TimeNs now) noexcept;
  void finish(const Context& context) noexcept;

  std::unique_ptr<std::array<Context, kContexts>> contexts_;
  std::vector<std::byte> complete_;
  PortId complete_port_;
};

}  // namespace lisper
