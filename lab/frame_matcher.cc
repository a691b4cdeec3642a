#include "lab/frame_matcher.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "lab/measure.h"

namespace lisper::lab {

namespace {

constexpr std::int64_t kLostNs = 1'000'000'000;

}  // namespace

void match_frames(const std::vector<Sighting>& sent, const std::vector<Sighting>& arrived, std::uint32_t overhead,
                  std::int64_t series_interval_ns, report::FlowResult& result) {
  struct Sent {
    std::int64_t at_ns;
    std::uint64_t number;
  };
  std::unordered_map<std::uint64_t, std::deque<Sent>> under_way;
  for (const Sighting& frame : sent) under_way[frame.identity].push_back({frame.at_ns, result.sent++});

  std::vector<std::int64_t> latencies;
  std::uint64_t next_number = 0;  // after the highest that arrived
  std::uint64_t bytes = 0;        // after the first arrival
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  for (const Sighting& frame : arrived) {
    const auto found = under_way.find(frame.identity);
    if (found == under_way.end()) continue;
    auto& candidates = found->second;
    while (!candidates.empty() && frame.at_ns - candidates.front().at_ns > kLostNs) candidates.pop_front();
    if (candidates.empty() || candidates.front().at_ns > frame.at_ns) continue;
    const auto [sent_ns, number] = candidates.front();
    candidates.pop_front();
    if (number < next_number) ++result.out_of_order;
    next_number = std::max(next_number, number + 1);
    if (latencies.empty()) {
      first_ns = frame.at_ns;
    } else {
      bytes += frame.length - std::min(frame.length, overhead);
    }
    last_ns = frame.at_ns;
    latencies.push_back(frame.at_ns - sent_ns);
    add_to_series(result.received_series, series_interval_ns, frame.at_ns, 1);
  }
  result.received = latencies.size();
  result.throughput_bps = throughput_bps(bytes, last_ns - first_ns);
  set_latencies(result, std::move(latencies));
}

}  // namespace lisper::lab
