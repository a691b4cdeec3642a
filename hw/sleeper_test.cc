#include "hw/sleeper.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

namespace lisper::hw {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr TimeNs kLong = seconds(20);  // far more than a test may take

class Sleep : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    sleeper.set_sockets({ends[0]});
  }
  void TearDown() override {
    for (const int fd : ends) close(fd);
  }
  void bring_frame() const { ASSERT_EQ(write(ends[1], "x", 1), 1); }
  [[nodiscard]] Clock::duration sleep(TimeNs most) {
    const auto begin = Clock::now();
    sleeper.sleep(most);
    return Clock::now() - begin;
  }

  std::array<int, 2> ends{};
  Sleeper sleeper;
};

TEST_F(Sleep, EndsInTime) {
  sleeper.prepare();
  EXPECT_GE(sleep(lisper::milliseconds(20)), milliseconds(19));
}

TEST_F(Sleep, IsNoneWhenAFrameIsThere) {
  bring_frame();
  sleeper.prepare();
  EXPECT_LT(sleep(kLong), milliseconds(10'000));
}

TEST_F(Sleep, EndsWhenAFrameComes) {
  sleeper.prepare();
  const std::jthread other([&] {
    std::this_thread::sleep_for(milliseconds(20));
    bring_frame();
  });
  EXPECT_LT(sleep(kLong), milliseconds(10'000));
}

TEST_F(Sleep, IsNoneAfterWhatWasToldSincePreparing) {
  sleeper.prepare();
  sleeper.wake();
  EXPECT_LT(sleep(kLong), milliseconds(10'000));
}

TEST_F(Sleep, WhatWasToldBeforeIsOver) {
  sleeper.wake();  // seen by the look for work after this
  sleeper.prepare();
  EXPECT_GE(sleep(lisper::milliseconds(20)), milliseconds(19));
}

// Work that one thread leaves in any order with the other's going to sleep is found at once.
TEST_F(Sleep, NothingToldIsMissed) {
  constexpr int kRounds = 20'000;
  std::atomic<int> work = 0;
  std::atomic<int> done = 0;
  const auto begin = Clock::now();
  const std::jthread other([&] {
    for (int i = 1; i <= kRounds; ++i) {
      work.store(i, std::memory_order_relaxed);
      sleeper.wake();
      while (done.load(std::memory_order_acquire) != i) std::this_thread::yield();
    }
  });
  while (done.load(std::memory_order_relaxed) != kRounds) {
    sleeper.prepare();
    if (const int found = work.load(std::memory_order_relaxed); found != done.load(std::memory_order_relaxed)) {
      done.store(found, std::memory_order_release);
    } else {
      sleeper.sleep(kLong);
    }
  }
  EXPECT_LT(Clock::now() - begin, milliseconds(15'000));
}

TEST(PacketSockets, AreNoneWhereAnInterfaceHasNone) {
  constexpr unsigned kLoopback = 1;
  EXPECT_TRUE(packet_sockets({kLoopback}).empty());
}

}  // namespace
}  // namespace lisper::hw
