#include "core/forward/open.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/forward/deliver.h"
#include "core/forward/plain.h"
#include "core/wire/esp.h"
#include "core/wire/ip_protocol.h"

namespace lisper {
namespace {

using Sas = std::span<InboundSa* const>;

// What is known of a packet besides its bytes is in Parsed, or, of one with plain headers, in Work.

std::uint32_t offset_of(const Parsed& parsed) noexcept { return parsed.session_offset; }
constexpr std::uint32_t offset_of(const Work& /*work*/) noexcept { return kPlainHeaders; }

const IpAddress& source_of(const Packet& /*packet*/, const Parsed& parsed) noexcept { return parsed.source; }
IpAddress source_of(const Packet& packet, const Work& /*work*/) noexcept { return plain_ip(packet).source; }

/// A packet, and the key that it is being tried with.
template <typename Known>
struct Attempt {
  Packet* packet;
  Known* known;
  InboundSa* sa;
  std::uint64_t sequence;

  [[nodiscard]] std::uint32_t text_offset() const noexcept {
    return offset_of(*known) + static_cast<std::uint32_t>(sizeof(wire::Esp));
  }
  [[nodiscard]] const wire::Esp& header() const noexcept { return at<wire::Esp>(packet->data, offset_of(*known)); }
  [[nodiscard]] IpAddress source() const noexcept { return source_of(*packet, *known); }

  /// False if the key's window does not allow the packet.
  [[nodiscard, gnu::always_inline]] bool try_key(InboundSa& with, const ReplayWindow::Edges& edges) noexcept {
    sa = &with;
    sequence = edges.extend(header().sequence.value());
    return with.window.may_accept(sequence, edges);
  }
  /// The first of several keys to be tried: while they change, packets come sealed with the old one until there is one
  /// with the new one. False: none allows the packet.
  [[nodiscard]] bool try_first(Sas sas) noexcept {
    const auto allows = [&](InboundSa* with) { return try_key(*with, with->window.edges()); };
    constexpr auto is_used = [](const InboundSa* in) { return in->packets.load(std::memory_order_relaxed) != 0; };
    const auto used = std::ranges::find_if(sas, is_used);
    if (used != sas.end() && allows(*used)) return true;
    return std::ranges::any_of(sas, allows);
  }

  void write(AeadJob& job) const noexcept {
    describe(job, sa->sa, header().iv, sequence);
    // Encrypted is all between the header and the ICV.
    job.text = packet->data + text_offset();
    job.length = packet->len - text_offset() - wire::kEspIcv;
  }
};

/// Opens at most kSlice packets.
template <typename Known>
class Opener {
 public:
  Opener(const Tables& tables, Shard& shard) noexcept
      : tables_(tables), shard_(shard), likely_(tables.sessions().sealed(shard.likely_sealed_session)) {}

  /// `packet` ends with ESP.
  [[gnu::always_inline]] void add(Packet& packet, Known& known) noexcept {
    Try& attempt = attempts_[count_];
    attempt.packet = &packet;
    attempt.known = &known;
    if (!prepare(attempt)) [[unlikely]]
      return;
    attempt.write(jobs_[count_]);
    ++count_;
  }

  [[gnu::noinline]] void run() noexcept {
    if (count_ == 0) return;
    shard_.crypto->open({jobs_.data(), count_});
    for (std::size_t i = 0; i < count_;) {
      if (jobs_[i].authentic || open_with_another(attempts_[i], jobs_[i])) [[likely]] {
        i = accept(i);
      } else {
        refuse(attempts_[i++]);
      }
    }
  }

 private:
  using Try = Attempt<Known>;

  /// The keys that it may be sealed with.
  [[nodiscard]] Sas candidates(const Try& attempt) const noexcept {
    return tables_.sas().find(attempt.source(), attempt.header().spi.value());
  }

