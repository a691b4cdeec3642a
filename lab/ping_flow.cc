#include "lab/ping_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <optional>

#include "lab/measure.h"

namespace lisper::lab {

namespace {

constexpr const char* kPatience = "2";  // [s] for the last reply

/// The number after `label`; nullopt if there is none.
std::optional<double> number_after(std::string_view line, std::string_view label) {
  const auto at = line.find(label);
  if (at == line.npos) return std::nullopt;
  double value = 0;
  const char* first = line.data() + at + label.size();
  if (std::from_chars(first, line.data() + line.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

/// 0: until stop() says so.
std::uint64_t count_of(const model::Flow& flow) {
  if (flow.count != 0 || flow.interval == TimeNs{} || flow.stop == kNever) return flow.count;
  const std::int64_t duration = std::max<std::int64_t>(flow.stop.ns - flow.start.ns, 1);
  return static_cast<std::uint64_t>((duration + flow.interval.ns - 1) / flow.interval.ns);
}

}  // namespace

std::vector<std::string> ping_command(const model::Flow& flow) {
  std::vector<std::string> argv{
      "ping", "-n", "-D", "-W", kPatience, "-I", to_string(flow.source), "-s", std::to_string(flow.size)};
  if (const auto count = count_of(flow)) argv.insert(argv.end(), {"-c", std::to_string(count)});
  if (flow.interval == TimeNs{}) {
    argv.push_back("-A");  // the next one on the reply
  } else {
    argv.insert(argv.end(), {"-i", fmt::format("{:.6f}", static_cast<double>(flow.interval.ns) / 1e9)});
  }
  argv.push_back(to_string(flow.destination));
  return argv;
}

void read_ping(std::string_view output, const model::Flow& flow, std::int64_t start_wall_ns,
               std::int64_t series_interval_ns, report::FlowResult& result) {
  std::vector<std::int64_t> latencies;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  double highest = 0;
  for (std::size_t begin = 0; begin < output.size();) {
    const auto end = std::min(output.find('\n', begin), output.size());
    const std::string_view line = output.substr(begin, end - begin);
    begin = end + 1;
    if (const auto sent = number_after(line, ""); sent && line.find(" packets transmitted") != line.npos)
      result.sent = static_cast<std::uint64_t>(*sent);
    // "[1795273634.469675] 1008 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.202 ms"
    const auto at = number_after(line, "[");
    const auto sequence = number_after(line, "icmp_seq=");
    const auto time_ms = number_after(line, "time=");
    if (!at || !sequence || !time_ms || line.find("(DUP!)") != line.npos) continue;
    last_ns = std::llround(*at * 1e6) * 1000 - start_wall_ns;
    if (latencies.empty()) first_ns = last_ns;
    latencies.push_back(std::llround(*time_ms * 1e6));
    // The number has 16 bits: a long way back is a new round.
    if (*sequence < highest && highest - *sequence < 32'768) ++result.out_of_order;
    highest = *sequence < highest && highest - *sequence < 32'768 ? highest : *sequence;
    add_to_series(result.received_series, series_interval_ns, last_ns, 1);
  }
  result.received = latencies.size();
  result.sent = std::max(result.sent, result.received);
  if (!latencies.empty())
    result.throughput_bps = throughput_bps((latencies.size() - 1) * flow.size, last_ns - first_ns);
  set_latencies(result, std::move(latencies));
}

Result<void> PingFlow::start() {
  return tool_.start(context_.state, flow_.name, ping_command(flow_), context_.layout.place(flow_.from));
}

// ping prints its summary then.
void PingFlow::stop() { tool_.signal(SIGINT); }

report::FlowResult PingFlow::result() {
  report::FlowResult result = describe(context_.plan, flow_);
  if (!tool_.started()) return result;
  tool_.finish(std::chrono::milliseconds(3000));
  read_ping(tool_.out(), flow_, context_.start_wall_ns, context_.series_interval_ns, result);
  return result;
}

}  // namespace lisper::lab
