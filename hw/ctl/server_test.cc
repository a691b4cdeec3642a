#include "hw/ctl/server.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "hw/ctl/testing.h"
#include "hw/ctl/unix_address.h"

namespace lisper::hw::ctl {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A client whose calls give the server its turns.
class Client {
 public:
  Client(Server& server, const std::filesystem::path& path)
      : server_(server), fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    const auto address = unix_address(path);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&*address), sizeof *address), 0);
    turn();
  }
  ~Client() { leave(); }

  void say(std::string_view text) {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    turn();
  }
  /// The next line; "" at the end of the stream; "(nothing)" if none comes.
  std::string hear() {
    for (int i = 0; i < 1000; ++i) {
      if (const auto end = in_.find('\n'); end != std::string::npos) {
        const std::string line = in_.substr(0, end);
        in_.erase(0, end + 1);
        return line;
      }
      char buffer[65536];
      const auto got = read(fd_, buffer, sizeof buffer);
      if (got == 0) return "";
      if (got > 0) in_.append(buffer, static_cast<std::size_t>(got));
      server_.poll_once();
    }
    return "(nothing)";
  }
  void say_no_more() { shutdown(fd_, SHUT_WR); }
  void leave() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  void turn() {
    for (int i = 0; i < 4; ++i) server_.poll_once();
  }

 private:
  Server& server_;
  int fd_;
  std::string in_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    char name[] = "/tmp/lisper-ctl-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ServerTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start(ServerLimits limits = {}) {
    auto server = Server::listen(path(), handler_, limits);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "run" / "site04.sock"; }
  [[nodiscard]] bool wants_a_turn() const {
    pollfd waiting{.fd = server_->fd(), .events = POLLIN, .revents = 0};
    return poll(&waiting, 1, 0) == 1;
  }

  std::filesystem::path folder_;
  testing::FakeHandler handler_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, SocketIsOursAloneAndGoesWithTheServer) {
  start();
  struct stat status {};
  ASSERT_EQ(lstat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(ServerTest, ReplacesAStaleSocket) {
  std::filesystem::create_directories(path().parent_path());
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  const auto address = unix_address(path());
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address), 0);
  close(fd);
  ASSERT_TRUE(std::filesystem::exists(path()));
  start();
}

TEST_F(ServerTest, RefusesASocketInUseAndAnythingElse) {
  start();
  const auto second = Server::listen(path(), handler_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
  EXPECT_TRUE(std::filesystem::exists(path()));

  std::ofstream(folder_ / "file") << "precious";
  const auto file = Server::listen(folder_ / "file", handler_);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("not a socket"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "file"));

  EXPECT_FALSE(Server::listen(folder_ / std::string(120, 'x'), handler_));
}