  /// False: the verdict is written.
  [[gnu::always_inline]] bool prepare(Try& attempt) noexcept {
    const std::uint32_t length = attempt.packet->len - offset_of(*attempt.known);
    if (length < sizeof(wire::Esp) + sizeof(wire::EspTrailer) + wire::kEspIcv || length % wire::kEspAlignment != 0)
        [[unlikely]] {
      drop(*attempt.packet, shard_, Reason::kEspMalformed);
      return false;
    }
    if (attempt.header().spi != spi_ || attempt.source() != source_) [[unlikely]]
      remember(attempt);
    return (only_ != nullptr && attempt.try_key(*only_, edges_)) || prepare_other(attempt);
  }

  /// Most packets may be sealed with the same key as the one before, and with no other.
  [[gnu::noinline]] void remember(const Try& attempt) noexcept {
    spi_ = attempt.header().spi;
    source_ = attempt.source();
    const Sas sas = candidates(attempt);
    only_ = sas.size() == 1 && shard_.crypto != nullptr ? sas.front() : nullptr;
    if (only_ != nullptr) edges_ = only_->window.edges();
  }

  [[gnu::noinline]] bool prepare_other(Try& attempt) noexcept {
    const Sas sas = candidates(attempt);
    if (sas.empty() || shard_.crypto == nullptr) {
      drop(*attempt.packet, shard_, Reason::kEspUnknownSa);
      return false;
    }
    if (attempt.try_first(sas)) return true;
    attempt.sa->replayed.fetch_add(1, std::memory_order_relaxed);
    drop(*attempt.packet, shard_, Reason::kEspReplayed);
    return false;
  }

  /// The other keys of the same SPI.
  [[gnu::noinline]] bool open_with_another(Try& attempt, AeadJob& job) const noexcept {
    const InboundSa* const first = attempt.sa;
    std::array<std::byte, kTagLength> tag;
    std::memcpy(tag.data(), job.text + job.length, sizeof tag);
    for (InboundSa* const sa : candidates(attempt)) {
      if (sa == first || !attempt.try_key(*sa, sa->window.edges())) continue;
      shard_.crypto->seal({&job, 1});  // brings the ciphertext back
      std::memcpy(job.text + job.length, tag.data(), sizeof tag);
      attempt.write(job);
      shard_.crypto->open({&job, 1});
      if (job.authentic) return true;
    }
    return false;
  }

  /// Notes the numbers of authentic packets in their window, and strips those that are new. Takes those from `begin` on
  /// that have one key, and numbers in one block of its window; returns which comes next.
  [[gnu::always_inline]] std::size_t accept(std::size_t begin) noexcept {
    InboundSa& sa = *attempts_[begin].sa;
    const std::uint64_t block = ReplayWindow::block_of(attempts_[begin].sequence);
    std::uint32_t bits = 0;
    std::size_t end = begin;
    for (; end < count_ && jobs_[end].authentic; ++end) {
      const Try& attempt = attempts_[end];
      const std::uint32_t bit = ReplayWindow::bit_of(attempt.sequence);
      // The second packet of a number is not taken together with the first, so that it finds the number taken.
      if (attempt.sa != &sa || ReplayWindow::block_of(attempt.sequence) != block || (bits & bit) != 0) break;
      bits |= bit;
    }
    const std::uint32_t fresh = sa.window.note(block, bits);
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if ((fresh & ReplayWindow::bit_of(attempts_[i].sequence)) == 0) [[unlikely]] {
        drop(*attempts_[i].packet, shard_, Reason::kEspReplayed);
        continue;
      }
      ++packets;
      bytes += jobs_[i].length;
      strip(attempts_[i], jobs_[i].length);
    }
    if (packets != end - begin) sa.replayed.fetch_add(end - begin - packets, std::memory_order_relaxed);
    if (packets == 0) return end;
    sa.window.move_to(block * ReplayWindow::kBlock + static_cast<std::uint64_t>(std::bit_width(fresh)) - 1);
    sa.packets.fetch_add(packets, std::memory_order_relaxed);
    sa.bytes.fetch_add(bytes, std::memory_order_relaxed);
    return end;
  }

