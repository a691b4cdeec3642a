#pragma once

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include <functional>
#include <utility>
#include <vector>

#include "core/wire/ethernet.h"
#include "sim/link.h"

namespace lisper::sim::testing {

/// Ends the simulation that a test leaves behind. Declare it after what events refer to, that is after
/// pools, links and nodes, so that it goes first.
struct Simulation {
  Simulation() = default;
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation() { ns3::Simulator::Destroy(); }

  void at(std::int64_t ns, std::function<void()> what) {
    ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(ns)), std::move(what));
  }
  void run(std::int64_t until_ns) {
    ns3::Simulator::Stop(ns3::NanoSeconds(static_cast<std::uint64_t>(until_ns)) - ns3::Simulator::Now());
    ns3::Simulator::Run();
  }
};

/// A node of one port that remembers what happens to it.
struct Station final : FrameSink {
  struct Arrival {
    std::int64_t at_ns;
    std::vector<std::byte> bytes;
  };

  void receive(FramePtr frame, std::size_t) override {
    arrivals.push_back({ns3::Simulator::Now().GetTimeStep(), {frame->bytes().begin(), frame->bytes().end()}});
  }
  void carrier(std::size_t, bool up) override { carriers.push_back({ns3::Simulator::Now().GetTimeStep(), up}); }

  std::vector<Arrival> arrivals;
  std::vector<std::pair<std::int64_t, bool>> carriers;
  LinkPort port{*this, 0, 0};
};

/// A frame of `len` bytes whose last one is `mark`.
inline FramePtr frame_of(FramePool& pool, std::uint32_t len, std::uint8_t mark = 0, std::uint16_t type = 0x88b5) {
  FramePtr frame = pool.make(len);
  std::fill_n(frame->data, len, std::byte{0});
  at<wire::Ethernet>(frame->data).ether_type = Be16(type);
  frame->data[len - 1] = std::byte{mark};
  return frame;
}

}  // namespace lisper::sim::testing
