#include "sim/replay.h"

#include <fmt/format.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/base/hash.h"
#include "core/wire/ethernet.h"
#include "model/capture_filter.h"

namespace lisper::sim {

namespace {

/// [bytes] at a frame's end by which it is known again; an ARP packet in Ethernet is not shorter.
constexpr std::size_t kTail = 42;

/// A frame that has not arrived by then is lost, and does not stand for a later one that ends the same.
constexpr std::int64_t kLostNs = 1'000'000'000;

std::uint64_t tail_hash(Bytes frame) {
  const Bytes tail = frame.last(std::min(frame.size(), kTail));
  std::uint64_t hash = tail.size();
  for (const std::byte byte : tail) hash = mix(hash ^ std::to_integer<std::uint64_t>(byte), kHashMultiplier);
  return hash;
}

}  // namespace

Result<std::vector<CapturedFrame>> read_capture(const model::Flow& flow) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> pcap(
      pcap_open_offline_with_tstamp_precision(flow.capture.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()),
      &pcap_close);
  if (pcap == nullptr) return fail(fmt::format("flow \"{}\": {}", flow.name, error.data()));
  if (pcap_datalink(pcap.get()) != DLT_EN10MB)
    return fail(fmt::format("flow \"{}\": {} does not hold Ethernet frames", flow.name, flow.capture.string()));

  std::vector<CapturedFrame> frames;
  std::optional<std::int64_t> start;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  int more = 0;
  while ((more = pcap_next_ex(pcap.get(), &header, &data)) == 1) {
    const std::int64_t at_ns = header->ts.tv_sec * 1'000'000'000 + header->ts.tv_usec;  // precision: nanoseconds
    if (!start) start = at_ns;
    const Bytes bytes(reinterpret_cast<const std::byte*>(data), header->caplen);
    if (header->caplen != header->len || bytes.size() < sizeof(wire::Ethernet) ||
        bytes.size() > FramePool::kMaxLength || !model::is_wanted(flow, bytes))
      continue;
    frames.push_back({std::max<std::int64_t>(at_ns - *start, frames.empty() ? 0 : frames.back().at_ns),
                      {bytes.begin(), bytes.end()}});
  }
  if (more == PCAP_ERROR)
    return fail(fmt::format("flow \"{}\": {}: {}", flow.name, flow.capture.string(), pcap_geterr(pcap.get())));
  if (frames.empty())
    return fail(fmt::format("flow \"{}\": no frame of {} passes the filters", flow.name, flow.capture.string()));
  return frames;
}

ReplaySink::ReplaySink(std::size_t ports, std::uint32_t context) {
  for (std::size_t i = 0; i < ports; ++i) ports_.push_back(std::make_unique<LinkPort>(*this, i, context));
}

ReplayFlow::ReplayFlow(const model::Flow& flow, std::vector<CapturedFrame> frames, LinkPort& from,
                       std::uint32_t context, FramePool& pool, std::int64_t series_interval_ns)
    : flow_(flow),
      frames_(std::move(frames)),
      from_(from),
      pool_(pool),
      meter_(series_interval_ns),
      total_(frames_.size() * std::max<std::uint64_t>(flow.loops, 1)) {
  if (flow.count != 0) total_ = std::min(total_, flow.count);
  // One average gap between the last frame and the first of the next pass.
  const auto gaps = static_cast<std::int64_t>(std::max<std::size_t>(frames_.size() - 1, 1));
  loop_ns_ = frames_.back().at_ns + frames_.back().at_ns / gaps;
  ns3::Simulator::ScheduleWithContext(context, ns3::NanoSeconds(static_cast<std::uint64_t>(due_ns(0))),
                                      [this] { send(); });
}

std::int64_t ReplayFlow::due_ns(std::uint64_t number) const noexcept {
  if (flow_.rate_pps > 0) return flow_.start.ns + std::llround(static_cast<double>(number) * 1e9 / flow_.rate_pps);
  const auto pass = static_cast<std::int64_t>(number / frames_.size());
  return flow_.start.ns + pass * loop_ns_ + frames_[number % frames_.size()].at_ns;
}

void ReplayFlow::send() {
  const std::int64_t now = ns3::Simulator::Now().GetTimeStep();
  if (now >= flow_.stop.ns) return;
  const std::uint64_t number = meter_.on_sent(now);
  const auto& bytes = frames_[number % frames_.size()].bytes;
  under_way_[tail_hash(bytes)].push_back({number, now});
  from_.send(pool_.copy(bytes));
  if (number + 1 == total_) return;
  ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(due_ns(number + 1) - now)), [this] { send(); });
}

void ReplayFlow::on_received(std::int64_t now_ns, Bytes frame) {
  const auto found = under_way_.find(tail_hash(frame));
  if (found == under_way_.end()) return;
  auto& candidates = found->second;
  while (!candidates.empty() && now_ns - candidates.front().sent_ns > kLostNs) candidates.pop_front();
  if (candidates.empty()) return;
  meter_.on_arrival(candidates.front().number, now_ns, static_cast<std::uint32_t>(frame.size()));
  candidates.pop_front();
}

}  // namespace lisper::sim
