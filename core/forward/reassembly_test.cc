#include "core/forward/reassembly.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/forward/testing.h"

namespace lisper {
namespace {

using namespace testing;

/// Cuts an IPv6 packet (behind its Ethernet header) into fragments of `unit` payload bytes, RFC 8200 4.5.
std::vector<Buffer> cut(const Buffer& frame, std::size_t unit) {
  constexpr std::size_t kHeaders = 14 + 40;
  std::vector<Buffer> fragments;
  for (std::size_t from = kHeaders; from < frame.size(); from += unit) {
    const std::size_t to = std::min(frame.size(), from + unit);
    Buffer fragment(frame.begin(), frame.begin() + kHeaders);
    wire::Ipv6Fragment header{};
    header.next_header = at<wire::Ipv6>(frame.data(), 14).next_header;
    header.offset_more = Be16(static_cast<std::uint16_t>((from - kHeaders) | (to < frame.size() ? 1u : 0u)));
    header.identification = Be32(99);
    fragment += raw(header);
    fragment.insert(fragment.end(), frame.begin() + static_cast<std::ptrdiff_t>(from),
                    frame.begin() + static_cast<std::ptrdiff_t>(to));
    auto& ip = at<wire::Ipv6>(fragment.data(), 14);
    ip.next_header = wire::kProtocolFragment;
    ip.payload_length = Be16(static_cast<std::uint16_t>(fragment.size() - kHeaders));
    fragments.push_back(fragment);
  }
  return fragments;
}

class Fragments : public ::testing::Test {
 protected:
  Buffer inner = ethernet("00:00:00:00:aa:03", "00:00:00:00:aa:01", 0x88b5, Buffer(1400, std::byte{7}));
  Buffer whole = l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, inner);
  Bench bench{site04()};
};

TEST_F(Fragments, InAnyOrderGiveTheWholePacket) {
  std::mt19937 shuffler(1);
  for (int round = 0; round < 20; ++round) {
    auto fragments = cut(whole, 256);
    std::ranges::shuffle(fragments, shuffler);
    for (std::size_t i = 0; i < fragments.size(); ++i) {
      EXPECT_FALSE(bench.shard.reassembler.take_complete()) << "not before the last";
      EXPECT_EQ(bench.send(kExitPort, fragments[i]).reason, Reason::kFragmentHeld);
    }
    const auto complete = bench.shard.reassembler.take_complete();
    ASSERT_TRUE(complete);
    EXPECT_EQ(complete->port, kExitPort);
    EXPECT_EQ(Buffer(complete->frame.begin(), complete->frame.end()), whole);
    EXPECT_FALSE(bench.shard.reassembler.take_complete());
  }
}

TEST_F(Fragments, OfStrangersAreNotKept) {
  const auto fragments = cut(l2tp_ipv6("fd80:66::2", "fd80:4::2", 1, 0, inner), 1024);
  EXPECT_EQ(bench.send(kExitPort, fragments[0]).reason, Reason::kUnknownPeer);
}

// RFC 5722 4.
TEST_F(Fragments, OverlapDiscardsThePacket) {
  const auto fragments = cut(whole, 512);
  bench.send(kExitPort, fragments[0]);
  EXPECT_EQ(bench.send(kExitPort, fragments[0]).reason, Reason::kFragmentOverlap);
  for (std::size_t i = 1; i < fragments.size(); ++i) bench.send(kExitPort, fragments[i]);
  EXPECT_FALSE(bench.shard.reassembler.take_complete());
}

TEST_F(Fragments, AreGivenUpInTime) {
  const auto fragments = cut(whole, 512);
  bench.send(kExitPort, fragments[0]);
  EXPECT_TRUE(bench.shard.reassembler.expire(bench.now + seconds(59)).empty());
  EXPECT_EQ(bench.shard.reassembler.next_deadline(), bench.now + seconds(60));
  EXPECT_EQ(bench.shard.reassembler.expire(bench.now + seconds(60)), std::vector{kExitPort});
  EXPECT_EQ(bench.shard.reassembler.next_deadline(), kNever);
}

TEST_F(Fragments, OfManyPacketsAreBounded) {
  for (std::uint32_t id = 0; id < Reassembler::kContexts; ++id) {
    auto fragment = cut(whole, 512)[0];
    at<wire::Ipv6Fragment>(fragment.data(), 54).identification = Be32(id);
    ASSERT_EQ(bench.send(kExitPort, fragment).reason, Reason::kFragmentHeld);
  }
  EXPECT_EQ(bench.send(kExitPort, cut(whole, 512)[0]).reason, Reason::kFragmentNoRoom);
}

TEST_F(Fragments, OfIpv4) {
  Reassembler reassembler;
  const Buffer link = raw(wire::Ethernet{mac("00:00:00:00:01:04"), mac("00:00:00:00:00:04"), Be16(0x0800)});
  const Buffer payload(24, std::byte{5});
  Reassembler::Fragment fragment;
  fragment.link_header = link;
  fragment.source = ip("10.5.0.1");
  fragment.destination = ip("10.5.0.2");
  fragment.protocol = wire::kProtocolL2tp;
  fragment.more = true;
  fragment.payload = Bytes(payload).first(16);
  EXPECT_EQ(reassembler.add(fragment, {}), Reason::kFragmentHeld);
  fragment.more = false;
  fragment.offset = 16;
  fragment.traffic_class = 3;
  fragment.payload = Bytes(payload).last(8);
  EXPECT_EQ(reassembler.add(fragment, {}), Reason::kFragmentHeld);
  const auto complete = reassembler.take_complete();
  ASSERT_TRUE(complete);
  Buffer expected = link;
  expected += ipv4("10.5.0.1", "10.5.0.2", wire::kProtocolL2tp, payload, 3);
  EXPECT_EQ(Buffer(complete->frame.begin(), complete->frame.end()), expected);
}

}  // namespace
}  // namespace lisper
