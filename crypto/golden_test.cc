// Packets that another implementation sealed, tests/data/esp/make.py: the core seals the same frames to the same bytes,
// and opens them.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/forward/testing.h"
#include "crypto/ipsec_mb.h"

namespace lisper::crypto {
namespace {

using namespace lisper::testing;

struct Golden {
  int version = 0;
  std::string key;
  std::string salt;
  std::uint32_t spi = 0;
  std::uint64_t number = 0;
  Buffer frame;
  Buffer esp;
};

std::vector<Golden> read_golden() {
  std::ifstream in("tests/data/esp/scapy.txt");
  std::vector<Golden> all;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    Golden golden;
    std::string frame;
    std::string esp;
    words >> golden.version >> golden.key >> golden.salt >> golden.spi >> golden.number >> frame >> esp;
    golden.frame = hex(frame);
    golden.esp = hex(esp);
    all.push_back(std::move(golden));
  }
  return all;
}

/// A LISPER with one Ethernet and one LISPER beside it, of either IP version.
struct Lisper : Bench {
  static constexpr LocationId kLan{0};
  static constexpr LocationId kPeer{1};

  Lisper(const char* own, const char* peer) : Bench(config(own, peer), &ipsec_mb()) {}

  static LisperConfig config(const char* own, const char* peer) {
    LisperConfig config = site04();
    config.exits[0].ip = ip(own);
    config.lispers[0].ip = ip(peer);
    config.local_networks = {config.local_networks[2]};
    return config;
  }
  void put(const Buffer& frame, LocationId at, FibKind kind) {
    const auto& destination = at_<wire::Ethernet>(frame).destination;
    tables.apply(SetEntry{NetworkId(1), destination, {kind, at.value}, 0});
  }
  template <typename T>
  static const T& at_(const Buffer& frame) {
    return lisper::at<T>(frame.data());
  }
};

SaParameters parameters(const Golden& golden) {
  SaParameters parameters{golden.spi, {}, *ipsec_mb().make_key(CryptoEngine::Algorithm::kAesGcm, hex(golden.key))};
  std::ranges::copy(hex(golden.salt), parameters.salt.begin());
  return parameters;
}

TEST(Golden, TheSameFramesGiveTheSameBytes) {
  const auto all = read_golden();
  ASSERT_EQ(all.size(), 192u);
  for (const Golden& golden : all) {
    const bool v6 = golden.version == 6;
    const char* const peer = v6 ? "fd80:8::2" : "10.8.0.2";
    Lisper lisper(v6 ? "fd80:4::2" : "10.4.0.2", peer);
    lisper.put(golden.frame, Lisper::kPeer, FibKind::kMapped);
    const auto sa = std::make_shared<OutboundSa>(parameters(golden));
    sa->packets = golden.number - 1;
    lisper.tables.apply(SetOutboundSa{ip(peer), sa});
    lisper.send(kLan03Port, golden.frame);
    ASSERT_EQ(lisper.outputs.size(), 1u);
    const Buffer& packet = lisper.outputs[0].frame;
    EXPECT_EQ(Buffer(packet.begin() + 14 + (v6 ? 40 : 20), packet.end()), golden.esp);
  }
}

TEST(Golden, TheirPacketsAreOpened) {
  for (const Golden& golden : read_golden()) {
    const bool v6 = golden.version == 6;
    const char* const peer = v6 ? "fd80:4::2" : "10.4.0.2";
    const char* const own = v6 ? "fd80:8::2" : "10.8.0.2";
    Lisper lisper(own, peer);
    lisper.put(golden.frame, Lisper::kLan, FibKind::kLocal);
    const auto sa = std::make_shared<InboundSa>(parameters(golden));
    sa->window.start_at(golden.number - 1);
    lisper.tables.apply(SetInboundSas{ip(peer), {sa}});
    const Buffer packet = v6 ? ipv6(peer, own, 50, golden.esp) : ipv4(peer, own, 50, golden.esp);
    lisper.send(kExitPort, ethernet("00:00:00:00:01:04", "00:00:00:00:00:04",
                                    v6 ? wire::kEtherTypeIpv6 : wire::kEtherTypeIpv4, packet));
    ASSERT_EQ(lisper.outputs.size(), 1u);
    EXPECT_EQ(lisper.outputs[0].frame, golden.frame);
  }
}

}  // namespace
}  // namespace lisper::crypto
