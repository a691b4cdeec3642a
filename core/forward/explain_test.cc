#include "core/forward/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "core/base/random.h"
#include "core/forward/testing.h"

namespace lisper {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr NetworkId kNetwork{1};

/// Every kind of place: tunnels over IP and UDP with cookies of all lengths, a VLAN, an IPv4 exit.
LisperConfig mixed_config() {
  LisperConfig c = site04();
  c.exits.push_back({"e0v4", ip("10.5.0.1"), InterfaceId(0), {}, mac("00:00:00:00:00:04")});
  c.exits.push_back({"e0held", ip("10.6.0.1"), InterfaceId(0), ip("10.6.0.9"), {}});
  c.lispers.push_back({ip("10.6.0.2"), ExitId(2), Cookie{7, 4}});
  const auto tunnel = [&](std::uint32_t session, Transport transport, std::uint8_t cookie_length, bool counter) {
    TunnelConfig t;
    t.ip = ip("10.5.0.2");
    t.exit = ExitId(1);
    t.transport = transport;
    t.session_id = t.remote_session_id = SessionId(session);
    t.cookie = t.remote_cookie = {0, cookie_length};
    t.counter = counter;
    c.local_networks.push_back({Iid(1), {}, t});
  };
  tunnel(1, Transport::kUdp, 8, false);
  tunnel(2, Transport::kIp, 4, true);
  c.interfaces.push_back({"e13.5", mac("00:00:00:00:01:05"), PortId(2), 5, 1400});
  c.local_networks.push_back({Iid(2), InterfaceId(3), {}});
  c.policies = {{Iid(1)}};
  c.policies[0].suppress_arp = true;
  return c;
}

std::vector<std::string> lines(const std::vector<Step>& steps) {
  std::vector<std::string> result;
  for (const Step& step : steps)
    result.push_back(step.stage + ": " + step.text + (step.clause.empty() ? "" : " (" + step.clause + ")"));
  return result;
}

TEST(Explain, TellsTheWayToARemoteLisper) {
  Bench bench(site04());
  bench.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kMapped, kSite08.value}, 0});
  const Buffer frame = l2tp_ipv6("fd80:2::2", "fd80:4::2", 2, 0x1122334455667788, ping(kRemote, kA));
  EXPECT_THAT(lines(explain(frame, kExitPort, bench.tables, site04(), bench.now)),
              ElementsAre("port: e0, 164 bytes", "outer: fd80:2::2 > fd80:4::2, L2TPv3 over IP",
                          "session: session 2 of fd80:2::2 is IID 1, a tunnel", "cookie: cookie matches",
                          "decapsulated: 98 bytes, 00:00:00:00:aa:01 > 00:00:00:00:aa:05, IPv4",
                          "source: 00:00:00:00:aa:01 is new at tunnel fd80:2::2 session 2",
                          "look up: 00:00:00:00:aa:05 is at lisper fd80:8::2", "encapsulate: fd80:4::2 > fd80:8::2",
                          "verdict: forward to e0, 164 bytes"));
}

TEST(Explain, TellsWhyNot) {
  Bench bench(site04());
  const auto told = [&](std::uint32_t session, std::uint64_t cookie, const Buffer& inner) {
    return lines(explain(l2tp_ipv6("fd80:2::2", "fd80:4::2", session, cookie, inner), kExitPort, bench.tables, site04(),
                         bench.now));
  };
  EXPECT_THAT(told(2, 1, ping(kAll, kA)),
              ElementsAre(StartsWith("port: "), StartsWith("outer: "), StartsWith("session: session 2 of fd80:2::2"),
                          "cookie: cookie differs (RFC 3931 8.2)",
                          "verdict: drop: bad_cookie: cookie differs from the configured one (RFC 3931 8.2)"));
  EXPECT_THAT(told(9, 1, ping(kAll, kA)), ElementsAre(StartsWith("port: "), StartsWith("outer: "),
                                                      "session: no session 9 of fd80:2::2 is configured (RFC 3931 4.1)",
                                                      StartsWith("verdict: drop: unknown_session: ")));
  EXPECT_THAT(told(2, 0x1122334455667788, ping(kAll, kAll)).back(), StartsWith("verdict: drop: group_source: "));
  EXPECT_THAT(lines(explain(Buffer(7), kLan03Port, bench.tables, site04(), bench.now)),
              ElementsAre("port: e03, 7 bytes", StartsWith("verdict: drop: runt_frame: ")));
}

