#include "core/tables/session_table.h"

#include <bit>
#include <cstring>

#include "core/wire/ip_protocol.h"

namespace lisper {
namespace {

void write_derived(Session& session) noexcept {
  session.header_length =
      static_cast<std::uint8_t>(sizeof session.session_id + session.cookie_length + (session.counter ? 4 : 0));
  session.has_image = session.carrier == Carrier::kIp && !session.peer.is_v4();
  if (!session.has_image) return;
  auto* const value = reinterpret_cast<std::byte*>(session.image.value.data());
  auto* const mask = reinterpret_cast<std::byte*>(session.image.mask.data());
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  auto put = [&, at = std::size_t{0}](const auto& field, std::uint64_t field_mask) mutable {
    static_assert(sizeof field <= 16);
    const std::array<std::uint64_t, 2> masks{field_mask, field_mask};
    std::memcpy(value + at, &field, sizeof field);
    std::memcpy(mask + at, &masks, sizeof field);
    at += sizeof field;
  };
  put(wire::kProtocolL2tp, kAll);
  put(std::uint8_t{0}, 0);  // the hop limit
  put(session.peer.v6(), kAll);
  put(session.own.v6(), kAll);
  put(Be32(session.session_id), kAll);
  put(session.cookie, session.cookie_mask);
}

}  // namespace

bool SessionTable::insert(const Session& session) {
  if (find(hash(session.peer, session.session_id), session.peer, session.session_id) != nullptr) return false;
  sessions_.push_back(session);
  write_derived(sessions_.back());
  rebuild();
  return true;
}

void SessionTable::require_esp(const IpAddress& lisper) noexcept {
  for (Session& session : sessions_)
    if (session.from_lisper && session.peer == lisper) {
      session.carrier = Carrier::kEsp;
      write_derived(session);
    }
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
  for (std::uint64_t at = hash & mask_; slots_[at].index != 0; at = (at + 1) & mask_) {
    if (slots_[at].tag != static_cast<std::uint32_t>(hash >> 32)) continue;
    const Session& session = sessions_[slots_[at].index - 1];
    if (session.session_id == session_id && session.peer == peer) return &session;
  }
  return nullptr;
}

}  // namespace lisper
