// process() and the copies it asks for allocate nothing, whatever comes.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "core/forward/testing.h"

namespace {
std::size_t allocations = 0;
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace lisper {
namespace {

using namespace testing;

TEST(Allocation, NoneInTheFastPath) {
  Tables tables = *Tables::build(site04());
  Shard shard(tables.port_count(), tables.network_count());
  tables.apply(SetReplication{Tables::flood_list(NetworkId(1)), {kTunnel1, kTunnel2, kLan03, kLan13, kSite08}});
  tables.apply(SetEntry{NetworkId(1), mac("00:00:00:00:aa:05"), {FibKind::kMapped, kSite08.value}, 0});

  const auto frame = [](std::string_view to, std::size_t size) {
    return ethernet(to, "00:00:00:00:aa:01", wire::kEtherTypeIpv4,
                    ipv4("10.0.0.1", "10.0.0.5", wire::kProtocolUdp, Buffer(size), 0, wire::kIpv4DontFragment));
  };
  Buffer fragment = l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame("00:00:00:00:aa:05", 50));
  at<wire::Ipv6>(fragment.data(), 14).next_header = wire::kProtocolFragment;
  const Buffer frames[] = {
      l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame("00:00:00:00:aa:05", 50)),    // forwarded, learned
      l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame("ff:ff:ff:ff:ff:ff", 50)),    // replicated
      l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame("00:00:00:00:aa:99", 50)),    // unknown
      l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame("00:00:00:00:aa:05", 1440)),  // too big, answered
      l2tp_ipv6("fd80:1::9", "fd80:4::2", 1, 0, frame("00:00:00:00:aa:05", 50)),    // refused
      fragment,
  };
  constexpr std::size_t kSlot = 2048;
  std::vector<std::byte> memory(kSlot * std::size(frames));
  std::vector<std::byte> copy_memory(kSlot);
  std::vector<Packet> batch(std::size(frames));
  for (std::size_t i = 0; i < std::size(frames); ++i) {
    batch[i] = {memory.data() + i * kSlot + kHeadroom, static_cast<std::uint32_t>(frames[i].size()), kExitPort, {}};
    std::ranges::copy(frames[i], batch[i].data);
  }

  const std::size_t before = allocations;
  process(batch, tables, shard, seconds(1));
  for (Packet& packet : batch) {
    if (packet.verdict.action != Action::kReplicate) continue;
    for (std::size_t i = 0; i < tables.replication(packet.verdict.list).size(); ++i) {
      if (!copy_wanted(packet.verdict, tables, i)) continue;
      Packet copy{copy_memory.data() + kHeadroom, packet.len, packet.port, packet.verdict};
      std::copy_n(packet.data, packet.len, copy.data);
      encapsulate_copy(copy, tables, shard, i, seconds(1));
    }
  }
  EXPECT_EQ(allocations - before, 0u);

  EXPECT_EQ(batch[0].verdict.action, Action::kForward);
  EXPECT_EQ(batch[1].verdict.action, Action::kReplicate);
  EXPECT_EQ(batch[3].verdict.action, Action::kForward);
  EXPECT_EQ(batch[4].verdict.reason, Reason::kUnknownPeer);
}

}  // namespace
}  // namespace lisper
