#include "nic-model/command_line.h"

#include <gtest/gtest.h>

namespace lisper::nic {
namespace {

tl::expected<CommandLine, ExitCode> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "nic82599");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

TEST(CommandLine, ProgramComesBehindTheDashes) {
  const auto line = parse({"--ports", "4", "--", "dpdk-testpmd", "-l", "0", "--", "-i"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->pci, (std::vector<std::string>{"0000:03:00.0", "0000:03:00.1", "0000:04:00.0", "0000:04:00.1"}));
  EXPECT_EQ(line->program, (std::vector<std::string>{"dpdk-testpmd", "-l", "0", "--", "-i"}));
  EXPECT_EQ(line->wire.kind, WireChoice::Kind::kCross);
}

TEST(CommandLine, AddressesAndWire) {
  const auto line = parse({"--pci", "0000:05:00.0,0000:06:00.0", "--wire", "tap:lan", "--", "true"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->pci.size(), 2u);
  EXPECT_EQ(line->wire.kind, WireChoice::Kind::kTap);
  EXPECT_EQ(line->wire.argument, "lan");
}

TEST(CommandLine, InterfacesAndRate) {
  const auto line =
      parse({"--pci", "ffff:ff:1f.7,0000:0a:00.0", "--wire", "packet:e0,e1", "--rate", "2500M", "--", "true"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->wire.kind, WireChoice::Kind::kPacket);
  EXPECT_EQ(line->wire.interfaces, (std::vector<std::string>{"e0", "e1"}));
  EXPECT_EQ(line->rate, 2'500'000'000u);
  EXPECT_EQ(parse({"--rate", "100M", "--", "true"})->rate, 100'000'000u);
  EXPECT_EQ(parse({"--rate", "10G", "--", "true"})->rate, 10'000'000'000u);
  EXPECT_FALSE(parse({"--", "true"})->rate);
}

TEST(CommandLine, Refuses) {
  const std::vector<std::string> bad[] = {
      {},
      {"--"},
      {"--ports", "0", "--", "true"},
      {"--wire", "tap", "--", "true"},
      {"--wire", "rope", "--", "true"},
      {"--pci", "05:00.0", "--", "true"},
      {"--pci", "0000:05:20.0", "--", "true"},
      {"--pci", "0000:05:00.8", "--", "true"},
      {"--pci", "0000:0g:00.0", "--", "true"},
      {"--pci", "0000:05:00.00", "--", "true"},
      {"--wire", "packet:", "--", "true"},
      {"--rate", "11G", "--", "true"},
      {"--rate", "fast", "--", "true"},
      {"--pci", "0000:05:00.0,0000:05:00.0", "--", "true"},
  };
  for (const auto& words : bad) {
    const auto line = parse(words);
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error(), ExitCode::kBadInput);
  }
}

}  // namespace
}  // namespace lisper::nic
