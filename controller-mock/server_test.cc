#include "controller-mock/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

namespace lisper::controller {
namespace {

using testing::HasSubstr;

sockaddr_un address(const std::string& path) {
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  path.copy(a.sun_path, sizeof a.sun_path - 1);
  return a;
}

/// A LISPER's side, by the socket interface alone.
class Lisper {
 public:
  explicit Lisper(const std::string& control) : path_(control), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    auto a = address(control);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  }
  ~Lisper() { std::filesystem::remove(path_); }

  std::string receive() {
    std::string text(256u << 10, '\0');
    auto size = ::recv(fd_.get(), text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
  bool punt(const std::string& to, std::string_view text) {
    auto a = address(to);
    return ::sendto(fd_.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&a), sizeof a) >= 0;
  }

 private:
  std::string path_;
  FileDescriptor fd_;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    char name[] = "/tmp/lisper-controller-XXXXXX";
    directory = ::mkdtemp(name);
    for (auto number : {4, 8}) {
      model::CoreNode core;
      core.control_sock = path("control" + std::to_string(number));
      core.punt_sock = path("punt" + std::to_string(number));
      core.config.interfaces = {{"e0", {}, PortId(0), {}}, {"e1", {}, PortId(1), {}}};
      core.config.exits = {{"x", *parse_ip("fd80:" + std::to_string(number) + "::2"), InterfaceId(0), {}, {}}};
      core.config.local_networks = {{Iid(1), InterfaceId(1), {}}};
      model::Node node;
      node.name = "site" + std::to_string(number);
      node.role = core;
      plan.nodes.push_back(node);
    }
    plan.controller.present = true;
    plan.controller.follow_hosts = true;
  }
  ~ServerTest() override { std::filesystem::remove_all(directory); }

  [[nodiscard]] std::string path(const std::string& name) const { return directory + "/" + name; }
  /// Runs until the LISPER has a message, for at most 5 s.
  static std::string next(Server& server, Lisper& lisper) {
    for (int i = 0; i < 500; ++i) {
      if (auto text = lisper.receive(); !text.empty()) return text;
      server.run_once(10, -1);
    }
    return "nothing";
  }

  std::string directory;
  model::Plan plan;
};

TEST_F(ServerTest, CarriesMessagesBothWays) {
  Lisper site4(path("control4")), site8(path("control8"));
  {
    Server server(plan, {}, 1);
    ASSERT_TRUE(server.start());
    EXPECT_THAT(next(server, site4), HasSubstr(R"("rles": [{"rle": "fd80:8::2")"));
    EXPECT_THAT(next(server, site8), HasSubstr(R"("rles": [{"rle": "fd80:4::2")"));
    ASSERT_TRUE(site4.punt(path("punt4"), R"({"type":"discovery","source-eid":"0000-0000-aa03","interface":"e1"})"));
    EXPECT_THAT(next(server, site8), HasSubstr(R"("eid-prefix": "0000-0000-aa03/48")"));
    ASSERT_TRUE(site4.punt(path("punt4"), R"({"type":"restart"})"));
    EXPECT_THAT(next(server, site4), HasSubstr("entire-map-cache"));
  }
  EXPECT_FALSE(std::filesystem::exists(path("punt4")));
  EXPECT_FALSE(std::filesystem::exists(path("punt8")));
}

TEST_F(ServerTest, FindsALisperThatComesLaterOrBack) {
  Server server(plan, {0}, 1);
  ASSERT_TRUE(server.start());
  EXPECT_EQ(server.size(), 1u);
  for (int life = 0; life < 2; ++life) {
    Lisper site4(path("control4"));
    if (life > 0) {  // what is sent into the closed socket shows that it is gone
      ASSERT_TRUE(site4.punt(path("punt4"), R"({"type":"restart"})"));
    }
    EXPECT_THAT(next(server, site4), HasSubstr("fd80:8::2"));
  }
}

TEST_F(ServerTest, WaitsForALisperThatReadsSlowly) {
  for (int i = 0; i < 100; ++i) {
    model::ControllerAction raw;
    raw.kind = model::ControllerAction::Kind::kRaw;
    raw.raw = std::to_string(i);
    plan.controller.actions.push_back(raw);
  }
  plan.controller.follow_hosts = false;
  Lisper site4(path("control4"));
  Server server(plan, {0}, 1);
  ASSERT_TRUE(server.start());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(next(server, site4), std::to_string(i));
}

TEST_F(ServerTest, KeepsTheTimelineAtItsSpeed) {
  model::ControllerAction raw;
  raw.kind = model::ControllerAction::Kind::kRaw;
  raw.at = seconds(1000);
  raw.raw = "late";
  plan.controller.actions = {raw};
  plan.controller.follow_hosts = false;
  Lisper site4(path("control4"));
  Server server(plan, {0}, 10'000);
  ASSERT_TRUE(server.start());
  EXPECT_EQ(next(server, site4), "late");
}

TEST_F(ServerTest, ReplacesOnlyStaleSockets) {
  { std::ofstream(path("punt8")) << "precious"; }
  {
    Server server(plan, {}, 1);
    auto started = server.start();
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().message, HasSubstr(path("punt8")));
    EXPECT_FALSE(std::filesystem::exists(path("punt4")));
  }
  EXPECT_TRUE(std::filesystem::exists(path("punt8")));
  std::filesystem::remove(path("punt8"));

  {
    Lisper left_behind(path("punt8"));
    EXPECT_FALSE(PuntSocket::bind(path("punt8")));
  }
  {
    // A process that was killed leaves its file.
    FileDescriptor fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
    auto a = address(path("punt8"));
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path("punt8")));
  EXPECT_TRUE(PuntSocket::bind(path("punt8")));
  EXPECT_FALSE(PuntSocket::bind("/nowhere/at/all"));
  EXPECT_FALSE(PuntSocket::bind(std::string(200, 'x')));
}

}  // namespace
}  // namespace lisper::controller
