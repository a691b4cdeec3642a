#include "core/control/control_plane.h"

#include <algorithm>
#include <string>

#include "core/control/bindings.h"
#include "core/control/control_message.h"
#include "core/control/controller_memory.h"
#include "core/control/groups.h"
#include "core/control/hosts.h"
#include "core/control/keys.h"
#include "core/control/mac_table.h"
#include "core/control/map_cache.h"
#include "core/control/mappings.h"
#include "core/control/neighbours.h"
#include "core/control/pending_frames.h"
#include "core/control/punt_message.h"
#include "core/control/replication_lists.h"
#include "core/control/statistics.h"
#include "core/wire/ethernet.h"

namespace lisper {

struct ControlPlane::Impl {
  Impl(const LisperConfig& c, const Tables& tables, const CryptoEngine* engine)
      : config(c),
        lists(tables),
        mappings(tables, lists, counters),
        macs(c.max_macs, mappings),
        groups(config, tables, macs, lists, counters),
        map_cache(tables, c.max_macs, mappings, macs, lists, groups, counters),
        pending(tables),
        keys(config, engine, counters),
        memory(counters),
        hosts(config, tables, macs, counters),
        bindings(config, tables, macs, counters),
        statistics(config, tables, map_cache, counters),
        neighbours(config, counters) {}

  void ask_for_everything(Outbox& out) const {
    if (config.punts && config.dialect == Dialect::kToday) out.messages.emplace_back(kRestartMessage);
  }

  LisperConfig config;
  ControlCounters counters;
  ReplicationLists lists;
  Mappings mappings;
  MacTable macs;
  Groups groups;
  MapCache map_cache;
  PendingFrames pending;
  Keys keys;
  ControllerMemory memory;
  Hosts hosts;
  Bindings bindings;
  Statistics statistics;
  Neighbours neighbours;
};

ControlPlane::ControlPlane(const LisperConfig& config, const Tables& tables, const CryptoEngine* engine)
    : impl_(std::make_unique<Impl>(config, tables, engine)) {}

ControlPlane::~ControlPlane() = default;

void ControlPlane::start(TimeNs now, Outbox& out) {
  impl_->neighbours.start(now, out);
  impl_->statistics.start(now);
  impl_->groups.start(now, out);
  impl_->ask_for_everything(out);
}

void ControlPlane::on_message(Bytes datagram, TimeNs now, Outbox& out) {
  ControlCounters& counters = impl_->counters;
  ++counters.messages;
  if (datagram.empty()) {  // a blank line of the 2016 controller's file
    ++counters.ignored;
    return;
  }
  auto message = decode_control_message(datagram);
  if (!message) {
    ++counters.malformed;
  } else if (auto* entries = std::get_if<MapCacheMessage>(&*message)) {
    counters.ignored += entries->ignored;
    impl_->map_cache.prefetch(*entries);
    impl_->keys.apply(*entries, now, out);  // before anything is sent there
    impl_->map_cache.apply(std::move(*entries), now, out);
    impl_->pending.release(out);
  } else {
    auto& setup = std::get<SetupMessage>(*message);
    if (const auto* decap_keys = std::get_if<DecapKeysMessage>(&setup)) impl_->keys.apply(*decap_keys, now, out);
    impl_->memory.keep(std::move(setup));
  }
}

void ControlPlane::on_controller_connected(TimeNs now, Outbox& out) {
  impl_->ask_for_everything(out);
  impl_->hosts.punt_all(now);
}

void ControlPlane::on_event(const Event& event, TimeNs now, Outbox& out) {
  if (event.kind == Event::Kind::kBinding) return impl_->bindings.on_event(event, now, out);
  impl_->hosts.on_event(event, now, out);
  if (event.kind == Event::Kind::kLearn) impl_->groups.on_new_host(event.network, event.location, now, out);
  impl_->pending.release(out);
}

void ControlPlane::on_usage(const Usage& usage, TimeNs now) { impl_->statistics.add(usage, now); }

void ControlPlane::on_frame(PortId port, Bytes frame, TimeNs now, Outbox& out) {
  impl_->neighbours.on_frame(port, frame, now, out);
}

void ControlPlane::on_overlay_frame(NetworkId network, LocationId ingress, Bytes frame, TimeNs now, Outbox& out) {
  if (at<wire::Ethernet>(frame.data()).destination.is_group()) {
    impl_->groups.on_frame(network, ingress, frame, now, out);
  } else {
    impl_->pending.add(network, ingress, frame, now, out);
  }
}

bool ControlPlane::hold(ExitId exit, Bytes frame, TimeNs now) { return impl_->neighbours.hold(exit, frame, now); }

void ControlPlane::on_port_state(PortId port, bool up, TimeNs now, Outbox& out) {
  out.deltas.emplace_back(SetPortState{port, up});
  if (!up) return;
  impl_->neighbours.on_port_up(port, now, out);
  impl_->groups.on_port_up(port, now, out);
}

void ControlPlane::tick(TimeNs now, Outbox& out) {
  impl_->keys.tick(now, out);
  impl_->hosts.tick(now, out);
  impl_->bindings.tick(now, out);
  impl_->statistics.tick(now, out);
  impl_->groups.tick(now, out);
  impl_->pending.tick(now);
  impl_->neighbours.tick(now, out);
}

TimeNs ControlPlane::next_deadline() const noexcept {
  return std::min({impl_->keys.next_deadline(), impl_->hosts.next_deadline(), impl_->bindings.next_deadline(),
                   impl_->statistics.next_deadline(), impl_->neighbours.next_deadline(), impl_->groups.next_deadline(),
                   impl_->pending.next_deadline()});
}

const ControlCounters& ControlPlane::counters() const noexcept { return impl_->counters; }

std::uint64_t ControlPlane::held_frames_lost(ExitId exit) const noexcept {
  return impl_->neighbours.held_frames_lost(exit);
}

ControlPlane::QueueLosses ControlPlane::queue_losses(NetworkId network) const { return impl_->pending.lost(network); }

ControlPlane::QueueLosses ControlPlane::queue_losses(PortId port) const { return impl_->pending.lost(port); }

ControlPlane::GroupView ControlPlane::groups() const { return impl_->groups.view(); }

std::size_t ControlPlane::map_cache_size() const noexcept { return impl_->map_cache.size(); }

std::vector<ControlPlane::MapCacheRow> ControlPlane::map_cache() const { return impl_->map_cache.rows(); }

std::vector<ControlPlane::BindingRow> ControlPlane::bindings() const { return impl_->bindings.rows(); }

ControllerView ControlPlane::controller_view() const { return impl_->memory.view(); }

}  // namespace lisper
