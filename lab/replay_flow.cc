#include "lab/replay_flow.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <utility>
#include <variant>

#include "lab/frame_matcher.h"
#include "lab/measure.h"
#include "lab/recorder.h"
#include "model/capture_filter.h"

namespace lisper::lab {

Result<std::unordered_set<std::uint64_t>> filter_capture(const model::Flow& flow, const std::filesystem::path& to) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> from(
      pcap_open_offline_with_tstamp_precision(flow.capture.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()),
      &pcap_close);
  if (from == nullptr) return fail(fmt::format("flow \"{}\": {}", flow.name, error.data()));
  if (pcap_datalink(from.get()) != DLT_EN10MB)
    return fail(fmt::format("flow \"{}\": {} does not hold Ethernet frames", flow.name, flow.capture.string()));
  const std::unique_ptr<pcap_dumper_t, decltype(&pcap_dump_close)> file(pcap_dump_open(from.get(), to.c_str()),
                                                                        &pcap_dump_close);
  if (file == nullptr) return fail(pcap_geterr(from.get()));
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  std::unordered_set<std::uint64_t> identities;
  int more = 0;
  while ((more = pcap_next_ex(from.get(), &header, &data)) == 1) {
    const Bytes frame(reinterpret_cast<const std::byte*>(data), header->caplen);
    if (header->caplen != header->len || !model::is_wanted(flow, frame)) continue;
    pcap_dump(reinterpret_cast<u_char*>(file.get()), header, data);
    identities.insert(identify_frame(frame, Identity::kTail)->identity);
  }
  if (more == PCAP_ERROR)
    return fail(fmt::format("flow \"{}\": {}: {}", flow.name, flow.capture.string(), pcap_geterr(from.get())));
  if (identities.empty())
    return fail(fmt::format("flow \"{}\": no frame of {} passes the filters", flow.name, flow.capture.string()));
  return identities;
}

ReplayFlow::ReplayFlow(const model::Flow& flow, const TrafficContext& context)
    : flow_(flow), context_(context), sent_({flow.from, flow.from_port}, Identity::kTail) {
  context_.recorder.watch(sent_);
  const auto& nodes = context_.plan.nodes;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (!std::holds_alternative<model::Host>(nodes[n].role) &&
        !std::holds_alternative<model::ReplayNode>(nodes[n].role))
      continue;
    for (std::size_t p = 0; p < nodes[n].ports.size(); ++p) {
      const Wire wire = context_.layout.wire({n, p});
      end_systems_.push_back({wire.port, Identity::kTail, wire.headers});
      context_.recorder.watch(end_systems_.back());
    }
  }
}

Result<void> ReplayFlow::prepare() {
  const auto index = &flow_ - context_.plan.flows.data();
  capture_ = context_.state.folder() / fmt::format("flow{}.pcap", index);
  auto filtered = filter_capture(flow_, capture_);
  if (!filtered) return tl::unexpected(filtered.error());
  own_ = std::move(*filtered);
  return {};
}

Result<void> ReplayFlow::start() {
  std::vector<std::string> argv{"tcpreplay", "--quiet", "--timer=nano", "--intf1",
                                context_.layout.interface({flow_.from, flow_.from_port})};
  if (flow_.loops > 1) argv.push_back(fmt::format("--loop={}", flow_.loops));
  if (flow_.count != 0) argv.push_back(fmt::format("--limit={}", flow_.count));
  if (flow_.rate_pps > 0) argv.push_back(fmt::format("--pps={:.6f}", flow_.rate_pps));
  argv.push_back(capture_.string());
  return tool_.start(context_.state, flow_.name, std::move(argv), context_.layout.place(flow_.from));
}

void ReplayFlow::stop() { tool_.signal(SIGINT); }

report::FlowResult ReplayFlow::result() {
  report::FlowResult result = describe(context_.plan, flow_);
  if (tool_.started()) tool_.finish(std::chrono::milliseconds(1000));
  std::vector<Sighting> sent;
  for (const Sighting& frame : context_.recorder.sightings(sent_))
    if (!frame.towards_node && own_.contains(frame.identity)) sent.push_back(frame);
  std::vector<Sighting> arrived;
  for (const Watch& end : end_systems_)
    for (const Sighting& frame : context_.recorder.sightings(end))
      if (frame.towards_node) arrived.push_back(frame);
  std::ranges::stable_sort(arrived, {}, &Sighting::at_ns);
  match_frames(sent, arrived, 0, context_.series_interval_ns, result);
  return result;
}

}  // namespace lisper::lab
