#pragma once

#include <cstdint>
#include <vector>

#include "core/base/address.h"
#include "core/base/hash.h"
#include "core/base/ids.h"
#include "core/forward/config.h"

namespace lisper {

/// What L2TPv3 comes in.
enum class Carrier : std::uint8_t { kIp, kUdp, kEsp };

/// What a received L2TPv3 packet must look like, and where its frames belong.
struct Session {
  IpAddress peer;                 ///< outer source
  IpAddress own;                  ///< outer destination; of a LISPER, the usual one (any exit's address will do)
  std::uint64_t cookie = 0;       ///< as it stands in memory, after masking
  std::uint64_t cookie_mask = 0;  ///< 0 where any cookie is accepted
  std::uint32_t session_id = 0;   ///< host order
  LocationId location;
  NetworkId network;
  std::uint8_t cookie_length = 0;  ///< [bytes]
  bool counter = false;
  Carrier carrier = Carrier::kIp;
  bool from_lisper = false;
  std::uint16_t local_port = 0;  ///< UDP destination port
};

/// (peer address, session ID) -> Session. Fixed once built, but for what LISPERs' packets come in.
class SessionTable {
 public:
  /// False if (peer, session ID) is there already.
  bool insert(const Session& session);

  /// Packets from this LISPER must come in ESP from now on.
  void require_esp(const IpAddress& lisper) noexcept;

  [[nodiscard]] static std::uint64_t hash(const IpAddress& peer, std::uint32_t session_id) noexcept {
    const auto* p = peer.v6().octets.data();
    return mix(load<std::uint64_t>(p) ^ 0xa0761d6478bd642f, load<std::uint64_t>(p + 8) ^ session_id ^ kHashMultiplier);
  }
  void prefetch(std::uint64_t hash) const noexcept {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & mask_]);
  }
  [[nodiscard]] const Session* find(std::uint64_t hash, const IpAddress& peer, std::uint32_t session_id) const noexcept;
  [[nodiscard]] const std::vector<Session>& all() const noexcept { return sessions_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;    ///< upper half of the hash
    std::uint32_t index = 0;  ///< in sessions_, plus one; 0 empty
  };
  void rebuild();
  void place(std::size_t index);

  std::vector<Session> sessions_;
  std::vector<Slot> slots_;
  std::uint64_t mask_ = 0;
};

}  // namespace lisper
