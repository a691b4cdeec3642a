#include "controller-mock/server.h"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <variant>

namespace lisper::controller {
namespace {

constexpr std::int64_t kLookInterval = 1'000'000'000;  ///< [ns] of looking for absent LISPERs
constexpr int kRetryMs = 10;                           ///< of sending to a LISPER that reads slowly
/// A LISPER that has not read so many is given up until it reads again.
constexpr std::size_t kLongestQueue = 100'000;

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Without the LISPERs that others serve, and out of band.
model::Plan served(model::Plan plan, const std::vector<std::size_t>& nodes) {
  plan.controller.node.reset();
  for (std::size_t n = 0; n < plan.nodes.size(); ++n) {
    auto* core = std::get_if<model::CoreNode>(&plan.nodes[n].role);
    if (!core) continue;
    core->management_port.reset();
    if (nodes.empty() || std::ranges::find(nodes, n) != nodes.end()) continue;
    core->control_sock.clear();
    core->punt_sock.clear();
  }
  return plan;
}

}  // namespace

Server::Server(const model::Plan& plan, const std::vector<std::size_t>& nodes, double speed)
    : controller_(served(plan, nodes), plan.seed), speed_(speed) {
  const auto ours = served(plan, nodes);
  for (std::size_t n = 0; n < ours.nodes.size(); ++n) {
    const auto* core = std::get_if<model::CoreNode>(&ours.nodes[n].role);
    if (!core || core->kind != model::CoreNode::Kind::kLisper) continue;
    if (core->control_sock.empty() && core->punt_sock.empty()) continue;
    auto& peer = peers_[n];
    peer.name = ours.nodes[n].name;
    peer.punt_path = core->punt_sock;
    if (!core->control_sock.empty()) peer.control.emplace(core->control_sock);
  }
}

Result<void> Server::start() {
  for (auto& [node, peer] : peers_) {
    if (peer.punt_path.empty()) continue;
    auto socket = PuntSocket::bind(peer.punt_path);
    if (!socket) {
      for (auto& [other, bound] : peers_) bound.punts.reset();
      return tl::unexpected(socket.error());
    }
    peer.punts.emplace(std::move(*socket));
  }
  for (auto& [node, peer] : peers_) {
    peer.present = peer.control && peer.control->connect();
    if (peer.control && !peer.present) spdlog::info("{}: waiting for {}", peer.name, peer.control->path());
  }
  began_ns_ = steady_ns();
  next_look_ns_ = began_ns_ + kLookInterval;
  controller_.start({});
  return {};
}

TimeNs Server::now() const { return {std::llround(static_cast<double>(steady_ns() - began_ns_) * speed_)}; }

void Server::run_once(int timeout_ms, int wake_fd) {
  receive_punts();
  look_for_peers();
  controller_.tick(now());
  deliver();

  std::vector<pollfd> fds{{wake_fd, POLLIN, 0}};
  for (const auto& [node, peer] : peers_)
    if (peer.punts) fds.push_back({peer.punts->fd(), POLLIN, 0});
  ::poll(fds.data(), fds.size(), wait_ms(timeout_ms));
}

void Server::receive_punts() {
  for (auto& [node, peer] : peers_) {
    while (peer.punts) {
      auto punt = peer.punts->receive();
      if (!punt) break;
      spdlog::debug("{}: punt {}", peer.name, *punt);
      controller_.on_punt(node, *punt, now());
    }
  }
}

void Server::look_for_peers() {
  if (steady_ns() < next_look_ns_) return;
  next_look_ns_ = steady_ns() + kLookInterval;
  for (auto& [node, peer] : peers_) {
    if (!peer.control || peer.present || !peer.control->connect()) continue;
    spdlog::info("{}: {} is there", peer.name, peer.control->path());
    peer.present = true;
    controller_.on_connected(node, now());
  }
}

void Server::deliver() {
  for (auto& delivery : controller_.take_deliveries()) deliveries_.push_back(std::move(delivery));
  for (const auto time = now(); !deliveries_.empty() && deliveries_.front().at <= time; deliveries_.pop_front()) {
    auto peer = peers_.find(deliveries_.front().node);
    if (peer != peers_.end() && peer->second.present)
      peer->second.queue.push_back(std::move(deliveries_.front().datagram));
  }
  for (auto& [node, peer] : peers_) flush(peer);
}

void Server::flush(Peer& peer) {
  auto give_up = [&](std::string_view why) {
    spdlog::info("{}: {} {}; waiting", peer.name, peer.control->path(), why);
    peer.present = false;
    peer.queue.clear();
  };
  while (!peer.queue.empty()) {
    switch (peer.control->send(peer.queue.front())) {
      case ControlSocket::Sent::kFull:
        if (peer.queue.size() > kLongestQueue) give_up("is not read");
        return;
      case ControlSocket::Sent::kGone:
        give_up("is gone");
        return;
      case ControlSocket::Sent::kRefused:
        spdlog::warn("{}: the kernel refuses a datagram of {} bytes", peer.name, peer.queue.front().size());
        break;
      case ControlSocket::Sent::kYes:
        spdlog::debug("{}: sent {}", peer.name, peer.queue.front());
        break;
    }
    peer.queue.pop_front();
  }
}

int Server::wait_ms(int at_most) const {
  auto due = controller_.next_deadline();
  if (!deliveries_.empty()) due = std::min(due, deliveries_.front().at);
  double wait = at_most;
  if (due != kNever) wait = std::min(wait, std::ceil(static_cast<double>((due - now()).ns) / speed_ / 1e6));
  for (const auto& [node, peer] : peers_) {
    if (!peer.queue.empty()) wait = std::min<double>(wait, kRetryMs);
    if (peer.control && !peer.present)
      wait = std::min(wait, std::ceil(static_cast<double>(next_look_ns_ - steady_ns()) / 1e6));
  }
  return static_cast<int>(std::max(0.0, wait));
}

}  // namespace lisper::controller
