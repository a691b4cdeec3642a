#include "core/control/group_message.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "core/forward/testing.h"

namespace lisper {
namespace {

using namespace testing;

/// As tests/data/groups/make.py spells it.
std::string spell(const Result<GroupMessage>& message) {
  if (!message) return "error";
  switch (message->kind) {
    case GroupMessage::Kind::kRouter:
      return "router";
    case GroupMessage::Kind::kQuery:
      return std::string("query ") + (message->from_router ? "router " : "bridge ") +
             std::to_string(message->membership_interval.ns / seconds(1).ns);
    case GroupMessage::Kind::kReport:
      break;
  }
  std::string text = "report";
  for (const auto& record : message->records) text += " " + to_string(record.group) + (record.wanted ? "+" : "-");
  return text;
}

struct Golden {
  std::string expected;
  Buffer frame;
};

/// Those to be written, or all others.
std::vector<Golden> read_golden(bool written = false) {
  std::ifstream in("tests/data/groups/scapy.txt");
  std::vector<Golden> all;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    if (line.starts_with("write ") != written) continue;
    const auto end = line.rfind(": ");
    all.push_back({line.substr(0, end), hex(line.substr(end + 2))});
  }
  return all;
}

TEST(GroupMessage, ReadsWhatScapyWrites) {
  const auto golden = read_golden();
  ASSERT_GE(golden.size(), 36u);
  for (const auto& [expected, frame] : golden) EXPECT_EQ(spell(read_group_message(frame)), expected);
}

TEST(GroupMessage, TruncatedAtEveryByteIsRefused) {
  for (const auto& [expected, frame] : read_golden()) {
    if (expected == "router") continue;  // of a hello only the first byte counts
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const Buffer cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));  // for the sanitizer to guard
      EXPECT_EQ(spell(read_group_message(cut)), "error") << expected << " at " << size;
    }
  }
}

TEST(GroupMessage, EthernetPaddingIsNoPartOfIt) {
  for (auto& [expected, frame] : read_golden()) {
    Buffer padded = frame;
    padded.resize(padded.size() + 18, std::byte{0x55});
    EXPECT_EQ(spell(read_group_message(padded)), expected);
  }
}

TEST(GroupMessage, WritesQueriesAsScapyDoes) {
  const auto golden = read_golden(true);
  ASSERT_EQ(golden.size(), 4u);
  for (const auto& [expected, frame] : golden) {
    std::istringstream words(expected);
    std::string group;
    std::int64_t max_response = 0;
    words >> group >> group >> max_response;
    const auto asked = parse_ip(group);
    const bool ipv6 = asked ? !asked->is_v4() : group == "general6";
    EXPECT_EQ(write_query(mac("00:00:00:00:01:04"), ipv6, asked, milliseconds(max_response)), frame) << expected;
  }
}

TEST(GroupMessage, WritesQueriesThatAreOfNoRouter) {
  for (const char* group : {"239.1.1.1", "ff0e::1:1"}) {
    const bool ipv6 = !ip(group).is_v4();
    for (const auto& asked : {std::optional<IpAddress>(), std::optional(ip(group))}) {
      const auto frame = write_query(mac("00:00:00:00:01:04"), ipv6, asked, seconds(10));
      EXPECT_EQ(spell(read_group_message(frame)), "query bridge 260");
      const MacAddress to = at<wire::Ethernet>(frame.data()).destination;
      EXPECT_EQ(to_string(to), ipv6    ? asked ? "33:33:00:01:00:01" : "33:33:00:00:00:01"
                               : asked ? "01:00:5e:01:01:01"
                                       : "01:00:5e:00:00:01");
    }
  }
}

}  // namespace
}  // namespace lisper
