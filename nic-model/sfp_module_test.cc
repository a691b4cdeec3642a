#include "nic-model/sfp_module.h"

#include <gtest/gtest.h>

namespace lisper::nic {
namespace {

/// A host at the bus, as UM10204 3.1 describes one.
struct Host {
  SfpModule module;

  void start() {
    module.drive(false, true);
    module.drive(true, true);
    module.drive(true, false);
    module.drive(false, false);
  }
  void stop() {
    module.drive(false, false);
    module.drive(true, false);
    module.drive(true, true);
  }
  bool bit(bool out) {
    module.drive(false, out);
    module.drive(true, out);
    const bool in = module.data();
    module.drive(false, out);
    return in;
  }
  /// Whether it was acknowledged.
  bool send(unsigned byte) {
    for (int i = 7; i >= 0; --i) bit((byte >> i & 1) != 0);
    return !bit(true);
  }
  unsigned receive(bool more) {
    unsigned byte = 0;
    for (int i = 0; i < 8; ++i) byte = byte << 1 | (bit(true) ? 1 : 0);
    bit(!more);
    return byte;
  }
};

TEST(SfpModule, IsReadByteByByte) {
  Host host;
  for (const unsigned offset : {0u, 3u, 38u}) {
    host.start();
    ASSERT_TRUE(host.send(0xa0));
    ASSERT_TRUE(host.send(offset));
    host.start();
    ASSERT_TRUE(host.send(0xa1));
    EXPECT_EQ(host.receive(false), SfpModule::description(static_cast<std::uint8_t>(offset)));
    host.stop();
  }
}

TEST(SfpModule, IsReadInSequence) {
  Host host;
  host.start();
  host.send(0xa0);
  host.send(37);
  host.start();
  host.send(0xa1);
  EXPECT_EQ(host.receive(true), 0x00u);
  EXPECT_EQ(host.receive(true), 0x1bu);
  EXPECT_EQ(host.receive(false), 0x21u);
  EXPECT_TRUE(host.bit(true));  // the bus is released
}

TEST(SfpModule, AnswersToItsAddressOnly) {
  Host host;
  host.start();
  EXPECT_FALSE(host.send(0xa4));
  EXPECT_FALSE(host.send(0x00));
}

}  // namespace
}  // namespace lisper::nic