  /// RFC 4303 3.4.4.1, of an authentic packet: what is left behind the outer IP header is L2TPv3. `length`: [bytes] of
  /// the text.
  [[gnu::always_inline]] void strip(const Try& attempt, std::uint32_t length) noexcept {
    Packet& packet = *attempt.packet;
    const std::uint32_t before_trailer = length - static_cast<std::uint32_t>(sizeof(wire::EspTrailer));
    const std::uint32_t offset = attempt.text_offset();
    const auto& trailer = at<wire::EspTrailer>(packet.data, offset + before_trailer);
    if (trailer.pad_length > before_trailer) [[unlikely]]
      return drop(packet, shard_, Reason::kEspMalformed);
    // RFC 4303 2.6: among others, dummy packets.
    if (trailer.next_header != wire::kProtocolL2tp) [[unlikely]]
      return drop(packet, shard_, Reason::kNotTunnel);
    packet.len = offset + before_trailer - trailer.pad_length;
    strip_known(packet, *attempt.known, offset);
  }
  void strip_known(Packet& packet, Parsed& parsed, std::uint32_t offset) const noexcept {
    parsed.carrier = Carrier::kEsp;
    parse_session(packet, tables_, shard_, offset, parsed);
  }
  [[gnu::always_inline]] void strip_known(Packet& packet, Work& work, std::uint32_t /*offset*/) noexcept {
    if (likely_ == nullptr || !strip_sealed(packet, *likely_)) [[unlikely]]
      return strip_other(packet, work);
    take_keys(packet, work, tables_, likely_->from_lisper);
  }

  /// The long way.
  [[gnu::noinline]] void strip_other(Packet& packet, Work& work) noexcept {
    Parsed parsed;
    parsed.source = plain_ip(packet).source;
    parsed.destination = plain_ip(packet).destination;
    strip_known(packet, parsed, kPlainHeaders + sizeof(wire::Esp));
    if (parsed.kind != Parsed::Kind::kTunnel || !decapsulate(packet, tables_, shard_, parsed)) return;
    likely_ = tables_.sessions().sealed(shard_.likely_sealed_session);
    take_keys(packet, work, tables_, tables_.location(packet.verdict.ingress).kind == LocationKind::kLisper);
  }

  /// Not authentic, with whichever key.
  [[gnu::noinline]] void refuse(const Try& attempt) const noexcept {
    candidates(attempt).front()->bad_icv.fetch_add(1, std::memory_order_relaxed);
    drop(*attempt.packet, shard_, Reason::kEspBadIcv);
  }

  const Tables& tables_;
  Shard& shard_;
  const Session* likely_;
  Be32 spi_;
  IpAddress source_;
  InboundSa* only_ = nullptr;
  ReplayWindow::Edges edges_{};
  std::size_t count_ = 0;
  std::array<Try, kSlice> attempts_;
  std::array<AeadJob, kSlice> jobs_;
};

}  // namespace

void open(std::span<const EspPacket> packets, const Tables& tables, Shard& shard) noexcept {
  Opener<Parsed> opener(tables, shard);
  for (const EspPacket& esp : packets) {
    esp.parsed->kind = Parsed::Kind::kDone;
    opener.add(*esp.packet, *esp.parsed);
  }
  opener.run();
}

void open_plain(Slice packets, Works& works, const Tables& tables, Shard& shard) noexcept {
  Opener<Work> opener(tables, shard);
  Work* work = works.data();
  for (Packet& packet : packets) {
    if (work->state == Work::State::kEsp) {
      work->state = Work::State::kDone;
      packet.len = kPlainHeaders + plain_ip(packet).payload_length.value();
      opener.add(packet, *work);
    }
    ++work;
  }
  opener.run();
}

}  // namespace lisper
