#include "core/forward/seal.h"

#include <algorithm>
#include <array>

#include "core/wire/esp.h"

namespace lisper {
namespace {

/// Packets that are sealed together.
class Batch {
 public:
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] bool full() const noexcept { return count_ == kJobs; }

  void add(Packet& packet, const Location& location) noexcept {
    AeadJob& job = jobs_[count_];
    const std::uint32_t text = location.esp_offset + static_cast<std::uint32_t>(sizeof(wire::Esp));
    job.text = packet.data + text;
    job.length = packet.len - text - wire::kEspIcv;
    sas_[count_++] = location.sa;
  }

  void seal(const CryptoEngine& engine) noexcept {
    for (std::size_t begin = 0; begin < count_;) begin = number(begin);
    engine.seal({jobs_.data(), count_});
    count_ = 0;
  }

 private:
  static constexpr std::size_t kJobs = 32;

  /// Gives the packets of one key that follow each other their sequence numbers at once; returns which comes next.
  std::size_t number(std::size_t begin) noexcept {
    OutboundSa& sa = *sas_[begin];
    std::size_t end = begin;
    std::uint64_t bytes = 0;
    for (; end < count_ && sas_[end] == &sa; ++end) bytes += jobs_[end].length;
    std::uint64_t sequence = sa.packets.fetch_add(end - begin, std::memory_order_relaxed);
    sa.bytes.fetch_add(bytes, std::memory_order_relaxed);
    for (std::size_t i = begin; i < end; ++i) {
      const Be64 iv(++sequence);
      auto& header = at<wire::Esp>(jobs_[i].text - sizeof(wire::Esp));
      header.sequence = Be32(static_cast<std::uint32_t>(sequence));
      header.iv = iv;
      describe(jobs_[i], sa.sa, iv, sequence);
    }
    return end;
  }

  std::array<OutboundSa*, kJobs> sas_;
  std::array<AeadJob, kJobs> jobs_;
  std::size_t count_ = 0;
};

}  // namespace

void seal(std::span<Packet> batch, const Tables& tables, Shard& shard) noexcept {
  constexpr auto to_seal = [](const Packet& packet) { return packet.verdict.seal != kNoLocation; };
  if (std::ranges::none_of(batch, to_seal)) return;
  Batch sealed;
  for (Packet& packet : batch) {
    if (!to_seal(packet)) continue;
    if (sealed.full()) sealed.seal(*shard.crypto);
    sealed.add(packet, tables.location(packet.verdict.seal));
    packet.verdict.seal = kNoLocation;
  }
  if (!sealed.empty()) sealed.seal(*shard.crypto);
}

}  // namespace lisper
