// The core's ESP with this engine, between two LISPERs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <set>
#include <string>

#include "core/forward/explain.h"
#include "core/forward/testing.h"
#include "core/wire/esp.h"
#include "crypto/ipsec_mb.h"

namespace lisper::crypto {
namespace {

using namespace lisper::testing;

constexpr NetworkId kNetwork{1};
constexpr std::uint32_t kSpi = 0x12345678;

SaParameters parameters(std::uint32_t spi, const Buffer& key) {
  return {spi, {}, *ipsec_mb().make_key(CryptoEngine::Algorithm::kAesGcm, key)};
}
Buffer key_of(std::uint8_t first, std::size_t length = 16) {
  Buffer key(length);
  key[0] = std::byte{first};
  return key;
}

/// Site 08, a mirror of site 04: its LISPER is fd80:4::2, its host kRemote is on port 1.
LisperConfig site08() {
  LisperConfig config = site04();
  config.exits[0].ip = ip("fd80:8::2");
  config.lispers[0].ip = ip("fd80:4::2");
  config.local_networks.erase(config.local_networks.begin(), config.local_networks.begin() + 2);
  return config;
}
constexpr LocationId kLanOf08{0};
constexpr LocationId kSite04{2};

/// Site 04, whose host kB sends, and site 08, whose host kRemote receives.
class Esp : public ::testing::Test {
 protected:
  Esp() {
    here.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kMapped, kSite08.value}, 0});
    there.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kLocal, kLanOf08.value}, 0});
  }
  void send_with(std::shared_ptr<OutboundSa> sa) { here.tables.apply(SetOutboundSa{ip("fd80:8::2"), std::move(sa)}); }
  void receive_with(std::vector<std::shared_ptr<InboundSa>> sas) {
    there.tables.apply(SetInboundSas{ip("fd80:4::2"), std::move(sas)});
  }
  void share_key(std::uint32_t spi = kSpi, const Buffer& key = key_of(1)) {
    out = std::make_shared<OutboundSa>(parameters(spi, key));
    in = std::make_shared<InboundSa>(parameters(spi, key));
    send_with(out);
    receive_with({in});
  }
  /// What leaves site 04 of a frame of its host.
  Buffer sealed(const Buffer& frame) {
    here.send(kLan03Port, frame);
    return here.outputs.empty() ? Buffer{} : here.outputs.front().frame;
  }
  /// What site 08's host gets of it; empty: nothing.
  Buffer opened(const Buffer& packet) {
    reason = there.send(kExitPort, packet).reason;
    return there.outputs.empty() ? Buffer{} : there.outputs.front().frame;
  }

  Bench here{site04(), &ipsec_mb()};
  Bench there{site08(), &ipsec_mb()};
  std::shared_ptr<OutboundSa> out;
  std::shared_ptr<InboundSa> in;
  Reason reason = Reason::kNone;
};

constexpr std::size_t kEspAt = 14 + sizeof(wire::Ipv6);

TEST_F(Esp, IsTransportModeAroundL2tpv3) {
  share_key();
  const Buffer packet = sealed(ping(kRemote, kB, 61));  // 95 bytes of frame
  // 12 of L2TPv3, 95 of frame, 3 of padding, 2 of trailer: 112, a multiple of 4.
  ASSERT_EQ(packet.size(), kEspAt + 16 + 112 + 16);
  EXPECT_EQ(at<wire::Ipv6>(packet.data(), 14).next_header, 50);
  EXPECT_EQ(at<wire::Ipv6>(packet.data(), 14).payload_length.value(), 16 + 112 + 16);
  const auto& header = at<wire::Esp>(packet.data(), kEspAt);
  EXPECT_EQ(header.spi.value(), kSpi);
  EXPECT_EQ(header.sequence.value(), 1u);  // RFC 4303 3.3.3
  EXPECT_EQ(header.iv.value(), 1u);
  EXPECT_EQ(at<wire::Esp>(sealed(ping(kRemote, kB)).data(), kEspAt).sequence.value(), 2u);
  EXPECT_EQ(out->packets, 2u);
}