TEST(Explain, TellsOfEachCopy) {
  Bench bench(site04());
  bench.tables.apply(SetReplication{Tables::flood_list(kNetwork), {kTunnel1, kLan03, kSite08}});
  EXPECT_THAT(lines(explain(ping(kAll, kB), kLan03Port, bench.tables, site04(), bench.now)),
              ElementsAre("port: e03, 98 bytes", "port: interface e03 of IID 1",
                          "decapsulated: 98 bytes, 00:00:00:00:aa:03 > ff:ff:ff:ff:ff:ff, IPv4",
                          "source: 00:00:00:00:aa:03 is new at interface e03",
                          "look up: ff:ff:ff:ff:ff:ff goes to the flood list of IID 1",
                          "copy: to tunnel fd80:1::2 session 1: forward to e0, 164 bytes",
                          StartsWith("copy: none to interface e03: destination is where the frame came from"),
                          "copy: to lisper fd80:8::2: forward to e0, 164 bytes", "verdict: replicate, 2 copies"));
}

TEST(Explain, TellsOfPrefixesLocatorSetsAndErrors) {
  Bench bench(site04());
  bench.tables.apply(SetLocators{LocatorSetId(3), {{kSite08, 1, 50}, {kTunnel1, 2, 50}}});
  bench.tables.apply(SetPrefixes{kNetwork, {{mac("00:00:00:00:aa:00"), 40, {FibKind::kSet, 3}}}});
  auto told = lines(explain(ping(kRemote, kB), kLan03Port, bench.tables, site04(), bench.now));
  EXPECT_THAT(told, ::testing::Contains("look up: 00:00:00:00:aa:05 is in 00:00:00:00:aa:00/40, at 2 locators"));
  EXPECT_THAT(told, ::testing::Contains("look up: of the locators this flow has lisper fd80:8::2 (RFC 9301 5.4)"));
  told = lines(explain(ping(kRemote, kB, 1440), kLan03Port, bench.tables, site04(), bench.now));
  EXPECT_THAT(told, ::testing::Contains(HasSubstr("an ICMP error goes back")));
  EXPECT_THAT(told.back(), StartsWith("verdict: forward to e03, "));
}

TEST(Explain, TellsOfAnAnswer) {
  LisperConfig config = site04();
  config.policies = {{Iid(1)}};
  config.policies[0].suppress_arp = true;
  Bench bench(config);
  bench.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kMapped, kSite08.value}, 0});
  bench.tables.apply(SetBinding{{kNetwork, ip("10.0.0.3")}, {mac(kB), {}, 0}});
  bench.tables.apply(SetBinding{{kNetwork, ip("10.0.0.5")}, {mac(kRemote), {}, 0}});
  const auto told =
      lines(explain(arp_request(kB, "10.0.0.3", "10.0.0.5"), kLan03Port, bench.tables, config, bench.now));
  ASSERT_GE(told.size(), 2u);
  EXPECT_EQ(told[told.size() - 2],
            "answer: 10.0.0.5 is known: ARP request or neighbour solicitation answered instead of flooded "
            "(RFC 9161 3.3)");
  EXPECT_EQ(told.back(), "verdict: forward to e03, 42 bytes");
}

