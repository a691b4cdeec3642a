#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/address.h"
#include "core/base/hash.h"
#include "core/base/ids.h"
#include "core/forward/config.h"

namespace lisper {

/// What L2TPv3 comes in.
enum class Carrier : std::uint8_t { kIp, kUdp, kEsp };

/// What all packets of a session have in common that come in IPv6 without anything between it and L2TPv3: the bytes
/// from the IPv6 next header on (RFC 8200 3) to the end of the cookie (RFC 8159 3). One comparison checks them all.
struct SessionImage {
  static constexpr std::size_t kOffset = 6;  ///< [bytes] in the IPv6 header
  /// Two words: every x86-64 compares them at once.
  using Lane [[gnu::vector_size(16)]] = std::uint64_t;
  using Bytes = std::array<Lane, 3>;

  Bytes value{};
  Bytes mask{};  ///< zero where anything goes: the hop limit, a cookie that is not checked, the frame behind it

  /// Reads 48 bytes.
  [[nodiscard]] bool matches(const std::byte* bytes) const noexcept {
    Lane difference{};
    for (std::size_t i = 0; i < value.size(); ++i)
      difference |= (load<Lane>(bytes + i * sizeof(Lane)) ^ value[i]) & mask[i];
    return (difference[0] | difference[1]) == 0;
  }
};

/// What a received L2TPv3 packet must look like, and where its frames belong.
struct alignas(64) Session {
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

  // Kept by the table:
  bool has_image = false;
  std::uint8_t header_length = 0;  ///< [bytes] of L2TPv3
  SessionImage image;              ///< kIp in IPv6
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
    return hash(load<std::uint64_t>(p), load<std::uint64_t>(p + 8), session_id);
  }
  void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&slots_[hash & mask_]); }
  [[nodiscard]] const Session* find(std::uint64_t hash, const IpAddress& peer, std::uint32_t session_id) const noexcept;
  /// The hash of what the IPv6 packet at `ip`, of which 44 bytes can be read, would belong to.
  [[nodiscard]] static std::uint64_t hash_of(const std::byte* ip) noexcept {
    return hash(load<std::uint64_t>(ip + 8), load<std::uint64_t>(ip + 16), at<Be32>(ip, 40).value());
  }
  /// The session at `index` if it has an image, or null.
  [[nodiscard]] const Session* plain(std::size_t index) const noexcept {
    return index < sessions_.size() && sessions_[index].has_image ? &sessions_[index] : nullptr;
  }
  /// The session at `index` if its packets come in ESP, or null.
  [[nodiscard]] const Session* sealed(std::size_t index) const noexcept {
    return index < sessions_.size() && sessions_[index].carrier == Carrier::kEsp ? &sessions_[index] : nullptr;
  }
  [[nodiscard]] std::uint32_t index(const Session& session) const noexcept {
    return static_cast<std::uint32_t>(&session - sessions_.data());
  }
  /// The session whose image that packet has, of which 54 bytes can be read. Null does not mean that there is none.
  [[nodiscard]] const Session* find_plain(std::uint64_t hash, const std::byte* ip) const noexcept {
    for (std::uint64_t at = hash & mask_; slots_[at].index != 0; at = (at + 1) & mask_) {
      if (slots_[at].tag != static_cast<std::uint32_t>(hash >> 32)) continue;
      const Session& session = sessions_[slots_[at].index - 1];
      return session.has_image && session.image.matches(ip + SessionImage::kOffset) ? &session : nullptr;
    }
    return nullptr;
  }
  [[nodiscard]] const std::vector<Session>& all() const noexcept { return sessions_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;    ///< upper half of the hash
    std::uint32_t index = 0;  ///< in sessions_, plus one; 0 empty
  };
  [[nodiscard]] static std::uint64_t hash(std::uint64_t peer_high, std::uint64_t peer_low,
                                          std::uint32_t session_id) noexcept {
    return mix(peer_high ^ 0xa0761d6478bd642f, peer_low ^ session_id ^ kHashMultiplier);
  }
  void rebuild();
  void place(std::size_t index);

  std::vector<Session> sessions_;
  std::vector<Slot> slots_ = std::vector<Slot>(1);
  std::uint64_t mask_ = 0;
};

}  // namespace lisper
