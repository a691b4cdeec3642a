#include "core/control/control_plane.h"

#include <algorithm>
#include <string>

#include "core/control/hosts.h"
#include "core/control/mac_table.h"
#include "core/control/map_cache.h"
#include "core/control/map_cache_message.h"
#include "core/control/neighbours.h"
#include "core/control/punt_message.h"

namespace lisper {

struct ControlPlane::Impl {
  Impl(const LisperConfig& c, const Tables& tables)
      : config(c),
        macs(c.max_macs),
        map_cache(tables, c.max_macs, macs, counters),
        hosts(config, tables, macs, counters),
        neighbours(config, counters) {}

  void ask_for_everything(Outbox& out) const {
    if (config.punts && config.dialect == Dialect::kToday) out.messages.emplace_back(kRestartMessage);
  }

  LisperConfig config;
  ControlCounters counters;
  MacTable macs;
  MapCache map_cache;
  Hosts hosts;
  Neighbours neighbours;
};

ControlPlane::ControlPlane(const LisperConfig& config, const Tables& tables)
    : impl_(std::make_unique<Impl>(config, tables)) {}

ControlPlane::~ControlPlane() = default;

void ControlPlane::start(TimeNs now, Outbox& out) {
  impl_->neighbours.start(now, out);
  impl_->ask_for_everything(out);
}

void ControlPlane::on_message(Bytes datagram, TimeNs /*now*/, Outbox& out) {
  ControlCounters& counters = impl_->counters;
  ++counters.messages;
  if (datagram.empty()) {  // a blank line of the 2016 controller's file
    ++counters.ignored;
    return;
  }
  const auto message = decode_map_cache_message(datagram);
  if (!message) {
    ++counters.malformed;
    return;
  }
  counters.ignored += message->ignored;
  impl_->map_cache.apply(*message, out);
}

void ControlPlane::on_controller_connected(TimeNs now, Outbox& out) {
  impl_->ask_for_everything(out);
  impl_->hosts.punt_all(now);
}

void ControlPlane::on_event(const Event& event, TimeNs now, Outbox& out) { impl_->hosts.on_event(event, now, out); }

void ControlPlane::on_frame(PortId port, Bytes frame, TimeNs now, Outbox& out) {
  impl_->neighbours.on_frame(port, frame, now, out);
}

bool ControlPlane::hold(ExitId exit, Bytes frame, TimeNs now) { return impl_->neighbours.hold(exit, frame, now); }

void ControlPlane::on_port_state(PortId port, bool up, TimeNs now, Outbox& out) {
  out.deltas.emplace_back(SetPortState{port, up});
  if (up) impl_->neighbours.on_port_up(port, now, out);
}

void ControlPlane::tick(TimeNs now, Outbox& out) {
  impl_->hosts.tick(now, out);
  impl_->neighbours.tick(now, out);
}

TimeNs ControlPlane::next_deadline() const noexcept {
  return std::min(impl_->hosts.next_deadline(), impl_->neighbours.next_deadline());
}

const ControlCounters& ControlPlane::counters() const noexcept { return impl_->counters; }

std::uint64_t ControlPlane::held_frames_lost(ExitId exit) const noexcept {
  return impl_->neighbours.held_frames_lost(exit);
}

std::vector<ControlPlane::MapCacheRow> ControlPlane::map_cache() const { return impl_->map_cache.rows(); }

}  // namespace lisper
