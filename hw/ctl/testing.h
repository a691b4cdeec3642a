#pragma once

#include "hw/ctl/handler.h"

/// Shared by the tests of this folder.
namespace lisper::hw::testing {

/// A node with something in every list.
inline Status sample_status() {
  Status status;
  status.name = "site04";
  status.scenario = "scenarios/mesh.json";
  status.version = "0.1.0";
  status.uptime_s = 3725.5;
  status.ports = {{.name = "e0",
                   .device = "0000:01:00.0",
                   .driver = "net_ixgbe",
                   .mac = "00:00:00:00:04:00",
                   .mtu = 1600,
                   .up = true,
                   .speed_mbps = 10'000,
                   .rx_queues = 2,
                   .tx_queues = 2,
                   .rx_mode = "Vector SSE",
                   .tx_mode = "Vector SSE",
                   .rx_packets = 1'000'000,
                   .rx_bytes = 64'000'000,
                   .rx_missed = 7,
                   .rx_errors = 0,
                   .rx_no_buffer = 0,
                   .tx_packets = 999'990,
                   .tx_bytes = 130'000'000,
                   .tx_errors = 0}};
  status.workers = {{.index = 0,
                     .cpu = 3,
                     .packets = 1'000'000,
                     .batches = 40'000,
                     .polls = 90'000'000,
                     .spread_out = 12,
                     .spread_full = 0,
                     .tx_refused = 1}};
  status.sessions = {{.iid = 251,
                      .session_id = 7,
                      .peer = "fd80:1::2",
                      .own = "fd80:4::2",
                      .kind = "tunnel",
                      .transport = "ip",
                      .up = true,
                      .resolved = true}};
  status.neighbours = {
      {.exit = "x0", .ip = "fd80:4::2", .next_hop = "fd80:4::1", .mac = "00:00:00:00:02:04", .reachable = true}};
  status.bindings = {{.iid = 251, .ip = "10.0.0.5", .mac = "02:00:00:00:00:01", .kind = "", .contested = false},
                     {.iid = 251, .ip = "fe80::1", .mac = "02:00:00:00:00:02", .kind = "router", .contested = true}};
  status.map_cache = {{.iid = 251, .eid = "02:00:00:00:00:01/48", .rlocs = {"fd80:8::2"}, .replicate = false}};
  status.groups = {{.iid = 251, .group = "", .member = "lisper fd80:8::2", .since_s = 0, .left_s = 250.5},
                   {.iid = 251, .group = "239.1.1.1", .member = "interface e1", .since_s = 61, .left_s = 200}};
  status.controller = {
      .control_sock = "/run/x/control", .punt_sock = "/run/x/punt", .connected = true, .punts_lost = 3, .truncated = 0};
  status.node.name = "site04";
  status.node.kind = "lisper";
  status.node.ports["e0"] = {{"rx_packets", 1'000'000}, {"bad_cookie", 33}, {"punt_new_host", 2}};
  status.node.networks[0] = {{"bad_cookie", 33}};
  status.node.networks[251] = {{"rx_packets", 999'967}};
  status.node.control = {{"messages", 5}, {"malformed", 1}};
  status.node.tables = {{"fib", 2}, {"map_cache", 1}, {"sessions", 1}};
  status.node.fib = {{.at_ns = 9, .iid = 251, .mac = "02:00:00:00:00:01", .leads_to = "lisper fd80:8::2"},
                     {.at_ns = 9, .iid = 251, .mac = "02:00:00:00:00:02", .leads_to = "interface e1"}};
  return status;
}

inline TracedPacket sample_packet() {
  return {.time = {1'500'000'000},
          .worker = 0,
          .port = "e0",
          .bytes = std::string("\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x86\xdd", 14),
          .len = 1000,
          .steps = {{"decapsulate", "session 7 of fd80:1::2, but the cookie differs", "RFC 3931 8.2"}},
          .outcome = "drop: bad_cookie"};
}

/// Says what it was asked.
class FakeHandler final : public Handler {
 public:
  Status status(std::size_t) override { return sample_status(); }
  void clear_counters() override { ++cleared; }
  Result<void> start_trace(std::uint32_t count, const std::string& port) override {
    if (!port.empty() && port != "e0") return fail("no port \"" + port + "\"");
    tracing = count;
    return {};
  }
  void stop_trace() override {
    tracing = 0;
    ++stopped;
  }
  Result<std::string> look_up(Iid iid, const MacAddress& mac) override {
    if (iid != Iid(251)) return fail("IID " + std::to_string(iid.value) + " is not configured");
    return "interface e1 for " + to_string(mac);
  }

  int cleared = 0;
  int stopped = 0;
  std::uint32_t tracing = 0;
};

}  // namespace lisper::hw::testing
