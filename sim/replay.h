#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "model/plan.h"
#include "sim/flow_meter.h"
#include "sim/link.h"
#include "sim/traffic.h"

namespace lisper::sim {

struct CapturedFrame {
  std::int64_t at_ns = 0;  ///< since the capture's first frame
  std::vector<std::byte> bytes;
};

/// The Ethernet frames of a pcap or pcapng file that pass the flow's filters. Frames that the capture
/// itself cut short are left out.
[[nodiscard]] Result<std::vector<CapturedFrame>> read_capture(const model::Flow& flow);

/// Swallows what it receives.
class ReplaySink final : public FrameSink {
 public:
  ReplaySink(std::size_t ports, std::uint32_t context);
  [[nodiscard]] LinkPort& port(std::size_t index) noexcept { return *ports_[index]; }
  void receive(FramePtr, std::size_t) override {}
  void carrier(std::size_t, bool) override {}

 private:
  std::vector<std::unique_ptr<LinkPort>> ports_;
};

/// Frames of a capture, sent out of a port at the capture's pace or at a rate. A frame counts as received
/// when one that ends in the same bytes, whatever headers it got or lost, reaches an end system
/// within a second; `watch` tells which ports those are.
class ReplayFlow final : public Traffic, public FrameTap {
 public:
  ReplayFlow(const model::Flow& flow, std::vector<CapturedFrame> frames, LinkPort& from, std::uint32_t context,
             FramePool& pool, std::int64_t series_interval_ns);

  void watch(LinkPort& port) { port.add_tap(*this); }
  void on_sent(std::int64_t, Bytes) override {}
  void on_received(std::int64_t now_ns, Bytes frame) override;
  void write(report::FlowResult& result) const override { meter_.write(result); }

 private:
  struct Sent {
    std::uint64_t number;
    std::int64_t sent_ns;
  };
  void send();
  [[nodiscard]] std::int64_t due_ns(std::uint64_t number) const noexcept;

  const model::Flow& flow_;
  std::vector<CapturedFrame> frames_;
  LinkPort& from_;
  FramePool& pool_;
  FlowMeter meter_;
  std::uint64_t total_;
  std::int64_t loop_ns_ = 0;  ///< duration of one pass
  /// Packets under way, by the hash of their last bytes, oldest first.
  std::unordered_map<std::uint64_t, std::deque<Sent>> under_way_;
};

}  // namespace lisper::sim
