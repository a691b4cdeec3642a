#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/address.h"
#include "core/tables/security_association.h"
#include "core/tables/session_table.h"

namespace lisper {

/// The keys between us and one LISPER.
struct PeerSecurity {
  IpAddress peer;
  bool sends_sealed = false;                   ///< nothing goes there in clear text
  bool receives_sealed = false;                ///< nothing is accepted from there in clear text
  std::shared_ptr<OutboundSa> out;             ///< null: nothing can be sent, if it must be sealed
  std::vector<std::shared_ptr<InboundSa>> in;  ///< the newest first
};

/// All keys; finds those that a packet may have been sealed with.
class SaTable {
 public:
  void set_out(const IpAddress& peer, std::shared_ptr<OutboundSa> sa);
  void set_in(const IpAddress& peer, std::vector<std::shared_ptr<InboundSa>> sas);

  /// RFC 4303 2.1, by SPI and the outer source: SPIs are the controller's, which numbers the keys of each pair of
  /// LISPERs by itself. During a change of keys there may be several, the newest first; most of the time one.
  [[nodiscard]] std::span<InboundSa* const> find(const IpAddress& peer, std::uint32_t spi) const noexcept {
    if (slots_.empty()) return {};
    for (std::uint64_t at = SessionTable::hash(peer, spi) & mask(); slots_[at].count != 0; at = (at + 1) & mask())
      if (slots_[at].spi == spi && slots_[at].peer == peer) return {&sas_[slots_[at].first], slots_[at].count};
    return {};
  }
  /// In the order in which they were first given keys.
  [[nodiscard]] const std::vector<PeerSecurity>& all() const noexcept { return peers_; }

 private:
  struct Slot {
    IpAddress peer;
    std::uint32_t spi = 0;
    std::uint32_t first = 0;  ///< in sas_
    std::uint32_t count = 0;  ///< 0: free slot
  };
  [[nodiscard]] std::uint64_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] PeerSecurity& of(const IpAddress& peer);
  void rebuild();

  std::vector<PeerSecurity> peers_;
  std::vector<InboundSa*> sas_;  ///< those of one peer and SPI together
  std::vector<Slot> slots_;
};

}  // namespace lisper
