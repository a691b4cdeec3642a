#include "core/tables/sa_table.h"

#include <algorithm>
#include <bit>

namespace lisper {

PeerSecurity& SaTable::of(const IpAddress& peer) {
  const auto found = std::ranges::find(peers_, peer, &PeerSecurity::peer);
  if (found != peers_.end()) return *found;
  peers_.push_back({.peer = peer, .out = {}, .in = {}});
  return peers_.back();
}

void SaTable::set_out(const IpAddress& peer, std::shared_ptr<OutboundSa> sa) {
  PeerSecurity& security = of(peer);
  security.sends_sealed = true;
  security.out = std::move(sa);
}

void SaTable::set_in(const IpAddress& peer, std::vector<std::shared_ptr<InboundSa>> sas) {
  PeerSecurity& security = of(peer);
  security.receives_sealed = true;
  security.in = std::move(sas);
  rebuild();
}

void SaTable::rebuild() {
  sas_.clear();
  std::vector<Slot> found;
  for (const PeerSecurity& security : peers_) {
    auto group = security.in;
    std::ranges::stable_sort(group, {}, [](const auto& sa) { return sa->sa.spi; });
    for (const auto& sa : group) {
      if (found.empty() || found.back().peer != security.peer || found.back().spi != sa->sa.spi)
        found.push_back({security.peer, sa->sa.spi, static_cast<std::uint32_t>(sas_.size()), 0});
      ++found.back().count;
      sas_.push_back(sa.get());
    }
  }
  slots_.assign(found.empty() ? 0 : std::bit_ceil(found.size() * 2), {});
  for (const Slot& slot : found) {
    std::uint64_t at = SessionTable::hash(slot.peer, slot.spi) & mask();
    while (slots_[at].count != 0) at = (at + 1) & mask();
    slots_[at] = slot;
  }
}

}  // namespace lisper
