#include "nic-model/frame.h"

#include <gtest/gtest.h>

#include "nic-model/crc32.h"
#include "nic-model/receive_descriptor.h"
#include "nic-model/rss.h"
#include "nic-model/testing.h"

namespace lisper::nic {
namespace {

using testing::bytes;

// The verification suite of Microsoft's RSS documentation ("Verifying the RSS Hash Calculation").
std::array<std::byte, 40> known_key() {
  const auto key = bytes("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa");
  std::array<std::byte, 40> result;
  std::copy(key.begin(), key.end(), result.begin());
  return result;
}

TEST(Toeplitz, Ipv4) {
  EXPECT_EQ(toeplitz(known_key(), bytes("420995bb a18e6450")), 0x323e8fc2u);
  EXPECT_EQ(toeplitz(known_key(), bytes("420995bb a18e6450 0aea 06e6")), 0x51ccc178u);
}

TEST(Toeplitz, Ipv6) {
  const auto pair = bytes("3ffe250102001fff0000000000000007 3ffe2501020000030000000000000001");
  EXPECT_EQ(toeplitz(known_key(), pair), 0x2cc18cd5u);
  auto ports = pair;
  for (const auto b : bytes("0aea 06e6")) ports.push_back(b);
  EXPECT_EQ(toeplitz(known_key(), ports), 0x40207d3du);
}

// The check value of CRC-32 in the catalogue of parametrised CRC algorithms.
TEST(Crc32, CheckValue) { EXPECT_EQ(crc32(bytes("313233343536373839")), 0xcbf43926u); }

// The well-known example of an IPv4 header checksum (45 00 00 73 ... b8 61), and a UDP header without one.
constexpr const char* kIpv4Udp =
    "020000000001 020000000002 0800"
    "4500007300004000 4011b861 c0a80001 c0a800c7"
    "00350035005f0000";

TEST(Inspect, Ipv4Udp) {
  auto frame = bytes(kIpv4Udp);
  frame.resize(14 + 0x73);
  const Headers headers = inspect(frame);
  EXPECT_EQ(headers.network, Network::kIpv4);
  EXPECT_EQ(headers.transport, Transport::kUdp);
  EXPECT_EQ(headers.transport_at, 34);
  EXPECT_EQ(headers.network_end, frame.size());
  EXPECT_EQ(packet_type(headers), 0x21u);
  // A UDP checksum of zero is none; the IPv4 header's is right.
  EXPECT_EQ(check(frame, headers), rx::kIpChecked);
  frame[24] ^= std::byte{1};
  EXPECT_EQ(check(frame, headers), rx::kIpChecked | rx::kIpError);
}

TEST(Inspect, TagMovesTheHeader) {
  auto frame = bytes(kIpv4Udp);
  const auto tag = bytes("8100 0064");
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  EXPECT_TRUE(inspect(frame).tagged);
  EXPECT_EQ(inspect(frame).network_at, 18);
}

TEST(Inspect, FragmentsHaveNoTransport) {
  auto frame = bytes(kIpv4Udp);
  frame[20] = std::byte{0x20};  // more fragments
  EXPECT_TRUE(inspect(frame).fragment);
  EXPECT_EQ(inspect(frame).transport, Transport::kNone);
}

TEST(Inspect, Ipv6ExtensionHeaders) {
  // Hop-by-hop options, then TCP.
  auto frame = bytes(
      "020000000001 020000000002 86dd 60000000 001c 00 40"
      "fd800000000000000000000000000001 fd800000000000000000000000000002"
      "0600050200000100"
      "00500051000000000000000050020000 00000000");
  const Headers headers = inspect(frame);
  EXPECT_EQ(headers.transport, Transport::kTcp);
  EXPECT_TRUE(headers.options);
  EXPECT_EQ(headers.transport_at, 14 + 40 + 8);
  EXPECT_EQ(packet_type(headers), 0x18u);
}

TEST(Inspect, EveryCutIsHarmless) {
  auto frame = bytes(kIpv4Udp);
  frame.resize(60);
  for (std::size_t size = 0; size <= frame.size(); ++size) {
    const std::vector<std::byte> cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
    const Headers headers = inspect(cut);
    std::ignore = check(cut, headers);
    EXPECT_LE(headers.network_end, size);
  }
}

TEST(Sum, OddByteIsTheUpperOne) { EXPECT_EQ(fold(sum16(bytes("0001 f203 f4f5 f6f7 01"))), fold(0xddf2u + 0x0100u)); }

}  // namespace
}  // namespace lisper::nic
