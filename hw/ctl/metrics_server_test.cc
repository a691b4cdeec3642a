#include "hw/ctl/metrics_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "hw/ctl/prometheus.h"
#include "hw/ctl/testing.h"

namespace lisper::hw {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Connection() { close(fd_); }
  void say(std::string_view text) { send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  std::string hear_all() {
    std::string heard;
    char buffer[4096];
    for (ssize_t got; (got = recv(fd_, buffer, sizeof buffer, 0)) > 0;)
      heard.append(buffer, static_cast<std::size_t>(got));
    return heard;
  }

 private:
  int fd_;
};

std::string get(std::uint16_t port, const std::string& request) {
  Connection connection(port);
  connection.say(request + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return connection.hear_all();
}

std::unique_ptr<MetricsServer> start(MetricsServer::Source source = testing::sample_status) {
  auto server = MetricsServer::start("127.0.0.1:0", std::move(source));
  EXPECT_TRUE(server) << server.error().message;
  return std::move(*server);
}

TEST(MetricsServer, ServesMetrics) {
  const auto server = start();
  const std::string answer = get(server->port(), "GET /metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n" + to_prometheus(testing::sample_status())));
}

TEST(MetricsServer, ServesALinkAndNothingElse) {
  const auto server = start();
  EXPECT_THAT(get(server->port(), "GET /"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("href=\"/metrics\"")));
  EXPECT_THAT(get(server->port(), "GET /../etc/passwd"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(get(server->port(), "POST /metrics"), StartsWith("HTTP/1.1 405"));
}

TEST(MetricsServer, AnswersSeveralRequestsOfAConnection) {
  const auto server = start();
  Connection connection(server->port());
  connection.say("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answers = connection.hear_all();
  EXPECT_NE(answers.find("HTTP/1.1 200"), answers.rfind("HTTP/1.1 200"));
}

TEST(MetricsServer, SurvivesNonsenseAndClientsThatSayNothing) {
  const auto server = start();
  Connection silent(server->port());
  Connection nonsense(server->port());
  nonsense.say("\x16\x03\x01 hello\r\n\r\n");
  EXPECT_EQ(nonsense.hear_all(), "");
  Connection endless(server->port());
  endless.say("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'));
  EXPECT_EQ(endless.hear_all(), "");
  EXPECT_THAT(get(server->port(), "GET /"), StartsWith("HTTP/1.1 200"));
}

TEST(MetricsServer, SurvivesASourceThatFails) {
  int looks = 0;
  const auto server = start([&]() -> Status {
    if (++looks == 1) throw std::runtime_error("not now");
    return testing::sample_status();
  });
  EXPECT_EQ(get(server->port(), "GET /metrics"), "");
  EXPECT_THAT(get(server->port(), "GET /metrics"), StartsWith("HTTP/1.1 200"));
}

TEST(MetricsServer, SaysWhyItCannotStart) {
  const auto server = start();
  const auto second = MetricsServer::start("127.0.0.1:" + std::to_string(server->port()), testing::sample_status);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
  for (const char* address : {"", "9101", "localhost:9101", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:1x", "::1:x"})
    EXPECT_FALSE(MetricsServer::start(address, testing::sample_status)) << address;
  const auto elsewhere = MetricsServer::start("192.0.2.1:0", testing::sample_status);
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(elsewhere.error().message, HasSubstr("192.0.2.1:0: "));
}

TEST(MetricsServer, SpeaksIpv6) {
  const auto server = MetricsServer::start("[::1]:0", testing::sample_status);
  if (!server) GTEST_SKIP() << server.error().message;
  EXPECT_NE((*server)->port(), 0);
}

}  // namespace
}  // namespace lisper::hw
