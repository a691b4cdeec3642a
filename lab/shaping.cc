#include "lab/shaping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lab/process.h"

namespace lisper::lab {

namespace {

// [bytes] that a frame in the kernel lacks: FCS 4, and IEEE 802.3's preamble, SFD and interpacket gap.
constexpr int kFrameOverhead = 24;
constexpr std::uint64_t kUnlimited = 100'000'000'000;  // [bit/s] where only loss is wanted
constexpr const char* kQueueHandle = "11:";
constexpr const char* kLossHandle = "12:";

/// A classic BPF program that picks class 1:2 with the given probability, and class 1:1 else.
std::string loss_filter(double loss) {
  constexpr std::uint32_t kRandom = 0xfffff000u + 56;  // SKF_AD_OFF + SKF_AD_RANDOM, linux/filter.h
  const auto threshold = static_cast<std::uint32_t>(std::min(std::ceil(loss * 0x1p32), 0x1p32 - 1));
  // ld rand; jge threshold -> next but one; ret 1:2; ret 1:1
  return fmt::format("4,32 0 0 {},53 1 0 {},6 0 0 65538,6 0 0 65537", kRandom, threshold);
}

}  // namespace

ShapingAbilities probe_shaping(const std::string& netns) {
  // The loopback interface need not be up to have a qdisc.
  const auto added = run({"tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"}, netns);
  if (!added || added->status != 0) return {};
  (void)run({"tc", "qdisc", "del", "dev", "lo", "root"}, netns);
  return {.delay = true};
}

std::string shaping_commands(const std::string& interface, const model::LinkDirection& direction,
                             ShapingAbilities abilities) {
  const bool delay = abilities.delay && direction.delay > TimeNs{};
  if (direction.rate_bps == 0 && direction.loss <= 0 && !delay) return {};
  const std::uint64_t rate = direction.rate_bps == 0 ? kUnlimited : direction.rate_bps;
  // Ten frames, and what passes in 50 us: below that the kernel's timers would be the limit.
  const std::uint64_t burst = std::max<std::uint64_t>(16'000, rate / 8 / 20'000);
  std::string text = fmt::format(
      "qdisc add dev {0} root handle 1: htb default 1\n"
      "class add dev {0} parent 1: classid 1:1 htb rate {1}bit burst {2} cburst {2} quantum 60000 overhead {3}\n",
      interface, rate, burst, kFrameOverhead);
  if (delay) {
    // Frames that are on their way are in the same queue as those that wait.
    const double on_their_way = static_cast<double>(rate) / 8 / 64 * static_cast<double>(direction.delay.ns) / 1e9;
    const auto limit = direction.queue + static_cast<std::uint64_t>(std::min(on_their_way, 1e6));
    text += fmt::format("qdisc add dev {} parent 1:1 handle {} netem delay {:.3f}us limit {}\n", interface,
                        kQueueHandle, static_cast<double>(direction.delay.ns) / 1e3, limit);
  } else {
    text += fmt::format("qdisc add dev {} parent 1:1 handle {} pfifo limit {}\n", interface, kQueueHandle,
                        std::max(direction.queue, 1u));
  }
  if (direction.loss > 0)
    text += fmt::format(
        "class add dev {0} parent 1: classid 1:2 htb rate {1}bit quantum 60000\n"
        "qdisc add dev {0} parent 1:2 handle {2} pfifo limit 0\n"
        "filter add dev {0} parent 1: protocol all pref 1 bpf bytecode \"{3}\"\n",
        interface, kUnlimited, kLossHandle, loss_filter(direction.loss));
  return text;
}

Result<std::map<std::string, ShapingDrops>> read_shaping_drops(const std::string& netns) {
  auto text = must_run({"tc", "-json", "-s", "qdisc", "show"}, netns);
  if (!text) return tl::unexpected(text.error());
  const auto list = nlohmann::json::parse(*text, nullptr, false);
  if (!list.is_array()) return fail("tc: not the JSON that was asked for");
  std::map<std::string, ShapingDrops> drops;
  for (const auto& qdisc : list) {
    ShapingDrops& of = drops[qdisc.value("dev", "")];
    const std::string handle = qdisc.value("handle", "");
    if (handle == kQueueHandle) of.queue_full = qdisc.value("drops", std::uint64_t{0});
    if (handle == kLossHandle) of.loss = qdisc.value("drops", std::uint64_t{0});
  }
  return drops;
}

}  // namespace lisper::lab
