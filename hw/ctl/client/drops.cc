#include "hw/ctl/client/drops.h"

#include <fmt/format.h>

#include "core/forward/reasons.h"

namespace lisper::hw::ctl {

namespace {

/// Packets with these reasons are forwarded as well, or later, or were answered.
bool is_loss(Reason reason) {
  switch (reason) {
    case Reason::kNone:
    case Reason::kFragmentHeld:
    case Reason::kAnsweredHere:
    case Reason::kPuntNewHost:
    case Reason::kPuntRefresh:
    case Reason::kPuntUnknownDestination:
    case Reason::kPuntDropped:
      return false;
    default:
      return true;
  }
}

class List {
 public:
  explicit List(bool all) : all_(all) {}

  void begin(ReasonText text) {
    text_ = text;
    any_ = false;
  }
  void add(std::string where, std::uint64_t packets) {
    if (packets == 0) return;
    drops.push_back({text_.name, std::move(where), packets, text_.help, text_.clause});
    any_ = true;
  }
  void end() {
    if (all_ && !any_) drops.push_back({text_.name, "", 0, text_.help, text_.clause});
  }

  std::vector<Drop> drops;

 private:
  bool all_;
  bool any_ = false;
  ReasonText text_;
};

std::uint64_t count(const report::Counters& counters, std::string_view name) {
  const auto counter = counters.find(std::string(name));
  return counter == counters.end() ? 0 : counter->second;
}

void add_nic(List& list, const Status& status) {
  struct Counter {
    ReasonText text;
    std::uint64_t PortStatus::*field;
  };
  constexpr Counter kCounters[] = {
      {{"rx_missed", "the NIC had no free descriptor: workers are too slow, or were away", ""}, &PortStatus::rx_missed},
      {{"rx_no_buffer", "no buffer was free for a received packet", ""}, &PortStatus::rx_no_buffer},
      {{"rx_errors", "the NIC received a damaged frame", "IEEE 802.3 3.2.9"}, &PortStatus::rx_errors},
      {{"tx_errors", "the NIC could not send a frame", ""}, &PortStatus::tx_errors}};
  for (const Counter& counter : kCounters) {
    list.begin(counter.text);
    for (const PortStatus& port : status.ports) list.add(port.name, port.*counter.field);
    list.end();
  }
}

void add_workers(List& list, const Status& status) {
  struct Counter {
    ReasonText text;
    std::uint64_t WorkerStatus::*field;
  };
  constexpr Counter kCounters[] = {
      {{"spread_full", "the ring to another worker was full", ""}, &WorkerStatus::spread_full},
      {{"tx_refused", "a port took no more packets: its queue was full", ""}, &WorkerStatus::tx_refused}};
  for (const Counter& counter : kCounters) {
    list.begin(counter.text);
    for (const WorkerStatus& worker : status.workers)
      list.add(fmt::format("worker {}", worker.index), worker.*counter.field);
    list.end();
  }
}

}  // namespace

std::vector<Drop> drops(const Status& status, bool all) {
  List list(all);
  add_nic(list, status);
  add_workers(list, status);
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    if (!is_loss(static_cast<Reason>(i))) continue;
    list.begin(kReasonTexts[i]);
    for (const auto& [port, counters] : status.node.ports) list.add(port, count(counters, kReasonTexts[i].name));
    for (const auto& [iid, counters] : status.node.networks)
      if (iid != 0) list.add(fmt::format("IID {}", iid), count(counters, kReasonTexts[i].name));
    list.end();
  }
  return std::move(list.drops);
}

}  // namespace lisper::hw::ctl
