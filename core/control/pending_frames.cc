#include "core/control/pending_frames.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/tables/mac_prefix.h"
#include "core/wire/ethernet.h"

namespace lisper {

void PendingFrames::add(NetworkId network, LocationId ingress, Bytes frame, TimeNs now, Outbox& out) {
  const FibKey key(network, at<wire::Ethernet>(frame.data()).destination);
  if (has_entry(key))
    return void(out.overlay_frames.push_back({network, ingress, kNoLocation, {frame.begin(), frame.end()}}));
  std::size_t& size = sizes_[network];
  auto& queue = queues_[key.value];
  if (queue.size() == kMaxOfMac) {
    lose(network, queue.front().ingress, &Lost::full);
    queue.pop_front();
    --size;
  } else if (size == kMaxOfNetwork) {
    if (queue.empty()) queues_.erase(key.value);
    return lose(network, ingress, &Lost::full);
  }
  next_deadline_ = std::min(next_deadline_, now + kMaxWait);
  queue.push_back({ingress, now + kMaxWait, {frame.begin(), frame.end()}});
  ++size;
}

bool PendingFrames::has_entry(FibKey key) const {
  if (const Fib::Entry* entry = tables_.fib().find(key)) {
    const FibValue value = entry->load();
    if (value.kind != FibKind::kLocal || tables_.location(LocationId(value.target)).up) return true;
  }
  return tables_.match_prefix(key.network(), key.mac()).kind != FibKind::kNone;
}

void PendingFrames::release(Outbox& out) {
  if (queues_.empty()) return;
  const std::size_t count = out.deltas.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto* entry = std::get_if<SetEntry>(&out.deltas[i])) {
      if (const auto queue = queues_.find(FibKey(entry->network, entry->mac).value); queue != queues_.end())
        send(queue, out);
    } else if (const auto* set = std::get_if<SetPrefixes>(&out.deltas[i])) {
      for (auto queue = queues_.begin(); queue != queues_.end();) {
        const FibKey key(queue->first);
        const auto here = queue++;
        if (key.network() == set->network && find_prefix(set->prefixes, key.mac()) != nullptr) send(here, out);
      }
    }
  }
}

void PendingFrames::send(Queues::iterator queue, Outbox& out) {
  const NetworkId network = FibKey(queue->first).network();
  sizes_[network] -= queue->second.size();
  for (Frame& frame : queue->second)
    out.overlay_frames.push_back({network, frame.ingress, kNoLocation, std::move(frame.bytes)});
  queues_.erase(queue);
}

void PendingFrames::tick(TimeNs now) {
  if (now < next_deadline_) return;
  next_deadline_ = kNever;
  for (auto queue = queues_.begin(); queue != queues_.end();) {
    const NetworkId network = FibKey(queue->first).network();
    auto& frames = queue->second;
    for (; !frames.empty() && frames.front().until <= now; frames.pop_front()) {
      lose(network, frames.front().ingress, &Lost::timeout);
      --sizes_[network];
    }
    if (!frames.empty()) next_deadline_ = std::min(next_deadline_, frames.front().until);
    queue = frames.empty() ? queues_.erase(queue) : std::next(queue);
  }
}

void PendingFrames::lose(NetworkId network, LocationId ingress, std::uint64_t Lost::*why) {
  ++(lost_of_network_[network].*why);
  ++(lost_of_port_[tables_.location(ingress).port].*why);
}

PendingFrames::Lost PendingFrames::lost(NetworkId network) const {
  const auto found = lost_of_network_.find(network);
  return found == lost_of_network_.end() ? Lost{} : found->second;
}

PendingFrames::Lost PendingFrames::lost(PortId port) const {
  const auto found = lost_of_port_.find(port);
  return found == lost_of_port_.end() ? Lost{} : found->second;
}

}  // namespace lisper