TEST_F(ServerTest, LeavesTheSocketOfASuccessorAlone) {
  start();
  std::filesystem::remove(path());
  const auto successor = Server::listen(path(), handler_);
  ASSERT_TRUE(successor);
  server_.reset();
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(ServerTest, AnswersEachRequest) {
  start();
  Client client(*server_, path());
  client.say("{\"show\":\"status\",\"rows\":1}\n");
  const auto status = nlohmann::json::parse(client.hear());
  EXPECT_EQ(status["ok"], true);
  EXPECT_EQ(status["status"]["name"], "site04");
  EXPECT_EQ(status["status"]["node"]["fib"].size(), 1u);
  client.say("{\"clear\":\"counters\"}\n");
  EXPECT_EQ(client.hear(), R"({"ok":true})");
  EXPECT_EQ(handler_.cleared, 1);
  client.say("{\"look_up\":{\"iid\":251,\"mac\":\"02:00:00:00:00:02\"}}\n");
  EXPECT_EQ(client.hear(), R"({"ok":true,"leads_to":"interface e1 for 02:00:00:00:00:02"})");
  client.say("{\"look_up\":{\"iid\":1,\"mac\":\"02:00:00:00:00:02\"}}\n");
  EXPECT_EQ(client.hear(), R"({"ok":false,"error":"IID 1 is not configured","hint":""})");
  client.say("nonsense\n");
  EXPECT_THAT(client.hear(), StartsWith(R"({"ok":false,"error":"not JSON)"));
}

TEST_F(ServerTest, TakesRequestsInPiecesAndInOneGo) {
  start();
  Client client(*server_, path());
  client.say("{\"clear\":");
  EXPECT_FALSE(wants_a_turn());
  client.say("\"counters\"}\n{\"clear\":\"counters\"}\n{\"clear\":\"counters\"}");
  client.say_no_more();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.hear(), R"({"ok":true})");
  EXPECT_EQ(client.hear(), "");
  EXPECT_EQ(handler_.cleared, 3);
}

TEST_F(ServerTest, CutsOffALineWithoutEnd) {
  start();
  Client client(*server_, path());
  client.say(std::string(2 * kMaxRequest, ' '));
  EXPECT_THAT(client.hear(), HasSubstr("at most 4096 bytes"));
  EXPECT_EQ(client.hear(), "");
}

TEST_F(ServerTest, DoesNotReadFromAClientThatDoesNot) {
  start();
  Client hostile(*server_, path());
  const std::string request = "{\"show\":\"status\",\"rows\":10}\n";
  std::string many;
  while (many.size() < 100'000) many += request;
  hostile.say(many);
  for (int i = 0; i < 10'000 && wants_a_turn(); ++i) server_->poll_once();
  EXPECT_FALSE(wants_a_turn()) << "the socket is full, and nobody reads it";
  Client other(*server_, path());
  other.say("{\"clear\":\"counters\"}\n");
  EXPECT_EQ(other.hear(), R"({"ok":true})");
  for (std::size_t i = 0; i < many.size() / request.size(); ++i)
    ASSERT_THAT(hostile.hear(), StartsWith(R"({"ok":true)"));
}

TEST_F(ServerTest, TracesUntilTheCountIsReached) {
  start();
  Client client(*server_, path());
  client.say("{\"trace\":2,\"port\":\"e0\"}\n");
  EXPECT_EQ(client.hear(), R"({"ok":true,"trace":2})");
  EXPECT_EQ(handler_.tracing, 2u);
  for (int i = 0; i < 3; ++i) server_->publish(testing::sample_packet());
  EXPECT_THAT(client.hear(), HasSubstr(R"("outcome":"drop: bad_cookie")"));
  EXPECT_THAT(client.hear(), HasSubstr("packet"));
  EXPECT_EQ(client.hear(), R"({"done":true,"sent":2,"lost":0})");
  EXPECT_EQ(handler_.stopped, 1);
  client.say("{\"clear\":\"counters\"}\n");
  EXPECT_EQ(client.hear(), R"({"ok":true})");
}

TEST_F(ServerTest, StopsTheTraceOfAClientThatLeaves) {
  start();
  Client client(*server_, path());
  client.say("{\"trace\":1000}\n");
  Client second(*server_, path());
  second.say("{\"trace\":1}\n");
  EXPECT_THAT(second.hear(), HasSubstr("another client"));
  client.leave();
  second.turn();
  EXPECT_EQ(handler_.stopped, 1);
  second.say("{\"trace\":1}\n");
  EXPECT_EQ(second.hear(), R"({"ok":true,"trace":1})");
}

TEST_F(ServerTest, TracesForAClientThatSaysNoMore) {
  start();
  Client client(*server_, path());
  client.say("{\"trace\":1}");
  client.say_no_more();
  EXPECT_EQ(client.hear(), R"({"ok":true,"trace":1})");
  server_->publish(testing::sample_packet());
  EXPECT_THAT(client.hear(), HasSubstr("packet"));
  EXPECT_THAT(client.hear(), HasSubstr("done"));
  EXPECT_EQ(client.hear(), "");
}

TEST_F(ServerTest, PassesOnWhyATraceCannotStart) {
  start();
  Client client(*server_, path());
  client.say("{\"trace\":1,\"port\":\"e9\"}\n");
  EXPECT_THAT(client.hear(), HasSubstr(R"(no port \"e9\")"));
  EXPECT_EQ(handler_.stopped, 0);
}

TEST_F(ServerTest, LosesTracedPacketsOfASlowClientAndSaysHowMany) {
  start({.unsent_trace = 10'000});
  Client client(*server_, path());
  client.say("{\"trace\":5000}\n");
  for (int i = 0; i < 5000; ++i) server_->publish(testing::sample_packet());
  EXPECT_THAT(client.hear(), HasSubstr("trace"));
  int seen = 0;
  std::string line = client.hear();
  for (; line.find("packet") != std::string::npos; line = client.hear()) ++seen;
  const auto done = nlohmann::json::parse(line);
  EXPECT_EQ(done["sent"], seen);
  EXPECT_EQ(done["lost"], 5000 - seen);
  EXPECT_GT(done["lost"], 0);
}

TEST_F(ServerTest, CutsOffIdleClientsButNotATracingOne) {
  start({.idle = 20ms});
  Client idle(*server_, path());
  Client tracing(*server_, path());
  tracing.say("{\"trace\":1}\n");
  EXPECT_THAT(tracing.hear(), HasSubstr("trace"));
  std::this_thread::sleep_for(60ms);
  EXPECT_TRUE(wants_a_turn()) << "for the timer";
  EXPECT_EQ(idle.hear(), "");
  server_->publish(testing::sample_packet());
  EXPECT_THAT(tracing.hear(), HasSubstr("packet"));
}

TEST_F(ServerTest, TurnsAwayTooManyClients) {
  start({.clients = 2});
  Client a(*server_, path()), b(*server_, path()), c(*server_, path());
  EXPECT_THAT(c.hear(), HasSubstr("too many clients"));
  EXPECT_EQ(c.hear(), "");
  b.leave();
  Client d(*server_, path());
  d.say("{\"clear\":\"counters\"}\n");
  EXPECT_EQ(d.hear(), R"({"ok":true})");
}

TEST_F(ServerTest, EndsATraceWithTheServer) {
  start();
  Client client(*server_, path());
  client.say("{\"trace\":1}\n");
  ASSERT_EQ(handler_.tracing, 1u);
  // The client's turns are over before its server is.
  client.leave();
  server_.reset();
  EXPECT_EQ(handler_.stopped, 1);
}

}  // namespace
}  // namespace lisper::hw::ctl
