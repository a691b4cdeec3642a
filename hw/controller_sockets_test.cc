#include "hw/controller_sockets.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace lisper::hw {
namespace {

/// What a controller does with the same system calls.
struct Peer {
  explicit Peer(const std::string& path) {
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  }
  ~Peer() { close(fd); }
  bool bind_here() const {
    unlink(address.sun_path);
    return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool send_to(const std::string& text) const {
    return sendto(fd, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
           static_cast<ssize_t>(text.size());
  }
  [[nodiscard]] std::string receive() const {
    std::string text(4000, '\0');
    const ssize_t size = recv(fd, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
  int fd = -1;
  sockaddr_un address{};
};

class Sockets : public ::testing::Test {
 protected:
  Sockets() {
    folder = ::testing::TempDir() + "lisper-sockets-" + std::to_string(getpid());
    std::filesystem::create_directories(folder);
    control = folder + "/control";
    punt = folder + "/punt";
  }
  ~Sockets() override { std::filesystem::remove_all(folder); }
  std::string folder, control, punt;
};

TEST_F(Sockets, TakesWholeDatagramsInOrder) {
  auto sockets = ControllerSockets::open(control, punt);
  ASSERT_TRUE(sockets);
  EXPECT_FALSE(sockets->receive());
  const Peer controller(control);
  // The largest that the live controller's kernel carries.
  const std::string large(212'960, 'x');
  ASSERT_TRUE(controller.send_to("{}"));
  ASSERT_TRUE(controller.send_to(large));
  EXPECT_EQ(sockets->receive(), "{}");
  EXPECT_EQ(sockets->receive(), large);
  EXPECT_FALSE(sockets->receive());
  EXPECT_EQ(sockets->truncated(), 0u);
}

TEST_F(Sockets, TakesAnEmptyDatagram) {
  auto sockets = ControllerSockets::open(control, punt);
  ASSERT_TRUE(sockets);
  ASSERT_TRUE(Peer(control).send_to(""));
  EXPECT_EQ(sockets->receive(), "");
  EXPECT_FALSE(sockets->receive());
}

TEST_F(Sockets, NoticesThatTheControllerCameAndCameAnew) {
  auto sockets = ControllerSockets::open(control, punt);
  ASSERT_TRUE(sockets);
  EXPECT_FALSE(sockets->look_for_controller(seconds(1)));
  sockets->punt("nobody hears this");
  EXPECT_EQ(sockets->punts_lost(), 1u);

  auto first = std::make_unique<Peer>(punt);
  ASSERT_TRUE(first->bind_here());
  EXPECT_TRUE(sockets->look_for_controller(seconds(2)));
  EXPECT_FALSE(sockets->look_for_controller(seconds(3))) << "it is there still";
  sockets->punt("one");
  EXPECT_EQ(first->receive(), "one");

  first.reset();  // its file stays, as a killed process leaves it
  sockets->punt("lost");
  EXPECT_FALSE(sockets->connected());
  const Peer second(punt);
  ASSERT_TRUE(second.bind_here());
  EXPECT_TRUE(sockets->look_for_controller(seconds(4)));
  sockets->punt("two");
  EXPECT_EQ(second.receive(), "two");
}

TEST_F(Sockets, NoticesARestartThoughNothingWasSent) {
  auto sockets = ControllerSockets::open("", punt);
  ASSERT_TRUE(sockets);
  const Peer first(punt);
  ASSERT_TRUE(first.bind_here());
  EXPECT_TRUE(sockets->look_for_controller(seconds(1)));
  const Peer second(punt);
  ASSERT_TRUE(second.bind_here()) << "as the live one does: rm, then bind";
  EXPECT_TRUE(sockets->look_for_controller(seconds(2)));
  sockets->punt("hello");
  EXPECT_EQ(second.receive(), "hello");
  EXPECT_EQ(first.receive(), "");
}

TEST_F(Sockets, AControllerThatDoesNotReadLosesPuntsAndDelaysNobody) {
  auto sockets = ControllerSockets::open("", punt);
  ASSERT_TRUE(sockets);
  const Peer stopped(punt);
  ASSERT_TRUE(stopped.bind_here());
  ASSERT_TRUE(sockets->look_for_controller(seconds(1)));
  constexpr int kSent = 5000;
  for (int i = 0; i < kSent; ++i) sockets->punt(std::to_string(i));
  EXPECT_GT(sockets->punts_lost(), 0u);
  // What it finds when it goes on is in order, and nothing is missing but what was counted.
  int read = 0;
  for (int round = 0; round < 1000; ++round) {
    for (std::string text = stopped.receive(); !text.empty(); text = stopped.receive())
      EXPECT_EQ(text, std::to_string(read++));
    EXPECT_FALSE(sockets->look_for_controller(seconds(1)));
  }
  EXPECT_EQ(static_cast<std::uint64_t>(read) + sockets->punts_lost(), static_cast<std::uint64_t>(kSent));
}

TEST_F(Sockets, ReplacesAStaleSocketAndNothingElse) {
  {
    const Peer dead(control);
    ASSERT_TRUE(dead.bind_here());
  }
  ASSERT_TRUE(std::filesystem::exists(control));
  {
    auto sockets = ControllerSockets::open(control, "");
    ASSERT_TRUE(sockets) << sockets.error().message;
    auto second = ControllerSockets::open(control, "");
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("another program"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(control)) << "it goes with its owner";
  std::ofstream(control) << "a file";
  EXPECT_FALSE(ControllerSockets::open(control, ""));
  EXPECT_TRUE(std::filesystem::exists(control));
}

}  // namespace
}  // namespace lisper::hw
