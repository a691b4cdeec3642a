#include "core/control/moves.h"

namespace lisper {
namespace {

constexpr unsigned kMost = 5;
constexpr TimeNs kWindow = seconds(180);

}  // namespace

bool Moves::move(FibKey host, LocationId from, LocationId to, TimeNs now, LocationId& home, Outbox& out) {
  History& history = histories_[host.value];
  if (history.moves == 0) {
    history.home = from;
    forget_at(host, history, now + kWindow);
  }
  home = history.home;
  if (history.pinned) return to == home;
  if (++history.moves < kMost) return true;
  history.pinned = true;
  forget_at(host, history, now + kWindow);
  out.deltas.emplace_back(SetPin{host.network(), host.mac(), home});
  return to == home;
}

void Moves::tick(TimeNs now, Outbox& out) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const FibKey host(deadlines_.begin()->second);
    deadlines_.erase(deadlines_.begin());
    if (histories_[host.value].pinned) out.deltas.emplace_back(SetPin{host.network(), host.mac(), std::nullopt});
    histories_.erase(host.value);
  }
}

void Moves::forget_at(FibKey host, History& history, TimeNs when) {
  deadlines_.erase({history.until, host.value});
  history.until = when;
  deadlines_.emplace(when, host.value);
}

}  // namespace lisper
