#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nic-model/channel.h"
#include "nic-model/dma_memory.h"
#include "nic-model/port.h"
#include "nic-model/program_memory.h"
#include "nic-model/tree.h"
#include "nic-model/wire.h"

namespace lisper::nic {

/// The modelled ports of a program, with what is plugged into them.
class Card {
 public:
  /// `rate`: [bit/s] of a line; nullopt: no limit. The model's time is then slower than real time by 10 Gbit/s to
  /// `rate`, so that bus and lines, 10 Gbit/s in that time, are to each other as they are on the card.
  Card(Tree& tree, std::optional<std::uint64_t> rate);

  [[nodiscard]] Wire::Ports& ports() noexcept { return ports_; }
  void plug(std::unique_ptr<Wire> wire) { wire_ = std::move(wire); }
  /// Pulls all cables out, or plugs them in again.
  void toggle_cables();

  /// Serves what there is. False if that was nothing.
  bool run();
  /// Waits until there may be something to do, or one of `others` is ready.
  void wait(std::vector<pollfd> others);

  /// Whether a port's receive engine is on, as it is between start and stop.
  [[nodiscard]] bool started() const noexcept;

  /// A line of counters for each port, and one for each kind of error.
  [[nodiscard]] std::string summary(const std::vector<std::string>& names) const;

 private:
  bool serve_registers();
  void follow_carriers();
  void look();

  Tree& tree_;
  ChannelServer server_;
  ProgramMemory program_;
  DmaMemory memory_;
  Wire::Ports ports_;
  std::unique_ptr<Wire> wire_;
  bool plugged_ = true;
  const std::optional<std::uint64_t> rate_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<Lane>> buses_;
};

}  // namespace lisper::nic
