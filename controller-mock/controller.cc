#include "controller-mock/controller.h"

#include <algorithm>
#include <variant>

#include "controller-mock/message.h"
#include "controller-mock/punt.h"

namespace lisper::controller {
namespace {

/// Below the largest AF_UNIX datagram that Linux lets through with its default buffers, 212 960 bytes.
constexpr std::size_t kLargestDatagram = 200'000;

constexpr TimeNs kBurstGap = milliseconds(1);

}  // namespace

Controller::Controller(const model::Plan& plan, std::uint64_t seed) : plan_(plan.controller), random_(seed) {
  for (std::size_t n = 0; n < plan.nodes.size(); ++n) {
    const auto* core = std::get_if<model::CoreNode>(&plan.nodes[n].role);
    if (!core || core->kind != model::CoreNode::Kind::kLisper) continue;
    const auto& config = core->config;
    auto& site = sites_[n];
    site.reachable = !core->control_sock.empty() || core->management_port;
    for (const auto& network : config.local_networks) {
      // A punt from a tunnel names the interface of its exit, which several tunnels may share.
      auto interface = network.interface ? *network.interface : config.exits[network.tunnel->exit.value].interface;
      site.iids.insert(network.iid);
      site.interface_iids.try_emplace(config.interfaces[interface.value].name, network.iid);
    }
    for (const auto& exit : config.exits) site.rlocs.push_back(exit.ip);
    for (const auto& peer : config.lispers) site.peers.insert(peer.ip);
  }
}

void Controller::start(TimeNs now) {
  if (plan_.follow_hosts) {
    for (auto& [node, site] : sites_) {
      for (auto iid : site.iids) {
        auto list = replication_list(node, iid);
        if (!list.locators.empty()) site.told[{iid, kBroadcastMac, 48}] = list;
      }
    }
  }
  resume(now);
  tick(now);
}

void Controller::resume(TimeNs now) {
  running_ = true;
  if (plan_.resend.ns > 0) next_resend_ = now + plan_.resend;
  // Hosts could not be reported meanwhile: their timers begin anew.
  expiries_.clear();
  for (auto& [key, host] : hosts_) {
    host.expires = now + plan_.dynamic_eid_timeout;
    expiries_.emplace(host.expires, key);
  }
  for (const auto& [node, site] : sites_)
    if (!site.told.empty()) tell_everything(node, now);
}

void Controller::tick(TimeNs now) {
  for (auto due = next_step(); due <= now; due = next_step()) {
    release({due.ns - 1});
    step(due);
  }
  release(now);
}

TimeNs Controller::next_step() const noexcept {
  auto due = next_action_ < plan_.actions.size() ? plan_.actions[next_action_].at : kNever;
  if (running_) due = std::min(due, next_resend_);
  if (running_ && !expiries_.empty()) due = std::min(due, expiries_.begin()->first);
  return due;
}

void Controller::step(TimeNs now) {
  if (next_action_ < plan_.actions.size() && plan_.actions[next_action_].at <= now) {
    run_action(plan_.actions[next_action_++], now);
  } else if (!expiries_.empty() && expiries_.begin()->first <= now) {
    withdraw_host(expiries_.begin()->second, now);
  } else {
    for (const auto& [node, site] : sites_)
      if (!site.told.empty()) tell_everything(node, now);
    next_resend_ = now + plan_.resend;
  }
}

TimeNs Controller::next_deadline() const noexcept {
  return paced_.empty() ? next_step() : std::min(next_step(), paced_.front().at);
}

void Controller::run_action(const model::ControllerAction& action, TimeNs now) {
  using Kind = model::ControllerAction::Kind;
  if (action.kind == Kind::kStart) {
    if (!running_) resume(now);
    return;
  }
  if (action.kind == Kind::kStop) {
    running_ = false;
    paced_.clear();
    return;
  }
  for (auto& [node, site] : sites_) {
    if (action.to.empty() ? !site.reachable : std::ranges::find(action.to, node) == action.to.end()) continue;
    switch (action.kind) {
      case Kind::kSet:
        tell(node, action.mapping, now);
        break;
      case Kind::kDelete:
        untell(node, action.mapping, now);
        break;
      case Kind::kRaw:
        send(node, action.raw, now);
        break;
      case Kind::kFlush:
        site.told.clear();
        send(node, encode_entire_map_cache({}, kLargestDatagram).front(), now);
        break;
      case Kind::kStop:
      case Kind::kStart:
        break;
    }
  }
}

// ---- Hosts that LISPERs report

void Controller::on_punt(std::size_t lisper_node, std::string_view text, TimeNs now) {
  tick(now);
  if (!running_ || !sites_.contains(lisper_node)) return;
  ++counters_.punts;
  auto punt = parse_punt(text);
  if (!punt)
    ++counters_.punts_ignored;
  else if (const auto* discovery = std::get_if<Discovery>(&*punt))
    on_discovery(lisper_node, *discovery, now);
  else if (const auto* statistics = std::get_if<Statistics>(&*punt))
    on_statistics(*statistics);
  else
    tell_everything(lisper_node, now);
  release(now);
}

void Controller::on_connected(std::size_t lisper_node, TimeNs now) {
  tick(now);
  if (auto it = sites_.find(lisper_node); it != sites_.end() && !it->second.told.empty())
    tell_everything(lisper_node, now);
  release(now);
}

void Controller::on_statistics(const Statistics& statistics) {
  if (statistics.received) {
    counters_.packets_received += statistics.packets;
    return;
  }
  ++counters_.statistics;
  counters_.packets_sent += statistics.packets;
  counters_.bytes_sent += statistics.bytes;
}

void Controller::on_discovery(std::size_t node, const Discovery& punt, TimeNs now) {
  const auto& site = sites_.at(node);
  auto iid = punt.iid;
  if (!iid) {
    if (auto it = site.interface_iids.find(punt.interface); it != site.interface_iids.end()) iid = it->second;
  }
  if (!iid || !site.iids.contains(*iid)) {
    ++counters_.punts_ignored;
    return;
  }
  if (!plan_.follow_hosts) return;
  if (punt.source && !punt.source->is_group() && !punt.source->is_zero())
    register_host({*iid, *punt.source}, node, now);
  if (punt.destination && !site.told.contains({*iid, *punt.destination, 48})) {
    if (auto mapping = answer(node, {*iid, *punt.destination})) tell(node, *mapping, now);
  }
}

void Controller::register_host(HostKey key, std::size_t node, TimeNs now) {
  auto expires = now + plan_.dynamic_eid_timeout;
  auto [it, is_new] = hosts_.try_emplace(key, Host{node, expires});
  auto& host = it->second;
  const bool moved = !is_new && host.site != node;
  expiries_.erase({host.expires, key});
  host = {node, expires};
  expiries_.emplace(expires, key);
  if (!is_new && !moved) return;

  ++(moved ? counters_.hosts_moved : counters_.hosts_registered);
  for (const auto& [other, site] : sites_) {
    if (auto mapping = answer(other, key)) tell(other, *mapping, now);
  }
  // Its own host now. In 2016 this could not be said without blackholing the host.
  auto& told = sites_.at(node).told;
  if (auto old = told.find({key.iid, key.mac, 48}); old != told.end()) {
    auto mapping = old->second;
    if (plan_.dialect == Dialect::kToday)
      untell(node, mapping, now);
    else
      told.erase(old);
  }
}

void Controller::withdraw_host(HostKey key, TimeNs now) {
  auto host = hosts_.find(key);
  expiries_.erase({host->second.expires, key});
  hosts_.erase(host);
  ++counters_.hosts_withdrawn;
  for (const auto& [node, site] : sites_) {
    if (auto it = site.told.find({key.iid, key.mac, 48}); it != site.told.end())
      untell(node, model::Mapping(it->second), now);
  }
}

std::optional<model::Mapping> Controller::answer(std::size_t node, HostKey key) const {
  const auto& site = sites_.at(node);
  if (!site.reachable || !site.iids.contains(key.iid)) return std::nullopt;
  if (key.mac.is_broadcast()) {
    auto list = replication_list(node, key.iid);
    return list.locators.empty() ? std::nullopt : std::optional(list);
  }
  auto host = hosts_.find(key);
  if (host == hosts_.end() || host->second.site == node) return std::nullopt;
  model::Mapping mapping;
  mapping.iid = key.iid;
  mapping.eid = key.mac;
  for (const auto& rloc : sites_.at(host->second.site).rlocs) mapping.locators.push_back({rloc});
  return mapping;
}

model::Mapping Controller::replication_list(std::size_t node, Iid iid) const {
  model::Mapping list;
  list.iid = iid;
  list.eid = kBroadcastMac;
  list.replicate = true;
  const auto& peers = sites_.at(node).peers;
  for (const auto& [other, site] : sites_) {
    if (other == node || !site.iids.contains(iid) || site.rlocs.empty()) continue;
    // One locator a site, or it would get as many copies; preferably one that the LISPER knows.
    auto known = std::ranges::find_if(site.rlocs, [&](const IpAddress& rloc) { return peers.contains(rloc); });
    list.locators.push_back({known == site.rlocs.end() ? site.rlocs.front() : *known});
  }
  return list;
}

// ---- Towards LISPERs

void Controller::tell(std::size_t node, const model::Mapping& mapping, TimeNs now) {
  sites_.at(node).told[{mapping.iid, mapping.eid, mapping.length, mapping.source}] = mapping;
  tell_decap_keys(node, mapping, now);
  send(node, encode_add(plan_.dialect, mapping), now);
}

/// Who receives is told before who sends. The real one never repeats these, so that a LISPER that has been restarted
/// has to wait for the next change of keys.
void Controller::tell_decap_keys(std::size_t node, const model::Mapping& mapping, TimeNs now) {
  if (plan_.dialect == Dialect::k2016) return;
  for (const auto& locator : mapping.locators)
    if (locator.keys && !locator.keys->decap.empty()) send(node, encode_decap_keys(locator.rloc, *locator.keys), now);
}

void Controller::untell(std::size_t node, const model::Mapping& mapping, TimeNs now) {
  auto withdrawn = mapping;
  auto& told = sites_.at(node).told;
  if (auto it = told.find({mapping.iid, mapping.eid, mapping.length, mapping.source}); it != told.end()) {
    if (mapping.locators.empty()) withdrawn = it->second;
    told.erase(it);
  }
  send(node, encode_delete(plan_.dialect, withdrawn), now);
}

void Controller::tell_everything(std::size_t node, TimeNs now) {
  std::vector<model::Mapping> mappings;
  for (const auto& [key, mapping] : sites_.at(node).told) {
    mappings.push_back(mapping);
    tell_decap_keys(node, mapping, now);
  }
  if (plan_.dialect == Dialect::kToday) {
    for (auto& message : encode_entire_map_cache(mappings, kLargestDatagram)) send(node, std::move(message), now);
  } else {
    for (const auto& mapping : mappings) send(node, encode_add(plan_.dialect, mapping), now);
  }
}

void Controller::send(std::size_t node, std::string datagram, TimeNs now) {
  if (!running_ || !sites_.at(node).reachable) return;
  for (int copy = plan_.duplicate ? 2 : 1; copy > 0; --copy) {
    if (pace_at_ < now) {
      pace_at_ = now;
      pace_count_ = 0;
    }
    if (plan_.burst > 0 && pace_count_ == plan_.burst) {
      pace_at_ = pace_at_ + kBurstGap;
      pace_count_ = 0;
    }
    ++pace_count_;
    paced_.push_back({pace_at_, node, datagram});
  }
}

void Controller::release(TimeNs now) {
  for (; !paced_.empty() && paced_.front().at <= now; paced_.pop_front()) {
    auto& message = paced_.front();
    ++counters_.sent;
    if (random_.uniform() < plan_.lose) {
      ++counters_.lost;
      continue;
    }
    damage(message.datagram);
    if (!plan_.node) message.at = message.at + plan_.delay;
    deliveries_.push_back(std::move(message));
  }
}

void Controller::damage(std::string& datagram) {
  if (datagram.empty()) return;
  if (random_.uniform() < plan_.garble) {
    ++counters_.garbled;
    auto& byte = datagram[random_.below(datagram.size())];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1 + random_.below(255)));
  }
  if (random_.uniform() < plan_.truncate) {
    ++counters_.truncated;
    datagram.resize(random_.below(datagram.size()));
  }
}

std::vector<Delivery> Controller::take_deliveries() { return std::exchange(deliveries_, {}); }

}  // namespace lisper::controller