TEST_F(Esp, CarriesFramesOfEveryLength) {
  share_key();
  for (std::size_t size = 0; size < 300; ++size) {
    const Buffer frame = ping(kRemote, kB, std::max<std::size_t>(size, 8));
    EXPECT_EQ(opened(sealed(frame)), frame) << size;
  }
  EXPECT_EQ(in->packets, 300u);
  EXPECT_EQ(in->bytes, out->bytes);
}

TEST_F(Esp, CarriesFramesWithAes256) {
  share_key(kSpi, key_of(1, 32));
  const Buffer frame = ping(kRemote, kB);
  EXPECT_EQ(opened(sealed(frame)), frame);
}

TEST_F(Esp, ShowsNothingOfTheFrame) {
  share_key();
  const Buffer frame = ping(kRemote, kB, 200);
  const Buffer packet = sealed(frame);
  for (std::size_t i = 0; i + 16 <= frame.size(); ++i)
    EXPECT_EQ(std::search(packet.begin(), packet.end(), frame.begin() + static_cast<std::ptrdiff_t>(i),
                          frame.begin() + static_cast<std::ptrdiff_t>(i) + 16),
              packet.end());
}

TEST_F(Esp, ReplaysAreDropped) {
  share_key();
  const Buffer packet = sealed(ping(kRemote, kB));
  EXPECT_FALSE(opened(packet).empty());
  EXPECT_TRUE(opened(packet).empty());
  EXPECT_EQ(reason, Reason::kEspReplayed);
  EXPECT_EQ(in->replayed, 1u);
}

TEST_F(Esp, ReplaysInOneBatchAreDropped) {
  share_key();
  const Buffer packet = sealed(ping(kRemote, kB));
  std::vector<Buffer> memory(3, Buffer(kHeadroom + packet.size() + kTailroom));
  std::vector<Packet> batch;
  for (Buffer& buffer : memory) {
    std::ranges::copy(packet, buffer.begin() + kHeadroom);
    batch.push_back({buffer.data() + kHeadroom, static_cast<std::uint32_t>(packet.size()), kExitPort, {}});
  }
  process(batch, there.tables, there.shard, there.now);
  EXPECT_EQ(batch[0].verdict.action, Action::kForward);
  EXPECT_EQ(batch[1].verdict.reason, Reason::kEspReplayed);
  EXPECT_EQ(batch[2].verdict.reason, Reason::kEspReplayed);
}

