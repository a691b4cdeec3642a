#include "core/forward/open.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/forward/deliver.h"
#include "core/forward/plain.h"
#include "core/wire/esp.h"
#include "core/wire/ip_protocol.h"

namespace lisper {
namespace {

constexpr std::size_t kJobs = 32;

using Keys = std::span<InboundSa* const>;

/// A packet, and the key that it is being tried with.
struct Attempt {
  EspPacket esp;
  InboundSa* sa;
  std::uint64_t sequence;
  wire::EspAssociatedData associated_data;
};

wire::Esp& header_of(const EspPacket& esp) noexcept {
  return at<wire::Esp>(esp.packet->data, esp.parsed->session_offset);
}

/// The keys that it may be sealed with.
Keys candidates(const EspPacket& esp, const Tables& tables) noexcept {
  return tables.sas().find(esp.parsed->source, header_of(esp).spi.value());
}

/// Finds the keys of packets, most of which have the same as the one before.
class KeyFinder {
 public:
  explicit KeyFinder(const Tables& tables) noexcept : tables_(tables) {}

  [[nodiscard]] Keys operator()(const EspPacket& esp) noexcept {
    const Be32 spi = header_of(esp).spi;
    if (spi != spi_ || esp.parsed->source != source_ || keys_.empty()) {
      spi_ = spi;
      source_ = esp.parsed->source;
      keys_ = candidates(esp, tables_);
    }
    return keys_;
  }

