#include "lab/vm/virtual_machine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "lab/netns.h"
#include "lab/parallel.h"
#include "lab/vm/guest_command.h"
#include "model/load.h"

// Two Apps whose tunnels end at each other: a real virtual machine, and another one or a host above lisper-endpoint.
namespace lisper::lab {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

struct Case {
  const char* name;
  bool v6;
  const char* tunnel;  ///< members of the scenario's `tunnel`; {0} is this App's number, {1} the other one's
};

const Case kKeyedIpv6{"keyed IPv6", true, ""};

std::string app(const Case& c, int own) {
  const char* prefix = c.v6 ? "fd80::" : "192.0.2.";
  return fmt::format(
      R"({{"type": "app", "underlay": {{"ip": "{0}{1}/{3}", "gateway": "{0}{2}"}}, "vm": {{"ip": ["10.0.0.{1}/24", "fd00::{1}/64"],
                     "mtu": 1400}}, "tunnel": {{"ip": "{0}{2}", "session_id": {1}, "remote_session_id": {2} {4}}}}})",
      prefix, own, 3 - own, c.v6 ? 64 : 24, fmt::format(fmt::runtime(c.tunnel), own, 3 - own));
}

class VirtualMachines : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (::geteuid() != 0) {
      missing_ = "making network namespaces needs root";
      return;
    }
    auto image = GuestImage::prepare(LISPER_TEST_CACHE, [](std::string_view what) { fmt::print("{}\n", what); });
    if (image) {
      image_ = *image;
    } else {
      missing_ = image.error().message;
    }
  }

  void SetUp() override {
    if (!image_) GTEST_SKIP() << missing_;
  }

  void build(const Case& c) {
    fs::create_directories(folder_);
    const std::string text = fmt::format(
        R"({{"nodes": {{"a": {}, "b": {}}}, "links": [{{"endpoints": ["a:e0", "b:e0"]}}]}})", app(c, 1), app(c, 2));
    std::ofstream(scenario_) << text;
    auto loaded = model::load_scenario(scenario_);
    ASSERT_TRUE(loaded) << loaded.error().render();
    plan_ = std::move(loaded->plan);
    ASSERT_TRUE(add_netns(spaces_));
    ip(fmt::format("-n {} link add e0 type veth peer e0 netns {}", spaces_[0], spaces_[1]));
    for (const auto& space : spaces_) {
      ASSERT_TRUE(must_run({"ethtool", "-K", "e0", "tx", "off"}, space));
      ip(fmt::format("-n {} link set e0 up", space));
    }
  }

  void TearDown() override {
    machines_.clear();
    endpoint_.reset();
    if (!plan_.nodes.empty()) {
      EXPECT_TRUE(delete_netns(spaces_));
    }
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  static void ip(const std::string& command) {
    const auto done = run({"sh", "-c", "ip " + command});
    ASSERT_TRUE(done && done->status == 0) << command << ": " << (done ? done->err : done.error().message);
  }

  /// App number `i`, in its namespace, where its underlay's address is the kernel's own.
  void boot(std::vector<std::size_t> apps) {
    std::vector<std::optional<VirtualMachine>> booted(apps.size());
    for (const std::size_t i : apps) {
      const auto& c = std::get<model::CoreNode>(plan_.nodes[2 * i + 1].role).config;
      ip(fmt::format("-n {} addr add {}/{} dev e0 {}", spaces_[i], to_string(c.exits[0].ip),
                     c.exits[0].ip.is_v4() ? 24 : 64, c.exits[0].ip.is_v4() ? "" : "nodad"));
    }
    const auto done = parallel(apps.size(), [&](std::size_t i) -> Result<void> {
      auto config = vm_config(plan_, 2 * apps[i]);
      if (!config) return tl::unexpected(config.error());
      config->folder = folder_ / config->name;
      config->netns = spaces_[apps[i]];
      auto machine = VirtualMachine::boot(*config, *image_);
      if (!machine) return tl::unexpected(machine.error());
      booted[i] = std::move(*machine);
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
    for (auto& machine : booted) machines_.push_back(std::move(*machine));
  }

  /// App b as lisper-endpoint, with a TAP device that is the host.
  void start_endpoint() {
    const FileDescriptor log(::dup(STDERR_FILENO));
    auto started = Process::spawn({.argv = {LISPER_ENDPOINT, scenario_.string(), "--node", "b.l2tp", "--port",
                                            "e0=packet:e0", "--port", "vm=tap:t0"},
                                   .netns = spaces_[1],
                                   .err = log.get()});
    ASSERT_TRUE(started);
    endpoint_ = std::move(*started);
    ip(
        fmt::format("netns exec {0} sh -c 'until ip link set t0 mtu 1400 up; do sleep 0.1; done' 2> /dev/null; "
                    "ip -n {0} addr add 10.0.0.2/24 dev t0; ip -n {0} addr add fd00::2/64 dev t0 nodad",
                    spaces_[1]));
  }

  static void expect_pings(const VirtualMachine& from, const char* address) {
    const auto ping = from.run({"ping", "-c", "20", "-i", "0.05", "-s", "1000", "-W", "5", address}, seconds(60));
    ASSERT_TRUE(ping) << ping.error().message;
    EXPECT_EQ(ping->status, 0) << ping->out << ping->err;
    EXPECT_NE(ping->out.find(" 0% packet loss"), std::string::npos) << ping->out;
  }

  static std::optional<GuestImage> image_;
  static std::string missing_;

  const std::string id_ = fmt::format("lvm{}", ::getpid());
  const fs::path folder_ = fs::temp_directory_path() / id_;
  const fs::path scenario_ = folder_ / "apps.json";
  const std::vector<std::string> spaces_{id_ + "-a", id_ + "-b"};
  model::Plan plan_;
  std::vector<VirtualMachine> machines_;
  std::optional<Process> endpoint_;
};

std::optional<GuestImage> VirtualMachines::image_;
std::string VirtualMachines::missing_;

TEST_F(VirtualMachines, PingAndTransferToEachOther) {
  ASSERT_NO_FATAL_FAILURE(build(kKeyedIpv6));
  ASSERT_NO_FATAL_FAILURE(boot({0, 1}));
  expect_pings(machines_[0], "10.0.0.2");
  expect_pings(machines_[1], "fd00::1");

  const auto server = machines_[1].run({"iperf3", "-s", "-1", "-D"}, seconds(20));
  ASSERT_TRUE(server && server->status == 0);
  const auto client = machines_[0].run({"iperf3", "-c", "10.0.0.2", "-n", "4M", "-J"}, seconds(120));
  ASSERT_TRUE(client) << client.error().message;
  ASSERT_EQ(client->status, 0) << client->out;
  const auto json = nlohmann::json::parse(client->out);
  EXPECT_GE(json.at("end").at("sum_sent").at("bytes").get<std::uint64_t>(), 4'000'000u);
  EXPECT_GT(json.at("end").at("sum_received").at("bytes").get<std::uint64_t>(), 2'000'000u);
}

TEST_F(VirtualMachines, RunProgramsAsTheHostWould) {
  ASSERT_NO_FATAL_FAILURE(build(kKeyedIpv6));
  ASSERT_NO_FATAL_FAILURE(boot({0}));
  const VirtualMachine& machine = machines_[0];

  const auto failed = machine.run({"sh", "-c", "echo 'it'\\''s out'; echo err >&2; exit 3"}, seconds(20));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->status, 3);
  EXPECT_EQ(failed->out, "it's out\n");
  EXPECT_EQ(failed->err, "err\n");
  const auto large = machine.run({"dd", "if=/dev/zero", "bs=1000", "count=3000"}, seconds(60));
  ASSERT_TRUE(large);
  EXPECT_EQ(large->out, std::string(3'000'000, '\0'));
  const auto late = machine.run({"sleep", "100"}, seconds(1));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->status, 128 + SIGTERM);

  // Several at a time, and more than there can be.
  std::vector<GuestCommand> running;
  for (std::size_t i = 0; i < kGuestCommands; ++i) {
    auto command = GuestCommand::start(folder_ / "a", {"sleep", "10"}, seconds(60));
    ASSERT_TRUE(command) << command.error().message;
    running.push_back(std::move(*command));
  }
  EXPECT_FALSE(machine.run({"true"}, seconds(1)));
  // One that nobody waits for any more does not disturb the next one on its socket.
  running.pop_back();
  const auto next = machine.run({"echo", "next"}, seconds(90));
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->out, "next\n");

  // The clock agrees with ours.
  const auto date = machine.run({"date", "+%s"}, seconds(20));
  ASSERT_TRUE(date);
  EXPECT_NEAR(std::stod(date->out), static_cast<double>(std::time(nullptr)), 2);
}

