#include "core/forward/open.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/forward/deliver.h"
#include "core/wire/esp.h"
#include "core/wire/ip_protocol.h"

namespace lisper {
namespace {

constexpr std::size_t kJobs = 32;

/// A packet, and the key that it is being tried with.
struct Attempt {
  EspPacket esp{};
  InboundSa* sa = nullptr;
  std::uint64_t sequence = 0;
  wire::EspAssociatedData associated_data;
};

wire::Esp& header_of(const EspPacket& esp) noexcept {
  return at<wire::Esp>(esp.packet->data, esp.parsed->session_offset);
}

/// What is encrypted: all between the header and the ICV.
MutableBytes text_of(const EspPacket& esp) noexcept {
  const std::uint32_t begin = esp.parsed->session_offset + static_cast<std::uint32_t>(sizeof(wire::Esp));
  return {esp.packet->data + begin, esp.packet->len - begin - wire::kEspIcv};
}

/// The keys that it may be sealed with.
std::span<InboundSa* const> candidates(const EspPacket& esp, const Tables& tables) noexcept {
  return tables.sas().find(esp.parsed->source, header_of(esp).spi.value());
}

/// False if the key's window does not allow the packet.
bool try_key(Attempt& attempt, InboundSa& sa) noexcept {
  const auto& header = header_of(attempt.esp);
  attempt.sa = &sa;
  attempt.sequence = sa.window.extend(header.sequence.value());
  attempt.associated_data = {header.spi, Be64(attempt.sequence)};
  return sa.window.may_accept(attempt.sequence);
}

/// The first key to be tried: while keys change, packets come sealed with the old one until there is one with the new
/// one. False: none allows the packet.
[[gnu::noinline]] bool try_first(Attempt& attempt, std::span<InboundSa* const> keys) noexcept {
  constexpr auto is_used = [](const InboundSa* sa) { return sa->packets.load(std::memory_order_relaxed) != 0; };
  const auto used = std::ranges::find_if(keys, is_used);
  if (used != keys.end() && try_key(attempt, **used)) return true;
  return std::ranges::any_of(keys, [&](InboundSa* sa) { return try_key(attempt, *sa); });
}

/// False: the verdict is written.
bool prepare(Attempt& attempt, const Tables& tables, Shard& shard) noexcept {
  Packet& packet = *attempt.esp.packet;
  const std::uint32_t length = packet.len - attempt.esp.parsed->session_offset;
  if (length < sizeof(wire::Esp) + sizeof(wire::EspTrailer) + wire::kEspIcv || length % wire::kEspAlignment != 0) {
    drop(packet, shard, Reason::kEspMalformed);
    return false;
  }
  const auto keys = candidates(attempt.esp, tables);
  if (keys.empty() || shard.crypto == nullptr) {
    drop(packet, shard, Reason::kEspUnknownSa);
    return false;
  }
  if (keys.size() == 1 ? try_key(attempt, *keys.front()) : try_first(attempt, keys)) return true;
  attempt.sa->replayed.fetch_add(1, std::memory_order_relaxed);
  drop(packet, shard, Reason::kEspReplayed);
  return false;
}

void write_job(const Attempt& attempt, AeadJob& job) noexcept {
  job.key = attempt.sa->sa.key.get();
  write_nonce(job.nonce, attempt.sa->sa.salt, header_of(attempt.esp).iv);
  job.associated_data = std::as_bytes(std::span(&attempt.associated_data, 1));
  job.text = text_of(attempt.esp);
  job.tag = job.text.data() + job.text.size();
}

/// The other keys of the same SPI.
[[gnu::noinline]] bool open_with_another(Attempt& attempt, AeadJob& job, const Tables& tables,
                                         const CryptoEngine& engine) noexcept {
  const InboundSa* const first = attempt.sa;
  for (InboundSa* const sa : candidates(attempt.esp, tables)) {
    if (sa == first || !try_key(attempt, *sa)) continue;
    std::array<std::byte, kTagLength> unused;
    job.tag = unused.data();
    engine.seal({&job, 1});  // brings the ciphertext back
    write_job(attempt, job);
    engine.open({&job, 1});
    if (job.authentic) return true;
  }
  return false;
}

/// RFC 4303 3.4.4.1, of an authentic packet: what is left behind the outer IP header is L2TPv3.
void strip(const Attempt& attempt, const Tables& tables, Shard& shard) noexcept {
  Packet& packet = *attempt.esp.packet;
  Parsed& parsed = *attempt.esp.parsed;
  const MutableBytes text = text_of(attempt.esp);
  const std::size_t before_trailer = text.size() - sizeof(wire::EspTrailer);
  const auto& trailer = at<wire::EspTrailer>(text.data(), before_trailer);
  if (trailer.pad_length > before_trailer) return drop(packet, shard, Reason::kEspMalformed);
  // RFC 4303 2.6: among others, dummy packets.
  if (trailer.next_header != wire::kProtocolL2tp) return drop(packet, shard, Reason::kNotTunnel);
  const std::uint32_t offset = parsed.session_offset + static_cast<std::uint32_t>(sizeof(wire::Esp));
  packet.len = offset + static_cast<std::uint32_t>(before_trailer - trailer.pad_length);
  parsed.carrier = Carrier::kEsp;
  parse_session(packet, tables, shard, offset, parsed);
}

/// Authentic packets of one key whose numbers are in one block of its window.
void accept(std::span<const Attempt> attempts, const Tables& tables, Shard& shard) noexcept {
  InboundSa& sa = *attempts.front().sa;
  std::uint32_t bits = 0;
  std::uint64_t highest = 0;
  for (const Attempt& attempt : attempts) {
    bits |= ReplayWindow::bit_of(attempt.sequence);
    highest = std::max(highest, attempt.sequence);
  }
  const std::uint32_t fresh = sa.window.note(ReplayWindow::block_of(highest), bits);
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (const Attempt& attempt : attempts) {
    if ((fresh & ReplayWindow::bit_of(attempt.sequence)) == 0) [[unlikely]] {
      drop(*attempt.esp.packet, shard, Reason::kEspReplayed);
      continue;
    }
    ++packets;
    bytes += text_of(attempt.esp).size();
    strip(attempt, tables, shard);
  }
  if (packets != attempts.size()) sa.replayed.fetch_add(attempts.size() - packets, std::memory_order_relaxed);
  if (packets == 0) return;
  sa.window.move_to(highest);
  sa.packets.fetch_add(packets, std::memory_order_relaxed);
  sa.bytes.fetch_add(bytes, std::memory_order_relaxed);
}

/// How many of those that begin with `first`, an authentic one, `accept` can take together.
std::size_t block_length(std::span<const Attempt> attempts, std::span<const AeadJob> jobs) noexcept {
  const Attempt& first = attempts.front();
  std::uint32_t bits = 0;
  std::size_t length = 0;
  for (; length < attempts.size() && jobs[length].authentic; ++length) {
    const Attempt& attempt = attempts[length];
    const std::uint32_t bit = ReplayWindow::bit_of(attempt.sequence);
    // The second packet of a number is none of the first one's block, so that it finds the number taken.
    if (attempt.sa != first.sa || (bits & bit) != 0 ||
        ReplayWindow::block_of(attempt.sequence) != ReplayWindow::block_of(first.sequence))
      break;
    bits |= bit;
  }
  return length;
}

void open_some(std::span<const EspPacket> packets, const Tables& tables, Shard& shard) noexcept {
  std::array<Attempt, kJobs> attempts;
  std::array<AeadJob, kJobs> jobs;
  std::size_t count = 0;
  for (const EspPacket& esp : packets) {
    esp.parsed->kind = Parsed::Kind::kDone;
    attempts[count].esp = esp;
    if (!prepare(attempts[count], tables, shard)) continue;
    write_job(attempts[count], jobs[count]);
    ++count;
  }
  if (count == 0) return;
  shard.crypto->open({jobs.data(), count});
  for (std::size_t i = 0; i < count; ++i) {
    if (jobs[i].authentic || open_with_another(attempts[i], jobs[i], tables, *shard.crypto)) continue;
    candidates(attempts[i].esp, tables).front()->bad_icv.fetch_add(1, std::memory_order_relaxed);
    drop(*attempts[i].esp.packet, shard, Reason::kEspBadIcv);
  }
  for (std::size_t i = 0; i < count;) {
    if (!jobs[i].authentic) {
      ++i;
      continue;
    }
    const std::span<const Attempt> rest(&attempts[i], count - i);
    const std::size_t length = block_length(rest, {&jobs[i], count - i});
    accept(rest.first(length), tables, shard);
    i += length;
  }
}

}  // namespace

void open(std::span<const EspPacket> packets, const Tables& tables, Shard& shard) noexcept {
  while (!packets.empty()) {
    const auto some = packets.first(std::min(kJobs, packets.size()));
    open_some(some, tables, shard);
    packets = packets.subspan(some.size());
  }
}

}  // namespace lisper
