#include "core/control/statistics.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "core/control/statistics_message.h"

namespace lisper {
namespace {

// The controller's socket holds ten datagrams, and punts want room there too.
constexpr int kBatch = 2;
constexpr TimeNs kBatchInterval = milliseconds(10);
constexpr std::ptrdiff_t kRowsPerMessage = 64;  ///< more than fit

void add_to(Tally& sum, std::uint64_t packets, std::uint64_t bytes, TimeNs last) noexcept {
  sum.packets += packets;
  sum.bytes += bytes;
  sum.last = std::max(sum.last, last);
}

}  // namespace

Statistics::Statistics(const LisperConfig& config, const Tables& tables, const MapCache& map_cache,
                       ControlCounters& counters)
    : config_(config), tables_(tables), map_cache_(map_cache), counters_(counters) {}

void Statistics::start(TimeNs now) {
  // The controller of 2016 knows no such message.
  if (!config_.punts || config_.dialect != Dialect::kToday || config_.statistics_interval <= TimeNs{}) return;
  next_ = next_report_ = now + config_.statistics_interval;
}

void Statistics::add(const Usage& usage, TimeNs now) {
  if (next_report_ == kNever) return;
  counters_.statistics_lost += usage.lost();
  for (const Usage::Slot& slot : usage.slots()) {
    if (slot.packets == 0) continue;
    const Row row{slot.eid.network(), slot.eid.mac(), slot.length, map_cache_.source_of(slot.source), slot.location};
    const bool gone = slot.source != kNoSourceEntry && row.source.is_zero();
    const auto known = gathering_.find(row);
    if (gone || (known == gathering_.end() && gathering_.size() >= kMaxRows)) {
      counters_.statistics_lost += slot.packets;
      continue;
    }
    Tally& sum = known == gathering_.end() ? gathering_[row] : known->second;
    add_to(sum, slot.packets, slot.bytes, Usage::last_time(slot, now));
  }
  add_to(received_, usage.received().packets, usage.received().bytes, usage.received().last);
}

void Statistics::tick(TimeNs now, Outbox& out) {
  if (now < next_) return;
  if (now >= next_report_) begin_report(now, out);
  send_some(now, out);
  next_ = reporting_.empty() ? next_report_ : std::min(next_report_, now + kBatchInterval);
}

void Statistics::begin_report(TimeNs now, Outbox& out) {
  next_report_ = now + config_.statistics_interval;
  if (received_.packets != 0) {
    out.messages.push_back(encode_decap_statistics(received_.packets, received_.bytes, now - received_.last));
    ++counters_.statistics_sent;
    received_ = {};
  }
  // Of a report that was not told in time the rest comes first, or its rows would never have their turn.
  if (reporting_.empty()) std::swap(gathering_, reporting_);
}

void Statistics::send_some(TimeNs now, Outbox& out) {
  for (int i = 0; i < kBatch && !reporting_.empty(); ++i) {
    std::vector<RlocUsage> rows;
    for (auto it = reporting_.begin(); it != reporting_.end() && std::ssize(rows) < kRowsPerMessage; ++it) {
      const auto& [row, sum] = *it;
      const IpAddress& rloc = tables_.location(row.location).peer;
      rows.push_back({tables_.network(row.network).iid, row.eid, row.length, rloc,
                      map_cache_.port(row.network, row.eid, row.length, row.source, rloc), sum.packets, sum.bytes,
                      now - sum.last, row.source});
    }
    StatisticsMessage message = encode_statistics(rows);
    reporting_.erase(reporting_.begin(), std::next(reporting_.begin(), static_cast<std::ptrdiff_t>(message.rows)));
    out.messages.push_back(std::move(message.text));
    ++counters_.statistics_sent;
  }
}

}  // namespace lisper
