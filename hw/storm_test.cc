// A controller at its worst, while frames go round a node as fast as they can. Each frame that is lost is missed.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "core/base/random.h"
#include "hw/clock.h"
#include "hw/eal.h"
#include "hw/runner.h"
#include "hw/testing.h"

namespace lisper::hw {
namespace {

using namespace lisper::hw::testing;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kShare = 20;  // sanitizers are slow; what they look for shows in a part of the storm as well
#else
constexpr std::uint64_t kShare = 1;
#endif

/// A controller that only talks; blocking, as the live one is.
class Controller {
 public:
  explicit Controller(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
    address_.sun_family = AF_UNIX;
    std::strncpy(address_.sun_path, path.c_str(), sizeof address_.sun_path - 1);
  }
  ~Controller() { close(fd_); }
  bool say(std::string_view text) const {
    return sendto(fd_, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) >= 0;
  }

 private:
  int fd_;
  sockaddr_un address_{};
};

std::string entry(std::uint64_t n) {
  return fmt::format(
      R"({{"type": "map-cache", "opcode": "add", "eid-prefix": "{:04x}-{:04x}-{:04x}/48", "rlocs": [{{"rloc": "fd80::c", "priority": "1", "weight": "50", "port": "4341"}}], "instance-id": "1"}})",
      0x0600 | (n >> 32 & 0xff), n >> 16 & 0xffff, n & 0xffff);
}

/// `count` map-cache entries, as many a datagram as the kernel carries.
void flood(const Controller& controller, std::uint64_t count) {
  constexpr std::uint64_t kEach = 1000;
  for (std::uint64_t first = 0; first < count; first += kEach) {
    std::string text = R"({"type": "entire-map-cache", "entries": [)";
    for (std::uint64_t n = first; n < std::min(first + kEach, count); ++n) text += (n == first ? "" : ", ") + entry(n);
    ASSERT_TRUE(controller.say(text + "]}"));
  }
}

void say_garbage(const Controller& controller) {
  Random random(7);
  for (int i = 0; i < static_cast<int>(20'000 / kShare); ++i) {
    std::string text = entry(random.below(1000));
    switch (random.below(3)) {
      case 0:
        text.resize(random.below(text.size()));
        break;
      case 1:
        text[random.below(text.size())] = static_cast<char>(random.below(256));
        break;
      default:
        for (char& c : text) c = static_cast<char>(random.below(256));
    }
    ASSERT_TRUE(controller.say(text));
  }
}

class Storm : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    EalOptions options{.program = "storm_test",
                       .huge_pages = false,
                       .memory = std::size_t{200} << 20,
                       .pci = {},
                       .worker_cpus = {usable_cpus()},
                       .control_cpus = usable_cpus(),
                       .extra = {}};
    const auto started = start_eal(options);
    ASSERT_TRUE(started) << started.error().message;
  }

  /// Frames go round while `storm` rages; none may be missing afterwards. Returns the control plane's counters.
  report::NodeResult survive(const std::function<void(const std::string& path)>& storm, std::size_t fib = 1000) {
    model::CoreNode plan = looped_node();
    plan.config.lispers.push_back({testing::ip("fd80::c"), ExitId(0), std::nullopt});
    plan.config.punts = true;
    Loop loop(64, static_cast<std::int64_t>(fib), 1, plan);
    const std::string folder = ::testing::TempDir() + "lisper-storm-" + std::to_string(getpid());
    std::filesystem::create_directories(folder);
    auto sockets = ControllerSockets::open(folder + "/control", folder + "/punt");
    EXPECT_TRUE(sockets);
    const Clock clock;
    Runner runner(*loop.node, *sockets, clock, Idle::kPoll, {});
    report::NodeResult result;
    const auto look = [&] {
      runner.call([&] { result = loop.node->control().gather(clock.now(), 0).node; });
      return std::pair(clock.now(), static_cast<double>(result.ports["e0"]["rx_packets"]));
    };
    double calm = 0, stormy = 0;  // [frames/ns]
    std::thread weather;
    const auto ran = runner.run([&] {
      weather = std::thread([&] {
        const auto rate = [](const auto& from, const auto& to) {
          return (to.second - from.second) / static_cast<double>((to.first - from.first).ns);
        };
        const auto first = look();
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        const auto before = look();
        storm(folder + "/control");
        const auto after = look();
        calm = rate(first, before);
        stormy = rate(before, after);
        runner.call([&] { runner.stop(); });
      });
    });
    EXPECT_TRUE(ran);
    weather.join();
    const unsigned left = loop.drain();
    EXPECT_EQ(left, kFrames) << "every frame is still under way";
    std::printf("%u of %u frames still under way; %.1f million a second in calm, %.1f in the storm\n", left, kFrames,
                calm * 1e3, stormy * 1e3);
    const report::Counters& port = result.ports["e0"];
    EXPECT_GT(port.at("rx_packets"), 10u * kFrames) << "they did go round";
    for (const auto& [name, value] : port)
      EXPECT_TRUE(name.starts_with("rx_") || name.starts_with("tx_") || name.starts_with("punt_"))
          << name << " " << value;
    std::filesystem::remove_all(folder);
    return result;
  }
};

TEST_F(Storm, AMillionEntries) {
  constexpr std::uint64_t kEntries = 1'000'000 / kShare;
  const auto result = survive([](const std::string& path) {
    const Controller controller(path);
    flood(controller, kEntries);
  });
  // The last datagrams may still wait in the socket.
  EXPECT_GT(result.control.at("entries_set"), kEntries - 12'000);
  EXPECT_FALSE(result.control.contains("malformed"));
}

TEST_F(Storm, GarbageAndTruncatedDatagrams) {
  const auto result = survive([](const std::string& path) {
    const Controller controller(path);
    say_garbage(controller);
  });
  EXPECT_GT(result.control.at("malformed"), 10'000u / kShare);
}

TEST_F(Storm, RestartsAndClearsTheMapCacheAgainAndAgain) {
  survive([](const std::string& path) {
    for (int i = 0; i < static_cast<int>(100 / kShare); ++i) {
      const Controller controller(path);
      flood(controller, 2000);
      ASSERT_TRUE(controller.say(R"({"type": "entire-map-cache", "entries": []})"));
    }
  });
}

}  // namespace
}  // namespace lisper::hw
