#include "replay/driver.h"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "controller-mock/controller.h"
#include "core/base/random.h"
#include "replay/carrier.h"
#include "replay/stand_in.h"

namespace lisper::replay {

namespace {

/// As the simulator seeds its controller, so that it garbles and loses the same messages.
std::uint64_t controller_seed(const model::Plan& plan) { return Random(plan.seed).derive(0xc0).next(); }

class Driver {
 public:
  Driver(const Replay& replay, Body& body)
      : replay_(replay),
        plan_(replay.plan),
        core_(std::get<model::CoreNode>(plan_.nodes[replay.node].role)),
        body_(body),
        controller_(plan_, controller_seed(plan_)),
        carrier_(plan_, replay.node),
        up_(core_.config.ports.size(), true),
        stand_in_(core_.config, replay.stand_in ? replay.frames : std::span<const PortFrame>()) {
    // Over a network, a message leaves when it is decided on; the network is not here.
    if (!core_.management_port) punt_delay_ = plan_.controller.delay;
    for (const model::ControllerAction& action : plan_.controller.actions)
      if (action.kind == model::ControllerAction::Kind::kStart) connects_.push_back(action.at + punt_delay_);
    end_ = (replay.frames.empty() ? TimeNs{} : replay.frames.back().at) + kAfterwards;
  }

  std::optional<Recording> operator()() {
    if (plan_.controller.present) controller_.start(now_);
    take_deliveries();
    body_.start(now_);
    take_what_left();
    show_carrier();
    take_what_left();
    for (std::uint64_t steps = 0; step(); ++steps) {
      constexpr std::uint64_t kProgressSteps = 256;
      if (steps % kProgressSteps == 0 && replay_.progress &&
          !replay_.progress(static_cast<double>(now_.ns) / static_cast<double>(end_.ns)))
        return std::nullopt;
    }
    now_ = end_;
    body_.advance_to(now_);
    take_what_left();
    recording_.result = body_.result();
    return std::move(recording_);
  }

 private:
  [[nodiscard]] TimeNs next_time() const {
    TimeNs next = std::min(body_.next_deadline(), controller_.next_deadline());
    if (next_frame_ < replay_.frames.size()) next = std::min(next, replay_.frames[next_frame_].at);
    if (next_event_ < plan_.events.size()) next = std::min(next, plan_.events[next_event_].at);
    if (!deliveries_.empty()) next = std::min(next, deliveries_.begin()->first);
    if (!punts_.empty()) next = std::min(next, punts_.front().at);
    if (!connects_.empty()) next = std::min(next, connects_.front());
    return std::max(next, now_);
  }

  /// Everything of the next time at which there is something; false: the end.
  bool step() {
    const TimeNs next = next_time();
    if (next > end_) return false;
    now_ = next;
    body_.advance_to(now_);
    take_what_left();
    apply_events();
    run_controller();
    for (; next_frame_ < replay_.frames.size() && replay_.frames[next_frame_].at <= now_; ++next_frame_)
      receive(replay_.frames[next_frame_]);
    return true;
  }

  void apply_events() {
    for (; next_event_ < plan_.events.size() && plan_.events[next_event_].at <= now_; ++next_event_) {
      carrier_.apply(plan_.events[next_event_]);
      show_carrier();
      take_what_left();
    }
  }

  void show_carrier() {
    const std::vector<bool> up = carrier_.ports();
    for (std::size_t i = 0; i < up.size(); ++i)
      if (up[i] != up_[i]) body_.set_carrier(PortId(static_cast<std::uint16_t>(i)), up[i], now_);
    up_ = up;
  }

  void run_controller() {
    for (; !punts_.empty() && punts_.front().at <= now_; punts_.pop_front())
      controller_.on_punt(replay_.node, punts_.front().text, now_);
    if (controller_.next_deadline() <= now_) controller_.tick(now_);
    take_deliveries();
    for (; !connects_.empty() && connects_.front() <= now_; connects_.pop_front()) {
      body_.on_controller_connected(now_);
      take_what_left();
    }
    while (!deliveries_.empty() && deliveries_.begin()->first <= now_) {
      const std::string datagram = std::move(deliveries_.extract(deliveries_.begin()).mapped());
      body_.on_control(datagram, now_);
      take_what_left();
    }
  }

  void take_deliveries() {
    for (controller::Delivery& delivery : controller_.take_deliveries())
      if (delivery.node == replay_.node) deliveries_.emplace(delivery.at, std::move(delivery.datagram));
  }

  void receive(const PortFrame& frame) {
    if (!up_[frame.port.value]) {
      ++recording_.lost;
      return;
    }
    body_.receive(frame.port, frame.bytes, now_);
    take_what_left();
  }

  void take_what_left() {
    std::vector<PortFrame> sent = body_.take_sent();
    for (std::string& text : body_.take_punts()) {
      punts_.push_back({now_ + punt_delay_, text});
      recording_.punts.push_back({now_, std::move(text)});
    }
    std::vector<PortFrame> answers;
    for (PortFrame& frame : sent) {
      if (!up_[frame.port.value]) continue;
      if (replay_.stand_in)
        if (auto answer = stand_in_.answer(frame)) answers.push_back(std::move(*answer));
      recording_.sent.push_back(std::move(frame));
    }
    for (const PortFrame& answer : answers) receive(answer);
  }

  const Replay& replay_;
  const model::Plan& plan_;
  const model::CoreNode& core_;
  Body& body_;
  controller::Controller controller_;
  Carrier carrier_;
  std::vector<bool> up_;  ///< as the body was told
  StandIn stand_in_;
  TimeNs punt_delay_{};
  TimeNs end_;
  TimeNs now_{};
  std::size_t next_frame_ = 0;
  std::size_t next_event_ = 0;
  std::multimap<TimeNs, std::string> deliveries_;
  std::deque<Punt> punts_;       ///< on their way; `at` is the arrival
  std::deque<TimeNs> connects_;  ///< when the controller comes back
  Recording recording_;
};

}  // namespace

std::optional<Recording> run(const Replay& replay, Body& body) { return Driver(replay, body)(); }

}  // namespace lisper::replay
