#include "core/forward/reassembly.h"

#include <algorithm>
#include <cstring>

#include "core/forward/ecn.h"
#include "core/wire/checksum.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"

namespace lisper {
namespace {

constexpr std::uint8_t kHopLimit = 64;

/// Writes the IP header of the whole packet; returns its length.
template <typename Context>
std::size_t write_ip_header(const Context& context, std::byte* to) noexcept {
  if (context.source.is_v4()) {
    wire::Ipv4 ip{};
    ip.version_ihl = 0x45;
    ip.tos = context.traffic_class;
    ip.total_length = Be16(static_cast<std::uint16_t>(sizeof ip + context.total));
    ip.ttl = kHopLimit;
    ip.protocol = context.protocol;
    ip.source = context.source.v4();
    ip.destination = context.destination.v4();
    ip.checksum = wire::checksum(std::as_bytes(std::span(&ip, 1)));
    std::memcpy(to, &ip, sizeof ip);
    return sizeof ip;
  }
  wire::Ipv6 ip{};
  ip.version_class_label = Be32(6u << 28 | std::uint32_t{context.traffic_class} << 20);
  ip.payload_length = Be16(static_cast<std::uint16_t>(context.total));
  ip.next_header = context.protocol;
  ip.hop_limit = kHopLimit;
  ip.source = context.source.v6();
  ip.destination = context.destination.v6();
  std::memcpy(to, &ip, sizeof ip);
  return sizeof ip;
}

}  // namespace

Reassembler::Reassembler() : memory_(std::make_unique_for_overwrite<Memory>()) {}

Reason Reassembler::add(const Fragment& fragment, TimeNs now) noexcept {
  const std::size_t size = fragment.payload.size();
  // RFC 8200 4.5: all but the last are multiples of 8 bytes.
  if (size == 0 || (fragment.more && size % 8 != 0) || fragment.offset % 8 != 0) return Reason::kFragmentMalformed;
  if (fragment.offset + size > kMaxPayload) return Reason::kFragmentNoRoom;

  Context* context = find(fragment);
  if (context == nullptr) context = start(fragment, now);
  if (context == nullptr) return Reason::kFragmentNoRoom;
  const auto discard = [&](Reason reason) {
    context->state = State::kFree;
    --busy_;
    return reason;
  };

  const auto end = static_cast<std::uint32_t>(fragment.offset + size);
  if (!fragment.more) {
    if (context->total != 0 && context->total != end) return discard(Reason::kFragmentOverlap);
    context->total = end;
  }
  if (context->total != 0 && end > context->total) return discard(Reason::kFragmentOverlap);
  for (std::size_t block = fragment.offset / 8; block * 8 < end; ++block) {
    if (context->blocks[block]) return discard(Reason::kFragmentOverlap);  // RFC 5722 4
    context->blocks[block] = true;
  }
  std::memcpy(context->payload.data() + fragment.offset, fragment.payload.data(), size);
  context->received += static_cast<std::uint32_t>(size);
  // RFC 3168 5.3: congestion marked on any fragment is marked on the packet.
  if ((fragment.traffic_class & kEcnMask) == kEcnMask) context->traffic_class |= kEcnMask;
  if (context->received == context->total) context->state = State::kComplete;
  return Reason::kFragmentHeld;
}

Reassembler::Context* Reassembler::find(const Fragment& fragment) noexcept {
  if (busy_ == 0) return nullptr;
  for (Context& context : memory_->contexts)
    if (context.state == State::kCollecting && context.identification == fragment.identification &&
        context.source == fragment.source && context.destination == fragment.destination &&
        context.protocol == fragment.protocol)
      return &context;
  return nullptr;
}

Reassembler::Context* Reassembler::start(const Fragment& fragment, TimeNs now) noexcept {
  const auto free = std::ranges::find(memory_->contexts, State::kFree, &Context::state);
  if (free == memory_->contexts.end()) return nullptr;
  ++busy_;
  free->state = State::kCollecting;
  free->port = fragment.port;
  free->link_header_length = static_cast<std::uint8_t>(std::min(fragment.link_header.size(), free->link_header.size()));
  std::memcpy(free->link_header.data(), fragment.link_header.data(), free->link_header_length);
  free->source = fragment.source;
  free->destination = fragment.destination;
  free->identification = fragment.identification;
  free->protocol = fragment.protocol;
  free->traffic_class = fragment.traffic_class;
  free->deadline = now + kTimeout;
  free->total = 0;
  free->received = 0;
  free->blocks.reset();
  return &*free;
}

std::optional<Reassembler::Complete> Reassembler::take_complete() noexcept {
  if (busy_ == 0) return std::nullopt;
  const auto done = std::ranges::find(memory_->contexts, State::kComplete, &Context::state);
  if (done == memory_->contexts.end()) return std::nullopt;
  std::byte* to = memory_->frame.data();
  std::memcpy(to, done->link_header.data(), done->link_header_length);
  std::size_t length = done->link_header_length;
  length += write_ip_header(*done, to + length);
  std::memcpy(to + length, done->payload.data(), done->total);
  length += done->total;
  done->state = State::kFree;
  --busy_;
  return Complete{done->port, Bytes(to, length)};
}

std::vector<PortId> Reassembler::expire(TimeNs now) {
  std::vector<PortId> ports;
  if (busy_ == 0) return ports;
  for (Context& context : memory_->contexts) {
    if (context.state != State::kCollecting || context.deadline > now) continue;
    context.state = State::kFree;
    --busy_;
    ports.push_back(context.port);
  }
  return ports;
}

TimeNs Reassembler::next_deadline() const noexcept {
  TimeNs next = kNever;
  if (busy_ == 0) return next;
  for (const Context& context : memory_->contexts)
    if (context.state == State::kCollecting) next = std::min(next, context.deadline);
  return next;
}

}  // namespace lisper