TEST_F(VirtualMachines, PassSignalsOn) {
  ASSERT_NO_FATAL_FAILURE(build(kKeyedIpv6));
  ASSERT_NO_FATAL_FAILURE(boot({0}));
  auto out = memory_file();
  ASSERT_TRUE(out);
  const std::vector<std::string> argv{LISPER_GUEST_EXEC, (folder_ / "a").string(), "--", "ping", "127.0.0.1"};
  auto ping = Process::spawn({.argv = argv, .out = out->get()});
  ASSERT_TRUE(ping);
  std::this_thread::sleep_for(seconds(2));
  ping->signal(SIGINT);  // upon which ping prints its statistics
  EXPECT_EQ(ping->wait(seconds(20)), 0);
  EXPECT_NE(read_all(out->get()).find(" 0% packet loss"), std::string::npos);
}

TEST_F(VirtualMachines, EndWithTheirQemu) {
  ASSERT_NO_FATAL_FAILURE(build(kKeyedIpv6));
  ASSERT_NO_FATAL_FAILURE(boot({0}));
  auto command = GuestCommand::start(folder_ / "a", {"sleep", "30"}, seconds(60));
  ASSERT_TRUE(command);
  machines_[0].process().end(seconds(5));
  EXPECT_FALSE(command->poll(seconds(5)));
  EXPECT_FALSE(machines_[0].run({"true"}, seconds(1)));
}