TEST_F(Esp, EveryChangedBitIsNoticed) {
  share_key();
  out->packets = 99;
  const Buffer packet = sealed(ping(kRemote, kB, 20));
  for (std::size_t bit = 8 * (kEspAt + 4); bit < 8 * packet.size(); ++bit) {
    Buffer changed = packet;
    changed[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_TRUE(opened(changed).empty()) << bit;
    EXPECT_EQ(reason, Reason::kEspBadIcv) << bit;
  }
  EXPECT_EQ(in->window.top(), 0u);  // RFC 4303 3.4.3: only authentic packets move the window
  EXPECT_FALSE(opened(packet).empty());
}

TEST_F(Esp, TheHighHalfOfTheSequenceNumberIsNotSent) {
  share_key();
  out->packets = 0xffff'fffe;
  in->window.start_at(0xffff'fff0);
  for (const std::uint64_t sequence : {0xffff'ffffull, 0x1'0000'0000ull, 0x1'0000'0001ull}) {
    const Buffer packet = sealed(ping(kRemote, kB));
    EXPECT_EQ(at<wire::Esp>(packet.data(), kEspAt).sequence.value(), static_cast<std::uint32_t>(sequence));
    EXPECT_FALSE(opened(packet).empty());
    EXPECT_EQ(in->window.top(), sequence);
  }
}

TEST_F(Esp, MalformedPacketsAreDropped) {
  share_key();
  const Buffer packet = sealed(ping(kRemote, kB));
  const auto cut = [&](std::size_t esp_length) {
    Buffer shorter(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(kEspAt + esp_length));
    at<wire::Ipv6>(shorter.data(), 14).payload_length = Be16(static_cast<std::uint16_t>(esp_length));
    return shorter;
  };
  for (const std::size_t length : {0u, 4u, 15u, 16u, 32u, 33u, 35u, 37u}) {
    EXPECT_TRUE(opened(cut(length)).empty());
    EXPECT_EQ(reason, Reason::kEspMalformed) << length;
  }
  EXPECT_TRUE(opened(cut(36)).empty());
  EXPECT_EQ(reason, Reason::kEspBadIcv);
  Buffer other_spi = packet;
  at<wire::Esp>(other_spi.data(), kEspAt).spi = Be32(kSpi + 1);
  EXPECT_TRUE(opened(other_spi).empty());
  EXPECT_EQ(reason, Reason::kEspUnknownSa);
}

TEST_F(Esp, ClearTextIsNeitherSentNorAccepted) {
  const Buffer clear = sealed(ping(kRemote, kB));
  EXPECT_FALSE(opened(clear).empty());
  share_key();
  EXPECT_TRUE(opened(clear).empty());
  EXPECT_EQ(reason, Reason::kClearText);

  send_with(nullptr);
  EXPECT_EQ(here.send(kLan03Port, ping(kRemote, kB)).reason, Reason::kNoKey);
  EXPECT_TRUE(here.outputs.empty());
  Bench without_engine(site04());
  without_engine.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kMapped, kSite08.value}, 0});
  without_engine.tables.apply(SetOutboundSa{ip("fd80:8::2"), out});
  EXPECT_EQ(without_engine.send(kLan03Port, ping(kRemote, kB)).reason, Reason::kNoKey);
  EXPECT_TRUE(without_engine.outputs.empty());
}

TEST_F(Esp, TheLargestFrameThatFitsIsSentAndTheNextIsAnswered) {
  share_key();
  std::optional<std::uint32_t> told;
  std::size_t largest = 0;
  for (std::size_t size = 1340; size < 1420; ++size) {
    const Buffer packet = sealed(ping(kRemote, kB, size, 0, wire::kIpv4DontFragment));
    ASSERT_FALSE(packet.empty());
    if (at<wire::Ethernet>(packet.data()).ether_type.value() == wire::kEtherTypeIpv6) {
      largest = size;
      EXPECT_LE(packet.size() - 14, 1500u);
    } else if (!told) {
      told = at<Be16>(packet.data(), 14 + 20 + 6).value();  // RFC 1191 4
    }
  }
  EXPECT_EQ(told, largest + sizeof(wire::Ipv4));
  // 1500 less 40 of IPv6, 16 of ESP, 12 of L2TPv3, 14 of Ethernet, 2 of trailer, 16 of ICV.
  EXPECT_EQ(told, 1400u);
}

TEST_F(Esp, KeysChangeWithoutLoss) {
  // As the controller has it, with the same SPI before and after.
  const auto old_out = std::make_shared<OutboundSa>(parameters(kSpi, key_of(1)));
  const auto new_out = std::make_shared<OutboundSa>(parameters(kSpi, key_of(2)));
  const auto old_in = std::make_shared<InboundSa>(parameters(kSpi, key_of(1)));
  const auto new_in = std::make_shared<InboundSa>(parameters(kSpi, key_of(2)));
  const Buffer frame = ping(kRemote, kB);
  send_with(old_out);
  receive_with({old_in});
  EXPECT_EQ(opened(sealed(frame)), frame);
  const Buffer late = sealed(frame);
  receive_with({new_in, old_in});
  EXPECT_EQ(opened(sealed(frame)), frame);
  send_with(new_out);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(opened(sealed(frame)), frame);
  EXPECT_EQ(opened(late), frame);
  EXPECT_TRUE(opened(late).empty());
  EXPECT_EQ(reason, Reason::kEspReplayed);
  Buffer forged = sealed(frame);
  forged.back() ^= std::byte{1};
  EXPECT_TRUE(opened(forged).empty());
  EXPECT_EQ(reason, Reason::kEspBadIcv);
  EXPECT_EQ(old_in->packets, 3u);
  EXPECT_EQ(new_in->packets, 10u);
  EXPECT_EQ(new_in->bad_icv + old_in->bad_icv, 1u);
}