/// The verdict in explain()'s words.
std::string verdict_of(const Bench& bench, const LisperConfig& config, const Verdict& verdict,
                       std::size_t forwarded_bytes) {
  switch (verdict.action) {
    case Action::kForward:
      return "forward to " + config.ports[verdict.port.value].name + ", " + std::to_string(forwarded_bytes) + " bytes";
    case Action::kHold:
      return "hold for exit " + config.exits[verdict.exit.value].name;
    case Action::kControl:
      return "control";
    case Action::kQueue:
      return "queue until the controller answers";
    case Action::kReplicate: {
      std::size_t copies = 0;
      for (std::size_t i = 0; i < bench.tables.replication(verdict.list).size(); ++i)
        copies += copy_wanted(verdict, bench.tables, i) ? 1 : 0;
      return "replicate, " + std::to_string(copies) + " copies";
    }
    case Action::kDrop:
      break;
  }
  return "drop: " + std::string(text(verdict.reason).name) + ": ";
}

std::map<std::uint64_t, std::uint64_t> fib_words(const Tables& tables) {
  std::map<std::uint64_t, std::uint64_t> words;
  tables.fib().for_each([&](FibKey key, const Fib::Entry& entry) { words[key.value] = entry.value; });
  return words;
}

std::uint64_t packets_sent(const Tables& tables) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < tables.location_count(); ++i) sum += *tables.location(LocationId(i)).sent;
  return sum;
}

