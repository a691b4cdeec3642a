#include "sim/ping.h"

#include <ns3/nstime.h>
#include <ns3/simulator.h>

namespace lisper::sim {

namespace {

// As ping's flood mode waits for a reply before it sends the next request anyway.
constexpr TimeNs kFloodInterval = milliseconds(10);

std::int64_t now_ns() { return ns3::Simulator::Now().GetTimeStep(); }

}  // namespace

Ping::Ping(const model::Flow& flow, IcmpEndpoint& endpoint, std::uint32_t context, std::int64_t series_interval_ns)
    : flow_(flow), endpoint_(endpoint), meter_(series_interval_ns), payload_(flow.size) {
  for (std::size_t i = 0; i < payload_.size(); ++i) payload_[i] = static_cast<std::byte>(i);
  identifier_ = endpoint_.open(flow_.destination,
                               [this](std::uint16_t sequence, std::uint32_t payload) { on_reply(sequence, payload); });
  ns3::Simulator::ScheduleWithContext(context, ns3::NanoSeconds(static_cast<std::uint64_t>(flow_.start.ns)),
                                      [this] { send(); });
}

void Ping::send() {
  const std::int64_t now = now_ns();
  if (now >= flow_.stop.ns || (flow_.count != 0 && meter_.sent() == flow_.count)) return;
  const std::uint64_t number = meter_.on_sent(now);
  const TimeNs interval = flow_.interval.ns == 0 ? kFloodInterval : flow_.interval;
  next_ = ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(interval.ns)), [this] { send(); });
  endpoint_.send(flow_.destination, identifier_, static_cast<std::uint16_t>(number), payload_);
}

void Ping::on_reply(std::uint16_t sequence, std::uint32_t payload) {
  // The latest request with these 16 bits.
  const std::uint64_t last = meter_.sent() - 1;
  const std::uint64_t number = last - static_cast<std::uint16_t>(last - sequence);
  if (!meter_.on_arrival(number, now_ns(), payload)) return;
  if (flow_.interval.ns == 0 && number == last) {
    next_.Cancel();
    send();
  }
}

}  // namespace lisper::sim
