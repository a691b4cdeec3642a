#include "core/control/neighbour_message.h"

#include <gtest/gtest.h>

#include "core/control/testing.h"
#include "core/wire/checksum.h"
#include "core/wire/ipv6.h"

namespace lisper {
namespace {

using testing::Buffer;
using testing::hex;
using testing::ip;
using testing::mac;
using Kind = NeighbourMessage::Kind;

// lisper/site04-exit.pcap, frames 37 and 38.
const auto kCapturedSolicitation =
    hex("000000000004 000000000104 86dd 60000000 0020 3a ff fe80000000000000020000fffe000104 "
        "fe80000000000000020000fffe000004"
        "8700 7711 00000000 fe80000000000000020000fffe000004 0101 000000000104");
const auto kCapturedAdvertisement =
    hex("000000000104 000000000004 86dd 60000000 0018 3a ff fe80000000000000020000fffe000004 "
        "fe80000000000000020000fffe000104"
        "8800 b81d c0000000 fe80000000000000020000fffe000004");
// qemu-l2tpv3/v4-udp.pcap, frames 7, 8 and 61: request, reply, and a request to a known neighbour.
const auto kCapturedArpRequest =
    hex("ffffffffffff 8ec599e6c1c1 0806 0001 0800 06 04 0001 8ec599e6c1c1 0a050002 000000000000 0a050001");
const auto kCapturedArpReply =
    hex("8ec599e6c1c1 3a59f15175ae 0806 0001 0800 06 04 0002 3a59f15175ae 0a050001 8ec599e6c1c1 0a050002");
const auto kCapturedArpPoll =
    hex("8ec599e6c1c1 3a59f15175ae 0806 0001 0800 06 04 0001 3a59f15175ae 0a050001 000000000000 0a050002");
// Laid out from RFC 4861 4.3 and 4.4 by hand.
const auto kMulticastSolicitation =
    hex("3333ff000001 000000000104 86dd 60000000 0020 3a ff fd800004000000000000000000000002 "
        "ff0200000000000000000001ff000001"
        "8700 7d8d 00000000 fd800004000000000000000000000001 0101 000000000104");
const auto kSolicitationForUs =
    hex("3333ff000002 000000000004 86dd 60000000 0020 3a ff fd800004000000000000000000000001 "
        "ff0200000000000000000001ff000002"
        "8700 7e8c 00000000 fd800004000000000000000000000002 0101 000000000004");
const auto kOurAdvertisement =
    hex("000000000004 000000000104 86dd 60000000 0020 3a ff fd800004000000000000000000000002 "
        "fd800004000000000000000000000001"
        "8800 1c0c 60000000 fd800004000000000000000000000002 0201 000000000104");
const auto kDuplicateAddressDetection =
    hex("3333ff000002 000000000004 86dd 60000000 0018 3a ff 00000000000000000000000000000000 "
        "ff0200000000000000000001ff000002"
        "8700 7d1f 00000000 fd800004000000000000000000000002");
const auto kAnswerToAllNodes =
    hex("333300000001 000000000104 86dd 60000000 0020 3a ff fd800004000000000000000000000002 "
        "ff020000000000000000000000000001"
        "8800 5a8e 20000000 fd800004000000000000000000000002 0201 000000000104");

const NeighbourSelf kSelf{mac("00:00:00:00:01:04"), ip("fd80:4::2"), std::nullopt};
const NeighbourSelf kSelf4{mac("8e:c5:99:e6:c1:c1"), ip("10.5.0.2"), std::nullopt};

Buffer tagged(Buffer frame, std::uint16_t vlan_id) {
  const Buffer tag = testing::raw(wire::VlanTag{Be16(0x8100), Be16(vlan_id)});
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  return frame;
}

/// Sets a byte of an untagged ND frame and mends the checksum.
Buffer changed(Buffer frame, std::size_t offset, std::uint8_t value) {
  frame[offset] = std::byte{value};
  const auto& header = at<wire::Ipv6>(frame.data(), 14);
  frame[56] = frame[57] = std::byte{0};
  const auto sum = wire::checksum(
      Bytes(frame).subspan(54),
      wire::pseudo_header_sum(header.source, header.destination, 58, static_cast<std::uint32_t>(frame.size() - 54)));
  at<Be16>(frame.data(), 56) = sum;
  return frame;
}

NeighbourMessage decoded(const Buffer& frame) {
  const auto message = decode_neighbour_message(frame);
  EXPECT_TRUE(message.has_value());
  return message.value_or(NeighbourMessage{});
}

void expect_problem(const Buffer& frame, NeighbourProblem problem) {
  const auto message = decode_neighbour_message(frame);
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error(), problem);
}

TEST(NeighbourMessage, WritesFramesAsOthersDid) {
  const NeighbourSelf captured{mac("00:00:00:00:01:04"), ip("fe80::200:ff:fe00:104"), std::nullopt};
  EXPECT_EQ(encode_solicitation(captured, ip("fe80::200:ff:fe00:4"), mac("00:00:00:00:00:04")), kCapturedSolicitation);
  EXPECT_EQ(encode_solicitation(kSelf4, ip("10.5.0.1"), std::nullopt), kCapturedArpRequest);
  const NeighbourSelf other{mac("3a:59:f1:51:75:ae"), ip("10.5.0.1"), std::nullopt};
  EXPECT_EQ(encode_solicitation(other, ip("10.5.0.2"), mac("8e:c5:99:e6:c1:c1")), kCapturedArpPoll);
  EXPECT_EQ(encode_advertisement(other, decoded(kCapturedArpRequest)), kCapturedArpReply);
}

TEST(NeighbourMessage, WritesFramesAsTheRfcDrawsThem) {
  EXPECT_EQ(encode_solicitation(kSelf, ip("fd80:4::1"), std::nullopt), kMulticastSolicitation);
  EXPECT_EQ(encode_advertisement(kSelf, decoded(kSolicitationForUs)), kOurAdvertisement);
  EXPECT_EQ(encode_advertisement(kSelf, decoded(kDuplicateAddressDetection)), kAnswerToAllNodes);
}

TEST(NeighbourMessage, CarriesTheVlanTag) {
  NeighbourSelf self = kSelf;
  self.vlan_id = 5;
  EXPECT_EQ(encode_solicitation(self, ip("fd80:4::1"), std::nullopt), tagged(kMulticastSolicitation, 5));
  EXPECT_EQ(decoded(tagged(kSolicitationForUs, 0x7005)).vlan_id, 5);  // the priority does not matter
  EXPECT_EQ(decoded(tagged(kCapturedArpReply, 5)).vlan_id, 5);
  EXPECT_EQ(decoded(tagged(kSolicitationForUs, 0xe000)).vlan_id, std::nullopt);
  EXPECT_EQ(decoded(kSolicitationForUs).vlan_id, std::nullopt);
}

TEST(NeighbourMessage, ReadsCapturedFrames) {
  const auto solicitation = decoded(kCapturedSolicitation);
  EXPECT_EQ(solicitation.kind, Kind::kSolicitation);
  EXPECT_EQ(solicitation.sender, ip("fe80::200:ff:fe00:104"));
  EXPECT_EQ(solicitation.target, ip("fe80::200:ff:fe00:4"));
  EXPECT_EQ(solicitation.mac, mac("00:00:00:00:01:04"));

  const auto advertisement = decoded(kCapturedAdvertisement);
  EXPECT_EQ(advertisement.kind, Kind::kAdvertisement);
  EXPECT_EQ(advertisement.target, ip("fe80::200:ff:fe00:4"));
  EXPECT_EQ(advertisement.mac, std::nullopt);
  EXPECT_TRUE(advertisement.solicited);
  EXPECT_FALSE(advertisement.overrides);

  const auto request = decoded(kCapturedArpRequest);
  EXPECT_EQ(request.kind, Kind::kSolicitation);
  EXPECT_EQ(request.sender, ip("10.5.0.2"));
  EXPECT_EQ(request.target, ip("10.5.0.1"));

  const auto reply = decoded(kCapturedArpReply);
  EXPECT_EQ(reply.kind, Kind::kAdvertisement);
  EXPECT_EQ(reply.target, ip("10.5.0.1"));
  EXPECT_EQ(reply.mac, mac("3a:59:f1:51:75:ae"));
  EXPECT_TRUE(reply.solicited);
}

TEST(NeighbourMessage, PassesOverEthernetPadding) {
  Buffer padded = kCapturedArpReply;
  padded.resize(60);
  EXPECT_EQ(decoded(padded).mac, mac("3a:59:f1:51:75:ae"));
  padded = kCapturedAdvertisement;
  padded.resize(100, std::byte{0x55});
  EXPECT_TRUE(decoded(padded).solicited);
}

TEST(NeighbourMessage, ChecksWhatTheRfcDemands) {
  constexpr auto kMalformed = NeighbourProblem::kMalformed;
  constexpr std::size_t kHopLimit = 21, kSource = 22, kDestination = 38, kCode = 55, kChecksum = 56, kFlags = 58,
                        kTarget = 62, kOptionLength = 79, kOptionMac = 80;
  ASSERT_TRUE(decode_neighbour_message(changed(kOurAdvertisement, kCode, 0)));
  expect_problem(changed(kOurAdvertisement, kHopLimit, 254), kMalformed);
  expect_problem(changed(kOurAdvertisement, kCode, 1), kMalformed);
  expect_problem(changed(kOurAdvertisement, kTarget, 0xff), kMalformed);
  expect_problem(changed(kOurAdvertisement, kOptionLength, 0), kMalformed);
  expect_problem(changed(kOurAdvertisement, kOptionLength, 2), kMalformed);
  const Buffer unknown_option = changed(kOurAdvertisement, kOptionLength - 1, 14);
  EXPECT_EQ(decoded(unknown_option).mac, std::nullopt);
  expect_problem(changed(unknown_option, kOptionLength, 0), kMalformed);
  expect_problem(changed(kOurAdvertisement, kOptionMac, 0x01), kMalformed);
  expect_problem(changed(kSolicitationForUs, kOptionLength, 0), kMalformed);
  expect_problem(changed(kSolicitationForUs, kTarget, 0xff), kMalformed);
  expect_problem(changed(kAnswerToAllNodes, kFlags, 0x60), kMalformed);  // solicited, to a group
  Buffer bad_sum = kOurAdvertisement;
  bad_sum[kChecksum] ^= std::byte{1};
  expect_problem(bad_sum, kMalformed);
  // No address yet: not with an option, and only to the solicited-node group.
  Buffer nameless = kSolicitationForUs;
  std::fill_n(nameless.begin() + kSource, 16, std::byte{0});
  expect_problem(changed(nameless, kSource, 0), kMalformed);
  expect_problem(changed(kDuplicateAddressDetection, kDestination + 12, 0), kMalformed);
}

TEST(NeighbourMessage, ChecksArpsShape) {
  expect_problem(Buffer(kCapturedArpReply.begin(), kCapturedArpReply.end() - 1), NeighbourProblem::kMalformed);
  Buffer frame = kCapturedArpReply;
  frame[18] = std::byte{8};  // hardware length
  expect_problem(frame, NeighbourProblem::kMalformed);
  frame = kCapturedArpReply;
  frame[22] = std::byte{1};  // a group as sender
  expect_problem(frame, NeighbourProblem::kMalformed);
  frame = kCapturedArpReply;
  frame[21] = std::byte{8};  // InARP
  expect_problem(frame, NeighbourProblem::kOther);
}

TEST(NeighbourMessage, EveryTruncationIsRefused) {
  for (const Buffer& whole : {kCapturedSolicitation, kCapturedAdvertisement, kCapturedArpReply,
                              tagged(kSolicitationForUs, 5), tagged(kCapturedArpRequest, 5)})
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(decode_neighbour_message(Bytes(whole).first(size))) << size;
}

}  // namespace
}  // namespace lisper