/// Frames of all kinds, some of them damaged, through tables in a random state.
RC_GTEST_PROP(Explain, SaysWhatIsDoneAndChangesNothing, (std::uint64_t seed)) {
  LisperConfig config = mixed_config();
  Random random(seed);
  const bool snoops = random.below(2) == 0;
  config.policies = {{Iid(1), static_cast<UnknownUnicast>(random.below(3)), static_cast<Broadcast>(random.below(2)),
                      snoops ? Multicast::kSnoop : Multicast::kFlood}};
  Bench bench(config);
  bench.now = seconds(static_cast<std::int64_t>(random.below(100)));
  const auto host = [&] { return to_string(MacAddress::from_u64(0xaa00 + random.below(4))); };
  const auto some_location = [&] {
    LocationId id(static_cast<std::uint32_t>(random.below(bench.tables.location_count())));
    while (bench.tables.location(id).network != kNetwork)
      id = LocationId(static_cast<std::uint32_t>(random.below(bench.tables.location_count())));
    return id;
  };
  std::vector<LocationId> flood;
  for (auto n = random.below(6); n > 0; --n) flood.push_back(some_location());
  bench.tables.apply(SetReplication{Tables::flood_list(kNetwork), flood});
  bench.tables.apply(SetReplication{ReplicationListId(3), {some_location(), some_location()}});
  bench.tables.apply(SetLocators{LocatorSetId(2), {{some_location(), 1, 50}, {some_location(), 1, 50}}});
  bench.tables.apply(SetReplication{ReplicationListId(4), {some_location()}});
  if (snoops && random.below(2) == 0)
    bench.tables.apply(
        SetGroupLists{kNetwork, ReplicationListId(3), ReplicationListId(4), Tables::flood_list(kNetwork)});
  const auto some_value = [&]() -> FibValue {
    const auto location = some_location();
    const bool remote = bench.tables.location(location).kind == LocationKind::kLisper;
    switch (random.below(5)) {
      case 0:
        return {FibKind::kSet, 2};
      case 1:
        return {FibKind::kReplicate, 3};
      case 2:
        return {FibKind::kNoLocator, 0};
      default:
        return {remote ? FibKind::kMapped : FibKind::kLocal, location.value};
    }
  };
  const auto address = [&] { return "10.0.0." + std::to_string(random.below(4)); };
  for (int i = 0; i < 4; ++i)
    bench.tables.apply(SetBinding{{kNetwork, ip(address())}, {mac(host()), {}, static_cast<Stamp>(i)}});
  for (int i = 0; i < 2; ++i) bench.tables.apply(SetEntry{kNetwork, mac(host()), some_value(), 0});
  if (random.below(4) == 0) bench.tables.apply(SetFull{some_location(), true});
  if (random.below(4) == 0) bench.tables.apply(SetPin{kNetwork, mac(host()), some_location()});
  if (random.below(2) == 0)
    bench.tables.apply(SetPrefixes{kNetwork, {{MacAddress{}, 0, some_value()}, {mac(host()), 47, some_value()}}});
  if (random.below(4) == 0) bench.tables.apply(SetPortState{kLan03Port, false});
  if (random.below(4) == 0) bench.tables.apply(SetNextHop{ExitId(0), {}, random.below(2) == 0});

  for (int i = 0; i < 20; ++i) {
    const auto size = static_cast<std::size_t>(random.below(8) == 0 ? 1'440 : 40);
    Buffer inner = ping(random.below(4) == 0 ? kAll : host(), host(), size, static_cast<std::uint8_t>(random.below(4)));
    if (random.below(4) == 0) {
      const std::string group = "239.1.1." + std::to_string(random.below(3));
      const bool igmp = random.below(2) == 0;
      inner = ethernet("01:00:5e:01:01:0" + group.substr(group.size() - 1), host(), wire::kEtherTypeIpv4,
                       ipv4("10.0.0.1", random.below(3) == 0 ? "224.0.0.5" : group, igmp ? 2 : 17,
                            igmp ? hex("1600fb00 ef010101") : Buffer(size)));
    }
    Buffer frame;
    PortId port = kExitPort;
    switch (random.below(7)) {
      case 0:
        port = kLan03Port;
        frame = inner;
        break;
      case 1:
        port = kLan13Port;
        frame = inner;
        break;
      case 2:
        frame = l2tp_ipv6("fd80:8::2", "fd80:4::2", 1 + static_cast<std::uint32_t>(random.below(2)), 0, inner);
        break;
      case 3: {
        Buffer payload = raw(Be32(2));
        payload += raw(Be32(0));
        payload += raw(Be32(1));
        payload += inner;
        frame = ethernet("00:00:00:00:01:04", "00:00:00:00:00:04", wire::kEtherTypeIpv4,
                         ipv4("10.5.0.2", "10.5.0.1", wire::kProtocolL2tp, payload));
        break;
      }
      case 4:
        port = random.below(2) == 0 ? kLan03Port : kLan13Port;
        frame = arp_request(host(), address(), address());
        break;
      default:
        frame = l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, inner, static_cast<std::uint8_t>(random.below(4)));
    }
    if (random.below(4) == 0)
      frame[random.below(std::min<std::size_t>(frame.size(), 80))] ^= std::byte(1 + random.below(255));
    if (random.below(8) == 0) frame.resize(random.below(frame.size()));

    const auto before = fib_words(bench.tables);
    const auto sent_before = packets_sent(bench.tables);
    const Buffer asked = frame;
    const auto steps = explain(asked, port, bench.tables, config, bench.now);
    RC_ASSERT(asked == frame);
    RC_ASSERT(fib_words(bench.tables) == before);
    RC_ASSERT(packets_sent(bench.tables) == sent_before);

    bench.shard = Shard(bench.tables.port_count(), bench.tables.network_count());
    const Verdict verdict = bench.send(port, frame);
    const std::size_t sent = bench.outputs.empty() ? 0 : bench.outputs.back().frame.size();
    RC_ASSERT(!steps.empty());
    RC_ASSERT(steps.back().stage == "verdict");
    const std::string expected = verdict_of(bench, config, verdict, sent);
    if (!steps.back().text.starts_with(expected)) RC_FAIL(steps.back().text + " instead of " + expected);
    RC_ASSERT(steps.back().clause == (verdict.action == Action::kDrop ? text(verdict.reason).clause : ""));
    RC_ASSERT(verdict.action != Action::kReplicate || std::ranges::count_if(steps, [](const Step& step) {
                                                        return step.stage == "copy" &&
                                                               step.text.find(": forward to ") != std::string::npos;
                                                      }) == std::ssize(bench.outputs));
  }
}

}  // namespace
}  // namespace lisper
