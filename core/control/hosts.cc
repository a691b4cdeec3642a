#include "core/control/hosts.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/control/punt_message.h"

namespace lisper {
namespace {

constexpr TimeNs kDestinationInterval = seconds(1);
constexpr std::size_t kMaxRecentDestinations = 4096;

// A controller's socket holds some ten datagrams before it makes the sender wait.
constexpr TimeNs kPuntAllInterval = milliseconds(10);
constexpr int kPuntAllBatch = 8;

/// In stamp units, such that a host is never forgotten early: stamps are rounded down.
constexpr Stamp max_age(TimeNs timeout) noexcept {
  const auto units = (timeout.ns + kStampUnit.ns - 1) / kStampUnit.ns + 1;
  return static_cast<Stamp>(std::min<std::int64_t>(units, std::numeric_limits<Stamp>::max()));
}

}  // namespace

Hosts::Hosts(const LisperConfig& config, const Tables& tables, MacTable& macs, ControlCounters& counters)
    : config_(config), tables_(tables), macs_(macs), counters_(counters) {}

void Hosts::on_event(const Event& event, TimeNs now, Outbox& out) {
  switch (event.kind) {
    case Event::Kind::kLearn:
      return learn(event, now, out);
    case Event::Kind::kSeen: {
      const FibKey key(event.network, event.source);
      LocalHost* host = macs_.find_local(key);
      if (host == nullptr || (now - host->punted) * 3 <= config_.dynamic_eid_timeout) return;
      host->punted = now;
      return punt(key, host->location, event.destination, out);
    }
    case Event::Kind::kUnknownDestination:
      return punt_unknown_destination(event, now, out);
  }
}

void Hosts::learn(const Event& event, TimeNs now, Outbox& out) {
  const FibKey key(event.network, event.source);
  const LocalHost* known = macs_.find_local(key);
  const bool same_place = known != nullptr && known->location == event.location;
  LocalHost* host = macs_.set_local(key, event.location, now, out);
  if (host == nullptr) {
    ++counters_.table_full;
    return;
  }
  if (next_age_ == kNever) next_age_ = now + kStampUnit;
  if (same_place) return;  // the frames of one batch all say so
  ++counters_.hosts_learned;
  host->punted = now;
  punt(key, event.location, event.destination, out);
}

void Hosts::punt_unknown_destination(const Event& event, TimeNs now, Outbox& out) {
  while (!recent_.empty() && now - recent_.front().first >= kDestinationInterval) {
    recent_keys_.erase(recent_.front().second.value);
    recent_.pop_front();
  }
  const FibKey key(event.network, event.destination);
  if (recent_.size() >= kMaxRecentDestinations || !recent_keys_.insert(key.value).second) {
    ++counters_.punts_suppressed;
    return;
  }
  recent_.emplace_back(now, key);
  punt(FibKey(event.network, event.source), event.location, event.destination, out);
}

void Hosts::punt_all(TimeNs now) {
  if (!config_.punts) return;
  punt_cursor_ = FibKey();
  next_punts_ = now;
}

void Hosts::tick(TimeNs now, Outbox& out) {
  if (now >= next_age_) age(now, out);
  if (now >= next_punts_) punt_some(now, out);
}

TimeNs Hosts::next_deadline() const noexcept { return std::min(next_age_, next_punts_); }

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

void Hosts::punt_some(TimeNs now, Outbox& out) {
  for (int i = 0; i < kPuntAllBatch; ++i) {
    const auto key = macs_.next_local(punt_cursor_);
    if (!key) {
      next_punts_ = kNever;
      return;
    }
    LocalHost* host = macs_.find_local(*key);
    host->punted = now;
    punt(*key, host->location, kBroadcastMac, out);
    punt_cursor_ = FibKey(key->value + 1);
  }
  next_punts_ = now + kPuntAllInterval;
}

void Hosts::punt(FibKey source, LocationId location, const MacAddress& destination, Outbox& out) {
  if (!config_.punts) return;
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