TEST_F(Esp, CopiesForSeveralLispersHaveTheirOwnKeys) {
  LisperConfig config = site04();
  config.lispers.push_back({ip("fd80:9::2"), ExitId(0), {}});
  Bench bench(config, &ipsec_mb());
  constexpr LocationId kSite09{5};
  bench.tables.apply(SetReplication{Tables::flood_list(kNetwork), {kTunnel1, kSite08, kSite09}});
  bench.tables.apply(SetOutboundSa{ip("fd80:8::2"), std::make_shared<OutboundSa>(parameters(8, key_of(8)))});
  bench.tables.apply(SetOutboundSa{ip("fd80:9::2"), std::make_shared<OutboundSa>(parameters(9, key_of(9)))});
  there.tables.apply(SetInboundSas{ip("fd80:4::2"), {std::make_shared<InboundSa>(parameters(8, key_of(8)))}});
  there.tables.apply(SetEntry{kNetwork, mac(kAll), {FibKind::kLocal, kLanOf08.value}, 0});
  const Buffer frame = ping(kAll, kB);
  bench.send(kLan03Port, frame);
  ASSERT_EQ(bench.outputs.size(), 3u);
  EXPECT_EQ(
      Buffer(bench.outputs[0].frame.end() - static_cast<std::ptrdiff_t>(frame.size()), bench.outputs[0].frame.end()),
      frame);
  EXPECT_EQ(opened(bench.outputs[1].frame), frame);
  EXPECT_EQ(at<wire::Esp>(bench.outputs[2].frame.data(), kEspAt).spi.value(), 9u);
  EXPECT_TRUE(opened(bench.outputs[2].frame).empty());
}

TEST_F(Esp, WhatIsRelayedIsOpenedAndSealedAnew) {
  LisperConfig config = site04();
  config.lispers.push_back({ip("fd80:9::2"), ExitId(0), {}});
  Bench relay(config, &ipsec_mb());
  constexpr LocationId kSite09{5};
  relay.tables.apply(SetReplication{Tables::flood_list(kNetwork), {kSite08, kSite09}, {{kSite08, {kSite08}}}});
  const auto for_relay = std::make_shared<InboundSa>(parameters(9, key_of(9)));
  relay.tables.apply(SetInboundSas{ip("fd80:9::2"), {for_relay}});
  relay.tables.apply(SetOutboundSa{ip("fd80:8::2"), std::make_shared<OutboundSa>(parameters(8, key_of(8)))});
  there.tables.apply(SetInboundSas{ip("fd80:4::2"), {std::make_shared<InboundSa>(parameters(8, key_of(8)))}});
  there.tables.apply(SetEntry{kNetwork, mac(kAll), {FibKind::kLocal, kLanOf08.value}, 0});
  LisperConfig of_09 = site08();
  of_09.exits[0].ip = ip("fd80:9::2");
  Bench sender(of_09, &ipsec_mb());
  sender.tables.apply(SetReplication{Tables::flood_list(kNetwork), {kSite04}});
  sender.tables.apply(SetOutboundSa{ip("fd80:4::2"), std::make_shared<OutboundSa>(parameters(9, key_of(9)))});

  const Buffer frame = ping(kAll, kRemote);
  sender.send(kLan03Port, frame);
  ASSERT_EQ(sender.outputs.size(), 1u);
  relay.send(kExitPort, sender.outputs[0].frame);
  ASSERT_EQ(relay.outputs.size(), 1u);
  EXPECT_EQ(for_relay->packets, 1u);
  const Buffer& relayed = relay.outputs[0].frame;
  EXPECT_EQ(IpAddress(at<wire::Ipv6>(relayed.data(), 14).destination), ip("fd80:8::2"));
  EXPECT_EQ(at<wire::Esp>(relayed.data(), kEspAt).spi.value(), 8u);
  EXPECT_EQ(opened(relayed), frame);

  // Without a key for the next LISPER, nothing goes there in clear text.
  relay.tables.apply(SetOutboundSa{ip("fd80:8::2"), nullptr});
  sender.send(kLan03Port, frame);
  relay.send(kExitPort, sender.outputs[0].frame);
  EXPECT_TRUE(relay.outputs.empty());
  EXPECT_EQ(relay.count(Reason::kNoKey), 1u);
}

