#pragma once

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/control/control_plane.h"
#include "core/forward/testing.h"
#include "core/tables/tables.h"

// Helpers for tests of the control plane.
namespace lisper::testing {

inline Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

/// The messages of a capture: lines that do not begin with '#'.
inline std::vector<std::string> captured_messages(const std::string& file) {
  std::ifstream in("tests/data/controller/" + file);
  std::vector<std::string> messages;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') messages.push_back(line);
  return messages;
}

/// Site 04: a router-side exit for IPv6 and one for IPv4, two Ethernets and a tunnel in IID 251, one
/// Ethernet in IID 1. LISPERs 2001:db8:c::14, fd80:8::2, fd80:9::2 and 198.51.100.20.
inline LisperConfig two_exit_site() {
  LisperConfig config;
  for (const char* name : {"p0", "p1", "p2", "p3", "p4"}) config.ports.push_back({name});
  const auto interface = [&](const char* name, const char* address, std::uint16_t port) {
    config.interfaces.push_back({name, mac(address), PortId(port), std::nullopt, 1500});
    return InterfaceId(static_cast<std::uint16_t>(config.interfaces.size() - 1));
  };
  const InterfaceId e0 = interface("e0", "00:00:00:00:01:04", 0);
  const InterfaceId e03 = interface("e03", "00:00:00:00:01:03", 1);
  const InterfaceId e13 = interface("e13", "00:00:00:00:01:13", 2);
  const InterfaceId e1 = interface("e1", "8e:c5:99:e6:c1:c1", 3);
  const InterfaceId e23 = interface("e23", "00:00:00:00:01:23", 4);
  config.exits = {{"six", ip("fd80:4::2"), e0, ip("fd80:4::1"), std::nullopt},
                  {"four", ip("10.5.0.2"), e1, ip("10.5.0.1"), std::nullopt}};
  for (const char* peer : {"2001:db8:c::14", "fd80:8::2", "fd80:9::2"})
    config.lispers.push_back({ip(peer), ExitId(0), std::nullopt});
  config.lispers.push_back({ip("198.51.100.20"), ExitId(1), std::nullopt});
  TunnelConfig tunnel;
  tunnel.ip = ip("fd80:1::2");
  tunnel.session_id = tunnel.remote_session_id = SessionId(1);
  config.local_networks = {{Iid(251), e03, std::nullopt},
                           {Iid(251), e13, std::nullopt},
                           {Iid(251), std::nullopt, tunnel},
                           {Iid(1), e23, std::nullopt}};
  return config;
}

/// A control plane with tables that follow its deltas.
class Site {
 public:
  explicit Site(LisperConfig config = two_exit_site(), const CryptoEngine* engine = nullptr)
      : tables_(*Tables::build(config)), control_(std::move(config), tables_, engine) {}

  [[nodiscard]] const Tables& tables() const { return tables_; }
  [[nodiscard]] ControlPlane& control() { return control_; }
  [[nodiscard]] const ControlCounters& counters() const { return control_.counters(); }
  /// What the last call put out.
  [[nodiscard]] const Outbox& out() const { return out_; }

  void start() {
    call([&] { control_.start(now, out_); });
  }
  void message(std::string_view text) {
    call([&] { control_.on_message(bytes_of(text), now, out_); });
  }
  void connected() {
    call([&] { control_.on_controller_connected(now, out_); });
  }
  void event(Event::Kind kind, std::string_view source, std::uint32_t location,
             std::string_view destination = "ffff-ffff-ffff") {
    call([&] {
      control_.on_event({kind, tables_.location(LocationId(location)).network, LocationId(location), *parse_mac(source),
                         *parse_mac(destination)},
                        now, out_);
    });
  }
  void event(const Event& event) {
    call([&] { control_.on_event(event, now, out_); });
  }
  void frame(std::uint16_t port, Bytes bytes) {
    call([&] { control_.on_frame(PortId(port), bytes, now, out_); });
  }
  void overlay_frame(std::uint32_t iid, LocationId ingress, Bytes bytes) {
    call([&] { control_.on_overlay_frame(*tables_.network_of(Iid(iid)), ingress, bytes, now, out_); });
  }
  void port_state(std::uint16_t port, bool up) {
    call([&] { control_.on_port_state(PortId(port), up, now, out_); });
  }
  /// Moves time to `later`, with a tick at each deadline on the way. `out` holds all that they did.
  void run_until(TimeNs later) {
    out_.clear();
    while (control_.next_deadline() <= later) {
      now = std::max(now, control_.next_deadline());
      Outbox step;
      control_.tick(now, step);
      apply(step);
      std::ranges::move(step.frames, std::back_inserter(out_.frames));
      std::ranges::move(step.overlay_frames, std::back_inserter(out_.overlay_frames));
      std::ranges::move(step.messages, std::back_inserter(out_.messages));
      std::ranges::move(step.deltas, std::back_inserter(out_.deltas));
    }
    now = later;
  }

  /// The FIB's value.
  [[nodiscard]] FibValue fib(std::uint32_t iid, std::string_view mac) const {
    const auto* entry = tables_.fib().find(FibKey(*tables_.network_of(Iid(iid)), *parse_mac(mac)));
    return entry == nullptr ? FibValue{} : entry->load();
  }
  [[nodiscard]] LocationId lisper(std::string_view rloc, std::uint32_t iid = 251) const {
    return *tables_.lisper_location(*parse_ip(rloc), *tables_.network_of(Iid(iid)));
  }
  [[nodiscard]] std::vector<LocationId> local(std::uint32_t iid = 251) const {
    return tables_.local_locations(*tables_.network_of(Iid(iid)));
  }
  [[nodiscard]] std::vector<LocationId> flood(std::uint32_t iid = 251) const {
    return list(Tables::flood_list(*tables_.network_of(Iid(iid))));
  }
  [[nodiscard]] std::vector<LocationId> list(ReplicationListId id) const {
    const auto members = tables_.replication(id);
    return {members.begin(), members.end()};
  }

  TimeNs now = seconds(100);

 private:
  template <typename Call>
  void call(Call&& what) {
    out_.clear();
    what();
    apply(out_);
  }
  void apply(const Outbox& out) {
    for (const TableDelta& delta : out.deltas) tables_.apply(delta);
  }

  Tables tables_;
  ControlPlane control_;
  Outbox out_;
};

}  // namespace lisper::testing
