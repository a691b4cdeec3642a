#include "lab/hw_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::lab {
namespace {

using testing::ElementsAre;

model::Node site() {
  model::Node node;
  node.name = "site";
  node.role = model::CoreNode{.config = {}, .control_sock = {}, .punt_sock = {}, .management_port = 1};
  for (const char* name : {"e0", "management", "lan"}) node.ports.emplace_back().name = name;
  return node;
}

const HwPlace kPlace{.programs = "/bin", .scenario = "s.json", .control = "/c", .interfaces = {"e0", "m", "port2"}};

TEST(HwCommand, OnInterfaces) {
  EXPECT_THAT(
      hw_command(site(), kPlace, Nic::kInterfaces).value(),
      ElementsAre("/bin/lisper-hw", "s.json", "--node", "site", "--bind", "e0=net_af_packet0,iface=e0,framecnt=2048",
                  "--bind", "lan=net_af_packet2,iface=port2,framecnt=2048", "--idle", "sleep", "--ctl", "/c",
                  "--no-huge"));
}

TEST(HwCommand, OnModelledCards) {
  EXPECT_THAT(hw_command(site(), kPlace, Nic::k82599).value(),
              ElementsAre("/bin/nic82599", "--pci", "0000:03:00.0,0000:03:00.1", "--wire", "packet:e0,port2", "--",
                          "/bin/lisper-hw", "s.json", "--node", "site", "--bind", "e0=0000:03:00.0", "--bind",
                          "lan=0000:03:00.1", "--idle", "sleep", "--ctl", "/c"));
}

TEST(HwCommand, TheScenariosAddressesNeedNoBinding) {
  model::Node node = site();
  node.ports[2].pci = "0000:03:00.0";
  const auto command = hw_command(node, kPlace, Nic::k82599).value();
  EXPECT_EQ(command[2], "0000:03:00.1,0000:03:00.0");
  EXPECT_THAT(command, testing::Contains("e0=0000:03:00.1"));
  EXPECT_THAT(command, testing::Not(testing::Contains(testing::StartsWith("lan="))));
}

TEST(HwCommand, RefusesMorePortsThanThereAreModels) {
  model::Node node = site();
  HwPlace place = kPlace;
  for (int i = 0; i < 7; ++i) {
    node.ports.emplace_back().name = "more";
    place.interfaces.emplace_back("more");
  }
  EXPECT_FALSE(hw_command(node, place, Nic::k82599));
  EXPECT_TRUE(hw_command(node, place, Nic::kInterfaces));
}

}  // namespace
}  // namespace lisper::lab
