#include "lab/iperf_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "core/wire/ethernet.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/udp.h"
#include "lab/frame_matcher.h"
#include "lab/measure.h"
#include "lab/recorder.h"

namespace lisper::lab {

namespace {

using nlohmann::json;

constexpr std::size_t kFirstTcpServer = 20'000;  ///< port
constexpr std::size_t kTcpServers = 10'000;
constexpr std::size_t kFirstSourcePort = 49'153;  ///< RFC 6335 6: dynamic ports; ns-3 leaves out the first
constexpr std::size_t kSourcePorts = 16'383;
constexpr const char* kInterval = "0.1";  // [s] the shortest that iperf3 takes

template <typename T>
T get(const json& from, const char* pointer, T otherwise) {
  const json::json_pointer at(pointer);
  if (!from.contains(at) || !from[at].is_number()) return otherwise;
  return from[at].get<T>();
}

std::uint64_t packets_of(const model::Flow& flow, TimeNs end) {
  const double duration_s = static_cast<double>((std::min(flow.stop, end) - flow.start).ns) / 1e9;
  const auto until_stop = static_cast<std::uint64_t>(std::max(std::llround(flow.rate_pps * duration_s), 1ll));
  return flow.count == 0 ? until_stop : std::min(flow.count, until_stop);
}

/// Each interval's bytes to the series' interval that holds its middle.
void read_series(const json& receiver, const model::Flow& flow, std::uint64_t unit, std::int64_t interval_ns,
                 report::FlowResult& result) {
  if (!receiver.contains("intervals")) return;
  for (const json& interval : receiver["intervals"]) {
    const double middle = (get(interval, "/sum/start", 0.0) + get(interval, "/sum/end", 0.0)) / 2;
    const auto at_ns = flow.start.ns + std::llround(middle * 1e9);
    add_to_series(result.received_series, interval_ns, at_ns, get<std::uint64_t>(interval, "/sum/bytes", 0) / unit);
  }
}

json parse(const std::string& text) {
  auto parsed = json::parse(text, nullptr, false);
  return parsed.is_object() ? parsed : json::object();
}

}  // namespace

std::uint64_t block_size(std::uint64_t bytes, std::uint32_t wanted) {
  for (std::uint64_t size = wanted; size > wanted / 2; --size)
    if (bytes % size == 0) return size;
  return wanted;
}

std::vector<std::string> iperf_server_command(const model::Flow& flow, std::uint16_t port) {
  const bool tcp = flow.kind == model::FlowKind::kTcpBulk;
  return {
      "iperf3", "--server",           "--one-off",  "--json", "--bind", to_string(tcp ? flow.source : flow.destination),
      "--port", std::to_string(port), "--interval", kInterval};
}

std::vector<std::string> iperf_client_command(const model::Flow& flow, std::uint16_t port, std::uint16_t source_port,
                                              TimeNs end) {
  const bool tcp = flow.kind == model::FlowKind::kTcpBulk;
  std::vector<std::string> argv{"iperf3",
                                "--client",
                                to_string(tcp ? flow.source : flow.destination),
                                "--bind",
                                to_string(tcp ? flow.destination : flow.source),
                                "--port",
                                std::to_string(port),
                                "--json",
                                "--interval",
                                kInterval};
  if (tcp) {
    argv.insert(argv.end(), {"--reverse", "--bytes", std::to_string(flow.bytes), "--length",
                             std::to_string(block_size(flow.bytes, flow.size))});
    return argv;
  }
  // A packet at a time: iperf3 looks that often whether the rate allows the next.
  const auto pacing_us = std::clamp(std::llround(0.5e6 / std::max(flow.rate_pps, 1.0)), 50ll, 100'000ll);
  argv.insert(argv.end(),
              {"--udp", "--cport", std::to_string(source_port), "--bitrate",
               fmt::format("{:.0f}", flow.rate_pps * flow.size * 8), "--length", std::to_string(flow.size),
               "--blockcount", std::to_string(packets_of(flow, end)), "--pacing-timer", std::to_string(pacing_us)});
  return argv;
}

void read_tcp(const json& sender, const json& receiver, const model::Flow& flow, std::int64_t series_interval_ns,
              report::FlowResult& result) {
  // The sender goes on until the receiver, who has all, stops it; what is above was not asked for.
  result.sent = std::min(get<std::uint64_t>(sender, "/end/sum_sent/bytes", 0), flow.bytes);
  result.received = std::min(get<std::uint64_t>(receiver, "/end/sum_received/bytes", 0), flow.bytes);
  result.sent = std::max(result.sent, result.received);
  result.completed = result.received == flow.bytes;
  result.throughput_bps =
      static_cast<std::uint64_t>(std::llround(get(receiver, "/end/sum_received/bits_per_second", 0.0)));
  read_series(receiver, flow, 1, series_interval_ns, result);
}

IperfFlow::IperfFlow(const model::Flow& flow, const TrafficContext& context) : flow_(flow), context_(context) {
  if (tcp()) return;
  for (const std::size_t node : {flow.from, flow.to})
    for (std::size_t p = 0; p < context.plan.nodes[node].ports.size(); ++p) context.recorder.watch(watch({node, p}));
}

std::uint16_t IperfFlow::server_port() const {
  if (!tcp()) return flow_.port;
  const auto index = static_cast<std::size_t>(&flow_ - context_.plan.flows.data());
  return static_cast<std::uint16_t>(kFirstTcpServer + index % kTcpServers);
}

std::uint16_t IperfFlow::source_port() const {
  std::size_t earlier = 0;
  for (const model::Flow* flow = context_.plan.flows.data(); flow != &flow_; ++flow)
    if (flow->from == flow_.from &&
        (flow->kind == model::FlowKind::kUdpConstant || flow->kind == model::FlowKind::kUdpPoisson))
      ++earlier;
  return static_cast<std::uint16_t>(kFirstSourcePort + earlier % kSourcePorts);
}

Watch IperfFlow::watch(model::PortRef port) const {
  const Wire wire = context_.layout.wire(port);
  return {wire.port, Identity::kDatagram, wire.headers};
}

Result<void> IperfFlow::prepare() {
  return server_.start(context_.state, flow_.name + " server", iperf_server_command(flow_, server_port()),
                       context_.layout.place(tcp() ? flow_.from : flow_.to));
}

Result<void> IperfFlow::start() {
  return client_.start(context_.state, flow_.name,
                       iperf_client_command(flow_, server_port(), source_port(), context_.plan.end),
                       context_.layout.place(tcp() ? flow_.to : flow_.from));
}

// Each prints what it has until then.
void IperfFlow::stop() { client_.signal(SIGTERM); }

report::FlowResult IperfFlow::result() {
  report::FlowResult result = describe(context_.plan, flow_);
  if (tcp()) result.completed = false;
  if (!client_.started()) return result;
  client_.finish(std::chrono::milliseconds(2000));
  server_.signal(SIGTERM);
  server_.finish(std::chrono::milliseconds(2000));
  if (tcp()) {
    read_tcp(parse(server_.out()), parse(client_.out()), flow_, context_.series_interval_ns, result);
  } else {
    measure_udp(result);
  }
  return result;
}

/// On the wire, at both ends: iperf3's receiver stops with the sender, not after its last packet, and
/// knows no latencies.
void IperfFlow::measure_udp(report::FlowResult& result) const {
  const std::uint64_t stream = stream_of(flow_.source, flow_.destination, flow_.port);
  const auto seen = [&](std::size_t node, bool towards_node) {
    std::vector<Sighting> frames;
    for (std::size_t p = 0; p < context_.plan.nodes[node].ports.size(); ++p)
      for (const Sighting& frame : context_.recorder.sightings(watch({node, p})))
        if (frame.towards_node == towards_node && frame.stream == stream) frames.push_back(frame);
    std::ranges::stable_sort(frames, {}, &Sighting::at_ns);
    return frames;
  };
  const std::size_t headers = sizeof(wire::Ethernet) +
                              (flow_.destination.is_v4() ? sizeof(wire::Ipv4) : sizeof(wire::Ipv6)) + sizeof(wire::Udp);
  match_frames(seen(flow_.from, false), seen(flow_.to, true), static_cast<std::uint32_t>(headers),
               context_.series_interval_ns, result);
}

}  // namespace lisper::lab
