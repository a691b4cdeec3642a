#include "report/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace lisper::report {
namespace {

/// RFC 4180 2: quoted if it holds a comma, a quote or a line break; quotes are doubled.
std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string line(const std::vector<std::string>& cells) { return fmt::format("{}\n", fmt::join(cells, ",")); }

}  // namespace

std::string flows_csv(const RunResult& result) {
  std::string text =
      "name,kind,from,to,sent,received,loss,latency_min_ns,latency_median_ns,latency_p99_ns,latency_max_ns,"
      "throughput_bps,out_of_order,completed,probe\n";
  for (const FlowResult& flow : result.flows) {
    const auto latency = [&](std::int64_t Latency::*field) {
      return flow.latency ? fmt::to_string((*flow.latency).*field) : std::string();
    };
    text += line({csv_cell(flow.name), csv_cell(flow.kind), csv_cell(flow.from), csv_cell(flow.to),
                  fmt::to_string(flow.sent), fmt::to_string(flow.received), fmt::to_string(flow.loss()),
                  latency(&Latency::min), latency(&Latency::median), latency(&Latency::p99), latency(&Latency::max),
                  fmt::to_string(flow.throughput_bps), fmt::to_string(flow.out_of_order),
                  flow.completed ? fmt::to_string(*flow.completed) : std::string(), fmt::to_string(flow.probe)});
  }
  return text;
}

std::string links_csv(const RunResult& result) {
  std::string text = "link,from,to,up,rate_bps,packets,bytes,queue_peak,queue_full,loss,down,too_big\n";
  for (const LinkResult& link : result.links)
    for (std::size_t i = 0; i < 2; ++i) {
      const LinkDirectionResult& direction = link.directions[i];
      const auto drops = [&](const char* name) {
        const auto found = direction.drops.find(name);
        return fmt::to_string(found == direction.drops.end() ? 0 : found->second);
      };
      text += line({csv_cell(link.name), csv_cell(i == 0 ? link.from : link.to), csv_cell(i == 0 ? link.to : link.from),
                    fmt::to_string(link.up), fmt::to_string(direction.rate_bps), fmt::to_string(direction.packets),
                    fmt::to_string(direction.bytes), fmt::to_string(direction.queue_peak), drops("queue_full"),
                    drops("loss"), drops("down"), drops("too_big")});
    }
  return text;
}

}  // namespace lisper::report
