#include "core/control/hosts.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/control/punt_message.h"

namespace lisper {
namespace {

constexpr TimeNs kDestinationInterval = seconds(1);
constexpr TimeNs kWaitingInterval = milliseconds(10);

/// In stamp units, such that a host is never forgotten early: stamps are rounded down.
constexpr Stamp max_age(TimeNs timeout) noexcept {
  const auto units = (timeout.ns + kStampUnit.ns - 1) / kStampUnit.ns + 1;
  return static_cast<Stamp>(std::min<std::int64_t>(units, std::numeric_limits<Stamp>::max()));
}

}  // namespace

Hosts::Hosts(const LisperConfig& config, const Tables& tables, MacTable& macs, ControlCounters& counters)
    : config_(config), tables_(tables), macs_(macs), counters_(counters) {
  for (std::size_t i = 0; i < config.local_networks.size(); ++i)
    if (const auto limit = config.local_networks[i].max_macs) macs_.set_limit(tables.local_location(config, i), *limit);
}

void Hosts::on_event(const Event& event, TimeNs now, Outbox& out) {
  switch (event.kind) {
    case Event::Kind::kLearn:
      return learn(event, now, out);
    case Event::Kind::kSeen: {
      const FibKey key(event.network, event.source);
      LocalHost* host = macs_.find_local(key);
      if (host == nullptr || (now - host->punted) * 3 <= config_.dynamic_eid_timeout) return;
      return tell(key, *host, event.destination, now, out);
    }
    case Event::Kind::kUnknownDestination:
      return punt_unknown_destination(event, now, out);
    case Event::Kind::kBinding:
      return;
  }
}

void Hosts::learn(const Event& event, TimeNs now, Outbox& out) {
  const FibKey key(event.network, event.source);
  const LocalHost* known = macs_.find_local(key);
  const bool same_place = known != nullptr && known->location == event.location;
  if (!same_place && !may_move(key, event, now, out)) return;
  LocalHost* host = macs_.set_local(key, event.location, now, out);
  if (host == nullptr) {
    ++counters_.table_full;
    return;
  }
  if (next_age_ == kNever) next_age_ = now + kStampUnit;
  if (same_place) return;  // the frames of one batch all say so
  ++counters_.hosts_learned;
  tell(key, *host, event.destination, now, out);
}

bool Hosts::may_move(FibKey key, const Event& event, TimeNs now, Outbox& out) {
  const LocalHost* known = macs_.find_local(key);
  if (known == nullptr && !macs_.has_left(key)) return true;  // it is new
  LocationId home;
  if (moves_.move(key, known == nullptr ? kNoLocation : known->location, event.location, now, home, out)) return true;
  ++counters_.hosts_pinned;
  if (home == kNoLocation) {
    macs_.erase_local(key, out);
  } else {
    macs_.set_local(key, home, now, out);
  }
  return false;
}

void Hosts::punt_unknown_destination(const Event& event, TimeNs now, Outbox& out) {
  if (!config_.punts) return;
  while (!recent_.empty() && now - recent_.front().first >= kDestinationInterval) {
    recent_keys_.erase(recent_.front().second.value);
    recent_.pop_front();
  }
  const FibKey key(event.network, event.destination);
  if (recent_keys_.contains(key.value) || !destination_limit_.allow(now)) {
    ++counters_.punts_suppressed;
    return;
  }
  recent_keys_.insert(key.value);
  recent_.emplace_back(now, key);
  punt(FibKey(event.network, event.source), event.location, event.destination, out);
}

void Hosts::punt_all(TimeNs now) {
  if (!config_.punts) return;
  for (auto key = macs_.next_local(FibKey()); key; key = macs_.next_local(FibKey(key->value + 1)))
    wait(*key, *macs_.find_local(*key), now);
}

void Hosts::tick(TimeNs now, Outbox& out) {
  if (now >= next_age_) age(now, out);
  if (now >= next_punts_) tell_waiting(now, out);
  moves_.tick(now, out);
}

TimeNs Hosts::next_deadline() const noexcept { return std::min({next_age_, next_punts_, moves_.next_deadline()}); }

void Hosts::age(TimeNs now, Outbox& out) {
  const Stamp limit = max_age(config_.arp_timeout);
  std::vector<std::uint64_t> expired;
  tables_.fib().for_each([&](FibKey key, const Fib::Entry& entry) {
    const auto age = static_cast<Stamp>(stamp_of(now) - entry.stamp());
    if (entry.load().kind == FibKind::kLocal && age >= limit) expired.push_back(key.value);
  });
  std::ranges::sort(expired);
  for (const std::uint64_t raw : expired) {
    const FibKey key(raw);
    if (macs_.find_local(key) == nullptr) continue;
    macs_.erase_local(key, out);
    ++counters_.hosts_aged;
  }
  next_age_ = macs_.local_count() == 0 ? kNever : now + kStampUnit;
}

void Hosts::tell(FibKey key, LocalHost& host, const MacAddress& destination, TimeNs now, Outbox& out) {
  if (!config_.punts || host.waiting) return;
  if (!queue_.waiting_at(host.location) && host_limit_.allow(now)) {
    host.punted = now;
    return punt(key, host.location, destination, out);
  }
  ++counters_.punts_suppressed;
  wait(key, host, now + kWaitingInterval);
}

void Hosts::wait(FibKey key, LocalHost& host, TimeNs until) {
  if (host.waiting) return;
  host.waiting = true;
  queue_.push(host.location, key);
  next_punts_ = std::min(next_punts_, until);
}

void Hosts::tell_waiting(TimeNs now, Outbox& out) {
  while (const auto key = queue_.front()) {
    LocalHost* host = macs_.find_local(*key);
    if (host != nullptr && host->waiting) {  // else it is gone, or has come again and waits elsewhere
      if (!host_limit_.allow(now)) break;
      host->waiting = false;
      host->punted = now;
      punt(*key, host->location, kBroadcastMac, out);
    }
    queue_.pop();
  }
  next_punts_ = queue_.empty() ? kNever : now + kWaitingInterval;
}

void Hosts::punt(FibKey source, LocationId location, const MacAddress& destination, Outbox& out) {
  auto message = encode_punt(
      config_.dialect, {source.mac(), destination, interface_name(location), tables_.network(source.network()).iid});
  if (!message) return;
  out.messages.push_back(*std::move(message));
  ++counters_.punts_sent;
}

const std::string& Hosts::interface_name(LocationId id) const {
  const Location& location = tables_.location(id);
  const InterfaceId interface = location.kind == LocationKind::kEthernet ? InterfaceId(location.index)
                                                                         : config_.exits[location.exit.value].interface;
  return config_.interfaces[interface.value].name;
}

}  // namespace lisper
