#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lisper::report {

/// Order statistics of a flow's latencies [ns]. One way for UDP and replay, round trip for ping.
struct Latency {
  std::int64_t min = 0;
  std::int64_t median = 0;
  std::int64_t p99 = 0;
  std::int64_t max = 0;
  friend bool operator==(const Latency&, const Latency&) = default;
};

struct FlowResult {
  std::string name;
  std::string kind;  ///< "ping", "udp-constant", "udp-poisson", "tcp-bulk", "replay"
  std::string from;
  std::string to;
  std::uint64_t sent = 0;            ///< packets; TCP: bytes
  std::uint64_t received = 0;        ///< packets (ping: replies); TCP: bytes in order and unchanged
  std::optional<Latency> latency;    ///< absent when nothing was measured
  std::uint64_t throughput_bps = 0;  ///< [bit/s] of payload between first and last arrival
  std::uint64_t out_of_order = 0;
  std::optional<bool> completed;                 ///< TCP
  bool probe = false;                            ///< made by a reachability expectation
  std::vector<std::uint64_t> received_series;    ///< arrivals (TCP: bytes) in each `series_interval_ns`
  std::vector<std::uint64_t> latency_histogram;  ///< counts; bin i holds latencies in [2^(i/4), 2^((i+1)/4)) ns

  [[nodiscard]] double loss() const noexcept {
    return sent == 0 || received >= sent ? 0.0 : static_cast<double>(sent - received) / static_cast<double>(sent);
  }
  friend bool operator==(const FlowResult&, const FlowResult&) = default;
};

struct LinkDirectionResult {
  std::uint64_t packets = 0;                   ///< delivered
  std::uint64_t bytes = 0;                     ///< of frames delivered
  std::map<std::string, std::uint64_t> drops;  ///< "queue_full", "loss", "down", "too_big"; zero ones left out
  std::uint32_t queue_peak = 0;                ///< [frames]
  std::uint64_t rate_bps = 0;                  ///< [bit/s] configured; 0: infinite
  std::vector<std::uint64_t> bytes_series;     ///< in each `series_interval_ns`
  friend bool operator==(const LinkDirectionResult&, const LinkDirectionResult&) = default;
};

struct LinkResult {
  std::string name;
  std::string from;                   ///< node of end 0
  std::string to;                     ///< node of end 1
  LinkDirectionResult directions[2];  ///< [0] from -> to
  bool up = true;                     ///< at the end
  friend bool operator==(const LinkResult&, const LinkResult&) = default;
};

using Counters = std::map<std::string, std::uint64_t>;  ///< zero ones left out

struct TableRow {
  std::int64_t at_ns = 0;  ///< when the table was looked at
  std::uint32_t iid = 0;
  std::string mac;
  std::string leads_to;  ///< see model::TableExpectation
  friend bool operator==(const TableRow&, const TableRow&) = default;
};

struct NodeResult {
  std::string name;
  std::string kind;                             ///< as model::Node::icon
  std::map<std::string, Counters> ports;        ///< by port name: rx_packets, ..., and reasons by name
  std::map<std::uint32_t, Counters> networks;   ///< by IID; 0: not known
  Counters control;                             ///< of the control plane
  std::map<std::string, std::uint64_t> tables;  ///< sizes: "fib", "map_cache", "sessions"
  /// By "to PEER spi N" (packets, bytes), "from PEER spi N" (packets, bytes, replayed, bad_icv): what ESP's keys did.
  std::map<std::string, Counters> associations;
  std::vector<TableRow> fib;  ///< at the end, and at the times expectations ask for; sorted
  friend bool operator==(const NodeResult&, const NodeResult&) = default;
};

struct EventResult {
  std::int64_t at_ns = 0;
  std::string text;
  friend bool operator==(const EventResult&, const EventResult&) = default;
};

struct ExpectationResult {
  std::string name;
  bool passed = false;
  std::string why;  ///< empty if passed; else what was seen, what was expected, and the likely cause
  friend bool operator==(const ExpectationResult&, const ExpectationResult&) = default;
};

struct TopologyNode {
  std::string name;
  std::string kind;
  double x = 0, y = 0;  ///< 0..1
  friend bool operator==(const TopologyNode&, const TopologyNode&) = default;
};

/// All that a run found out. The same seed gives the same value, bit for bit.
struct RunResult {
  std::string scenario;
  std::string description;
  std::string body;  ///< "sim", later "hw" or "lab"
  std::uint64_t seed = 0;
  std::int64_t end_ns = 0;  ///< simulated
  std::int64_t series_interval_ns = 0;
  std::uint64_t hops = 0;                       ///< frames delivered over links, all together
  std::map<std::string, std::string> versions;  ///< "lisper", "ns-3"
  std::vector<TopologyNode> topology;
  std::vector<FlowResult> flows;
  std::vector<LinkResult> links;
  std::vector<NodeResult> nodes;
  std::vector<EventResult> events;
  std::vector<ExpectationResult> expectations;
  friend bool operator==(const RunResult&, const RunResult&) = default;
};

}  // namespace lisper::report