TEST_F(Esp, WorksOverIpv4) {
  LisperConfig near = site04();
  near.exits[0].ip = ip("10.4.0.2");
  near.local_networks.erase(near.local_networks.begin(), near.local_networks.begin() + 2);
  LisperConfig far = near;
  near.lispers[0].ip = far.exits[0].ip = ip("10.8.0.2");
  far.lispers[0].ip = ip("10.4.0.2");
  Bench a(near, &ipsec_mb());
  Bench b(far, &ipsec_mb());
  a.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kMapped, 2}, 0});
  b.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kLocal, 0}, 0});
  a.tables.apply(SetOutboundSa{ip("10.8.0.2"), std::make_shared<OutboundSa>(parameters(1, key_of(1)))});
  b.tables.apply(SetInboundSas{ip("10.4.0.2"), {std::make_shared<InboundSa>(parameters(1, key_of(1)))}});
  const Buffer frame = ping(kRemote, kB);
  a.send(kLan03Port, frame);
  ASSERT_EQ(a.outputs.size(), 1u);
  const Buffer& packet = a.outputs[0].frame;
  EXPECT_EQ(at<wire::Ipv4>(packet.data(), 14).protocol, 50);
  EXPECT_EQ(wire::ones_sum(Bytes(packet).subspan(14, 20)), 0xffff);
  b.send(kExitPort, packet);
  ASSERT_EQ(b.outputs.size(), 1u);
  EXPECT_EQ(b.outputs[0].frame, frame);
}

TEST_F(Esp, ExplainingChangesNothing) {
  share_key();
  const Buffer frame = ping(kRemote, kB);
  const auto told = explain(frame, kLan03Port, here.tables, site04(), here.now, &ipsec_mb());
  EXPECT_EQ(out->packets, 0u);
  EXPECT_EQ(told.back().text, "forward to e0, " + std::to_string(sealed(frame).size()) + " bytes");
  EXPECT_THAT(told, ::testing::Contains(
                        ::testing::Field(&Step::text, "fd80:4::2 > fd80:8::2, ESP with SPI " + std::to_string(kSpi))));

  const Buffer packet = sealed(frame);
  for (int i = 0; i < 2; ++i) {
    const auto steps = explain(packet, kExitPort, there.tables, site08(), there.now, &ipsec_mb());
    EXPECT_EQ(steps.back().text, "forward to e03, 98 bytes");
    EXPECT_THAT(steps, ::testing::Contains(::testing::Field(
                           &Step::text, "ESP of fd80:4::2, SPI " + std::to_string(kSpi) + ", number 2, decrypted")));
  }
  EXPECT_FALSE(opened(packet).empty());
}

RC_GTEST_FIXTURE_PROP(Esp, EachNumberIsUsedOnceAndEachPacketAcceptedOnce, ()) {
  share_key();
  const auto lengths = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(8, 1300));
  std::vector<Buffer> packets;
  std::set<std::uint64_t> ivs;
  for (const std::size_t length : lengths) {
    packets.push_back(sealed(ping(kRemote, kB, length)));
    ivs.insert(at<wire::Esp>(packets.back().data(), kEspAt).iv.value());
  }
  RC_ASSERT(ivs.size() == packets.size());
  for (const Buffer& packet : packets) RC_ASSERT(!opened(packet).empty());
  for (const Buffer& packet : packets) RC_ASSERT(opened(packet).empty());
}

}  // namespace
}  // namespace lisper::crypto
