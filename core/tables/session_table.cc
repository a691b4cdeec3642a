#include "core/tables/session_table.h"

#include <bit>

namespace lisper {

bool SessionTable::insert(const Session& session) {
  if (find(hash(session.peer, session.session_id), session.peer, session.session_id) != nullptr) return false;
  sessions_.push_back(session);
  rebuild();
  return true;
}

void SessionTable::require_esp(const IpAddress& lisper) noexcept {
  for (Session& session : sessions_)
    if (session.from_lisper && session.peer == lisper) session.carrier = Carrier::kEsp;
}

void SessionTable::rebuild() {
  if (sessions_.size() * 2 > slots_.size()) {
    slots_.assign(std::bit_ceil(sessions_.size() * 4), {});
    mask_ = slots_.size() - 1;
    for (std::size_t i = 0; i + 1 < sessions_.size(); ++i) place(i);
  }
  place(sessions_.size() - 1);
}

void SessionTable::place(std::size_t index) {
  const std::uint64_t h = hash(sessions_[index].peer, sessions_[index].session_id);
  std::uint64_t at = h & mask_;
  while (slots_[at].index != 0) at = (at + 1) & mask_;
  slots_[at] = {static_cast<std::uint32_t>(h >> 32), static_cast<std::uint32_t>(index + 1)};
}

const Session* SessionTable::find(std::uint64_t hash, const IpAddress& peer, std::uint32_t session_id) const noexcept {
  if (slots_.empty()) return nullptr;
  for (std::uint64_t at = hash & mask_; slots_[at].index != 0; at = (at + 1) & mask_) {
    if (slots_[at].tag != static_cast<std::uint32_t>(hash >> 32)) continue;
    const Session& session = sessions_[slots_[at].index - 1];
    if (session.session_id == session_id && session.peer == peer) return &session;
  }
  return nullptr;
}

}  // namespace lisper