TEST_F(VirtualMachines, TellWhyTheyDoNotBoot) {
  ASSERT_NO_FATAL_FAILURE(build(kKeyedIpv6));
  auto config = vm_config(plan_, 0);
  ASSERT_TRUE(config);
  config->folder = folder_ / "a";
  config->netns = spaces_[0];  // where its address is nobody's
  const auto machine = VirtualMachine::boot(*config, *image_);
  ASSERT_FALSE(machine);
  EXPECT_NE(machine.error().message.find("l2tpv3"), std::string::npos) << machine.error().message;
}

/// QEMU is the judge of what lisper-endpoint sends, and the other way round.
class BesideEndpoint : public VirtualMachines, public ::testing::WithParamInterface<Case> {};

TEST_P(BesideEndpoint, PingsIt) {
  ASSERT_NO_FATAL_FAILURE(build(GetParam()));
  ASSERT_NO_FATAL_FAILURE(start_endpoint());
  ASSERT_NO_FATAL_FAILURE(boot({0}));
  expect_pings(machines_[0], "10.0.0.2");
  expect_pings(machines_[0], "fd00::2");
  EXPECT_EQ(endpoint_->end(seconds(5)), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Tunnels, BesideEndpoint,
    ::testing::Values(
        Case{"v6", true, R"(, "cookie": "0123456789abcde{0}", "remote_cookie": "0123456789abcde{1}")"},
        Case{"v4_none", false, R"(, "cookie_length": 0)"},
        Case{"v4_counter", false, R"(, "cookie_length": 4, "cookie": "89abcdef", "counter": true)"},
        Case{"v6_udp", true, R"(, "transport": "udp", "source_port": 1701)"},
        Case{"v4_udp_counter", false,
             R"(, "transport": "udp", "local_port": 2000, "remote_port": 2000, "source_port": 2000, "counter": true)"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace lisper::lab