 private:
  const Tables& tables_;
  Keys keys_;
  IpAddress source_;
  Be32 spi_;
};

/// False if the key's window does not allow the packet.
[[gnu::always_inline]] inline bool try_key(Attempt& attempt, InboundSa& sa) noexcept {
  const auto& header = header_of(attempt.esp);
  attempt.sa = &sa;
  attempt.sequence = sa.window.extend(header.sequence.value());
  attempt.associated_data = {header.spi, Be64(attempt.sequence)};
  return sa.window.may_accept(attempt.sequence);
}

/// The first key to be tried: while keys change, packets come sealed with the old one until there is one with the new
/// one. False: none allows the packet.
[[gnu::noinline]] bool try_first(Attempt& attempt, Keys keys) noexcept {
  constexpr auto is_used = [](const InboundSa* sa) { return sa->packets.load(std::memory_order_relaxed) != 0; };
  const auto used = std::ranges::find_if(keys, is_used);
  if (used != keys.end() && try_key(attempt, **used)) return true;
  return std::ranges::any_of(keys, [&](InboundSa* sa) { return try_key(attempt, *sa); });
}

/// False: the verdict is written.
bool prepare(Attempt& attempt, KeyFinder& find_keys, Shard& shard) noexcept {
  Packet& packet = *attempt.esp.packet;
  const std::uint32_t length = packet.len - attempt.esp.parsed->session_offset;
  if (length < sizeof(wire::Esp) + sizeof(wire::EspTrailer) + wire::kEspIcv || length % wire::kEspAlignment != 0) {
    drop(packet, shard, Reason::kEspMalformed);
    return false;
  }
  const Keys keys = find_keys(attempt.esp);
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
  const Packet& packet = *attempt.esp.packet;
  const std::uint32_t begin = attempt.esp.parsed->session_offset + static_cast<std::uint32_t>(sizeof(wire::Esp));
  job.key = attempt.sa->sa.key.get();
  write_nonce(job.nonce, attempt.sa->sa.salt, header_of(attempt.esp).iv);
  job.associated_data = std::as_bytes(std::span(&attempt.associated_data, 1));
  // Encrypted is all between the header and the ICV.
  job.text = {packet.data + begin, packet.len - begin - wire::kEspIcv};
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
void strip(const EspPacket& esp, MutableBytes text, const Tables& tables, Shard& shard) noexcept {
  Packet& packet = *esp.packet;
  Parsed& parsed = *esp.parsed;
  const std::size_t before_trailer = text.size() - sizeof(wire::EspTrailer);
  const auto& trailer = at<wire::EspTrailer>(text.data(), before_trailer);
  if (trailer.pad_length > before_trailer) return drop(packet, shard, Reason::kEspMalformed);
  // RFC 4303 2.6: among others, dummy packets.
  if (trailer.next_header != wire::kProtocolL2tp) return drop(packet, shard, Reason::kNotTunnel);
  const std::uint32_t offset = parsed.session_offset + static_cast<std::uint32_t>(sizeof(wire::Esp));
  packet.len = offset + static_cast<std::uint32_t>(before_trailer - trailer.pad_length);
  parsed.carrier = Carrier::kEsp;
  if (const Session* likely = tables.sessions().sealed(shard.likely_sealed_session);
      likely != nullptr && strip_sealed(packet, *likely, offset, parsed)) {
    parsed.kind = Parsed::Kind::kFrame;
  } else {
    parse_session(packet, tables, shard, offset, parsed);
  }
}

/// Notes the numbers of authentic packets in their window, and strips those that are new. Takes those at the beginning
/// of `attempts` that have one key, and numbers in one block of its window; returns how many.
std::size_t accept(std::span<const Attempt> attempts, const AeadJob* jobs, const Tables& tables,
                   Shard& shard) noexcept {
  InboundSa& sa = *attempts.front().sa;
  const std::uint64_t block = ReplayWindow::block_of(attempts.front().sequence);
  std::uint32_t bits = 0;
  std::size_t count = 0;
  for (; count < attempts.size() && jobs[count].authentic; ++count) {
    const Attempt& attempt = attempts[count];
    const std::uint32_t bit = ReplayWindow::bit_of(attempt.sequence);
    // The second packet of a number is not taken together with the first, so that it finds the number taken.
    if (attempt.sa != &sa || ReplayWindow::block_of(attempt.sequence) != block || (bits & bit) != 0) break;
    bits |= bit;
  }
  const std::uint32_t fresh = sa.window.note(block, bits);
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if ((fresh & ReplayWindow::bit_of(attempts[i].sequence)) == 0) [[unlikely]] {
      drop(*attempts[i].esp.packet, shard, Reason::kEspReplayed);
      continue;
    }
    ++packets;
    bytes += jobs[i].text.size();
    strip(attempts[i].esp, jobs[i].text, tables, shard);
  }
  if (packets != count) sa.replayed.fetch_add(count - packets, std::memory_order_relaxed);
  if (packets == 0) return count;
  sa.window.move_to(block * ReplayWindow::kBlock + static_cast<std::uint64_t>(std::bit_width(fresh)) - 1);
  sa.packets.fetch_add(packets, std::memory_order_relaxed);
  sa.bytes.fetch_add(bytes, std::memory_order_relaxed);
  return count;
}

/// Not authentic, with whichever key.
[[gnu::noinline]] void refuse(const EspPacket& esp, const Tables& tables, Shard& shard) noexcept {
  candidates(esp, tables).front()->bad_icv.fetch_add(1, std::memory_order_relaxed);
  drop(*esp.packet, shard, Reason::kEspBadIcv);
}

void open_some(std::span<const EspPacket> packets, const Tables& tables, Shard& shard) noexcept {
  std::array<Attempt, kJobs> attempts;
  std::array<AeadJob, kJobs> jobs;
  KeyFinder find_keys(tables);
  Attempt* attempt = attempts.data();
  AeadJob* job = jobs.data();
  for (const EspPacket& esp : packets) {
    esp.parsed->kind = Parsed::Kind::kDone;
    attempt->esp = esp;
    if (prepare(*attempt, find_keys, shard)) [[likely]]
      write_job(*attempt++, *job++);
  }
  const auto count = static_cast<std::size_t>(job - jobs.data());
  if (count == 0) return;
  shard.crypto->open({jobs.data(), count});
  for (std::size_t i = 0; i < count;) {
    if (jobs[i].authentic || open_with_another(attempts[i], jobs[i], tables, *shard.crypto)) [[likely]] {
      i += accept({&attempts[i], count - i}, &jobs[i], tables, shard);
    } else {
      refuse(attempts[i].esp, tables, shard);
      ++i;
    }
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
