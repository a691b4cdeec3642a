#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "hw/doctor/checks.h"
#include "hw/doctor/render.h"

namespace lisper::hw::doctor {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kCard = "0000:05:00.0";

/// A made-up machine on which nothing lacks: an 82599 bound to vfio-pci, and another card that is the way out.
class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() {
    char name[] = "/tmp/lisper-ctl-test-XXXXXX";
    root_ = mkdtemp(name);
    for (const char* driver : {"ixgbe", "tap", "af_packet", "pcap", "ring", "null", "memif"})
      write(std::string("/usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0/librte_net_") + driver + ".so", "");
    write("/proc/self/status", "Name:\tdoctor\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nCpus_allowed_list:\t0-3\n");
    write("/proc/self/limits", "Limit  Soft  Hard  Units\nMax locked memory         8388608    8388608    bytes\n");
    write("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "512\n");
    write("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "400\n");
    fs::create_directories(at("/dev/hugepages"));
    write("/proc/mounts", "proc /proc proc rw 0 0\nhugetlbfs /dev/hugepages hugetlbfs rw,pagesize=2M 0 0\n");
    write("/sys/devices/system/cpu/online", "0-3\n");
    write("/sys/devices/system/cpu/isolated", "1-3\n");
    write("/sys/devices/system/cpu/nohz_full", "1-3\n");
    for (const char* cpu : {"0", "1", "2", "3"}) {
      const std::string folder = std::string("/sys/devices/system/cpu/cpu") + cpu;
      write(folder + "/cpufreq/scaling_governor", "performance\n");
      write(folder + "/topology/thread_siblings_list", std::string(cpu) + "\n");
    }
    write("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu constant_tsc nonstop_tsc\n");
    write("/dev/net/tun", "");
    write("/proc/net/protocols", "protocol  size\nPACKET    1600\nXDP       1088\nUNIX      1152\n");
    write("/proc/modules", "");
    fs::create_directories(at("/sys/bus/pci/drivers/vfio-pci"));
    fs::create_directories(at("/sys/kernel/iommu_groups/17"));
    write("/dev/vfio/17", "");
    card(kCard, "0x8086", "0x10fb", "vfio-pci");
    link(std::string("/sys/bus/pci/devices/") + kCard + "/iommu_group", "../../../kernel/iommu_groups/17");
    card("0000:00:03.0", "0x1af4", "0x1041", "virtio-pci");
    write("/sys/bus/pci/devices/0000:00:03.0/virtio1/net/eth0/mtu", "1500\n");
    write("/sys/class/net/eth0/carrier", "1\n");
    card("0000:00:02.0", "0x1234", "0x1111", "", "0x030000");  // a display
    routes("eth0");
  }
  ~DoctorTest() override { fs::remove_all(root_); }

  [[nodiscard]] fs::path at(const std::string& path) const { return root_ / path.substr(1); }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories(at(path).parent_path());
    std::ofstream(at(path)) << text;
  }
  void remove(const std::string& path) const { ASSERT_GT(fs::remove_all(at(path)), 0u) << path; }
  void link(const std::string& path, const std::string& target) const {
    fs::remove(at(path));
    fs::create_symlink(target, at(path));
  }
  void card(const std::string& address, const std::string& vendor, const std::string& device, const std::string& driver,
            const std::string& pci_class = "0x020000") const {
    const std::string folder = "/sys/bus/pci/devices/" + address;
    write(folder + "/class", pci_class + "\n");
    write(folder + "/vendor", vendor + "\n");
    write(folder + "/device", device + "\n");
    write(folder + "/numa_node", "-1\n");
    if (!driver.empty()) link(folder + "/driver", "../../../bus/pci/drivers/" + driver);
  }
  void routes(const std::string& interface) const {
    write("/proc/net/route",
          "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n" + interface +
              "\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\neth7\t000200C0\t00000000\t0001\t0\t0\t0\t"
              "00FFFFFF\t0\t0\t0\n");
  }
  /// As mesh.json's site04 would be with a card.
  [[nodiscard]] Needs node() const {
    return {.node = "site04", .ports = {{"e0", kCard, 1600}}, .control_sock = {}, .punt_sock = {}, .workers = 1};
  }

  [[nodiscard]] Check find(const std::string& id, const Needs& needs = {}) const {
    const Checks checks = diagnose(Machine(root_), needs);
    const auto check = std::ranges::find(checks, id, &Check::id);
    EXPECT_NE(check, checks.end()) << id;
    return check == checks.end() ? Check{} : *check;
  }
  void expect_lack(const std::string& id, Level level, const std::string& fix, const Needs& needs = {}) const {
    const Check check = find(id, needs);
    EXPECT_EQ(check.level, level) << id << ": " << check.found;
    EXPECT_THAT(check.fix, HasSubstr(fix));
    EXPECT_NE(check.why, "");
  }

  fs::path root_;
};

TEST_F(DoctorTest, FindsNothingLackingWhereNothingLacks) {
  const Checks checks = diagnose(Machine(root_), node());
  EXPECT_GE(checks.size(), 16u);
  for (const Check& check : checks) {
    if (check.id == "card 0000:00:03.0") continue;  // the way out
    EXPECT_EQ(check.level, Level::kOk) << check.id << ": " << check.found;
    EXPECT_EQ(check.fix, "");
  }
  EXPECT_TRUE(runs(checks));
  EXPECT_THAT(to_text(checks, node(), false), HasSubstr("0 missing: site04 can run here"));
}

TEST_F(DoctorTest, AnEmptyMachineHasNothing) {
  const Checks checks = diagnose(Machine(root_ / "nowhere"), node());
  EXPECT_FALSE(runs(checks));
  for (const Check& check : checks) {
    EXPECT_NE(check.found, "") << check.id;
    EXPECT_EQ(check.level == Level::kOk, check.fix.empty()) << check.id;
  }
}

TEST_F(DoctorTest, Drivers) {
  EXPECT_THAT(find("dpdk").found, HasSubstr("7 network drivers in /usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0"));
  remove("/usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0/librte_net_ixgbe.so");
  expect_lack("dpdk", Level::kWarn, "apt-get install");
  expect_lack("dpdk", Level::kFail, "apt-get install", node());
  remove("/usr/lib/x86_64-linux-gnu");
  expect_lack("dpdk", Level::kFail, "apt-get install");
}

TEST_F(DoctorTest, HugePages) {
  EXPECT_EQ(find("hugepages").found, "2 MB: 512, 400 free");
  write("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "8\n");
  expect_lack("hugepages", Level::kWarn, "nr_hugepages", node());
  write("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n");
  expect_lack("hugepages", Level::kWarn, "echo 512 > /proc/sys/vm/nr_hugepages");
  expect_lack("hugepages", Level::kFail, "echo 512 > /proc/sys/vm/nr_hugepages", node());
  write("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "1\n");
  write("/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "1\n");
  EXPECT_EQ(find("hugepages").found, "1 GB: 1, 1 free; 2 MB: 512, 0 free");
  EXPECT_EQ(find("hugepages").level, Level::kOk);
  write("/proc/mounts", "proc /proc proc rw 0 0\n");
  expect_lack("hugepages-mount", Level::kFail, "mount -t hugetlbfs", node());
}

TEST_F(DoctorTest, HugePagesOfTheCardsNumaNode) {
  write(std::string("/sys/bus/pci/devices/") + kCard + "/numa_node", "1\n");
  write("/sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages", "0\n");
  expect_lack("numa e0", Level::kWarn,
              "echo 512 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", node());
}

TEST_F(DoctorTest, CardsAreRecognisedByTheirIds) {
  for (const char* id : {"0x10fb", "0x10f7", "0x154d", "0x1557", "0x10fc", "0x1514", "0x10f9", "0x1517", "0x1558"}) {
    card(kCard, "0x8086", id, "vfio-pci");
    EXPECT_THAT(find("card 0000:05:00.0").found, HasSubstr("Intel 82599 [8086:")) << id;
  }
  card(kCard, "0x8086", "0x1572", "vfio-pci");
  EXPECT_THAT(find("card 0000:05:00.0").found, HasSubstr("network card [8086:1572], driver vfio-pci"));
  expect_lack("82599", Level::kWarn, "--bind");
}

TEST_F(DoctorTest, ModelledCardsNeedNothingOfTheKernel) {
  card(kCard, "0x8086", "0x10fb", "uio_pci_generic");
  fs::create_directories(at("/sys/bus/pci/devices/.nic82599"));
  remove("/sys/bus/pci/drivers/vfio-pci");
  remove("/sys/kernel/iommu_groups");
  EXPECT_EQ(find("card 0000:05:00.0", node()).found,
            "Intel 82599 [8086:10fb], modelled by nic82599, driver uio_pci_generic, port e0");
  EXPECT_TRUE(runs(diagnose(Machine(root_), node())));
}

TEST_F(DoctorTest, ACardThatTheKernelHas) {
  card(kCard, "0x8086", "0x10fb", "ixgbe");
  write(std::string("/sys/bus/pci/devices/") + kCard + "/net/ens5/mtu", "1500\n");
  write("/sys/class/net/ens5/carrier", "0\n");
  EXPECT_THAT(find("card 0000:05:00.0").found, HasSubstr("driver ixgbe, ens5 (no link)"));
  expect_lack("card 0000:05:00.0", Level::kWarn, "dpdk-devbind.py --bind=vfio-pci 0000:05:00.0");
  expect_lack("card 0000:05:00.0", Level::kFail, "dpdk-devbind.py --bind=vfio-pci 0000:05:00.0", node());
}

TEST_F(DoctorTest, TheWayOutIsNeverToBeBound) {
  const Check check = find("card 0000:00:03.0");
  EXPECT_EQ(check.level, Level::kWarn);
  EXPECT_THAT(check.found, AllOf(HasSubstr("eth0 (up)"), HasSubstr("way out")));
  EXPECT_THAT(check.why, HasSubstr("never bind it"));
  EXPECT_EQ(check.fix, "");

  card(kCard, "0x8086", "0x10fb", "ixgbe");
  write(std::string("/sys/bus/pci/devices/") + kCard + "/net/ens5/mtu", "1500\n");
  routes("ens5");
  expect_lack("card 0000:05:00.0", Level::kFail, "another card", node());
  EXPECT_THAT(find("card 0000:05:00.0", node()).fix, ::testing::Not(HasSubstr("devbind")));
}

TEST_F(DoctorTest, TheWayOutMayBeOfIpv6) {
  remove("/proc/net/route");
  const std::string zero(32, '0'), gateway = "fe800000000000000000000000000001";
  write("/proc/net/ipv6_route", zero + " 00 " + zero + " 00 " + gateway +
                                    " 00000400 00000003 00000000 00000003     eth0\n" + zero + " 00 " + zero + " 00 " +
                                    zero + " ffffffff 00000001 00000000 00200200       lo\n");
  EXPECT_THAT(find("card 0000:00:03.0").found, HasSubstr("way out"));
}

TEST_F(DoctorTest, OtherDevicesAreNoCards) {
  for (const Check& check : diagnose(Machine(root_), {})) EXPECT_NE(check.id, "card 0000:00:02.0");
}

TEST_F(DoctorTest, Modules) {
  remove("/sys/bus/pci/drivers/vfio-pci");
  write("/proc/sys/kernel/osrelease", "6.1.0-40-amd64\n");
  expect_lack("card-access", Level::kFail, "apt-get install", node());
  write("/lib/modules/6.1.0-40-amd64/modules.dep",
        "kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/vfio.ko\n");
  expect_lack("card-access", Level::kWarn, "modprobe vfio-pci");
  expect_lack("card-access", Level::kFail, "modprobe vfio-pci", node());
  write("/proc/cmdline", "root=/dev/vda nomodule quiet\n");
  expect_lack("card-access", Level::kFail, "CONFIG_VFIO_PCI", node());
  fs::create_directories(at("/sys/bus/pci/drivers/uio_pci_generic"));
  EXPECT_EQ(find("card-access", node()).level, Level::kOk);
}

TEST_F(DoctorTest, Iommu) {
  EXPECT_EQ(find("iommu").found, "1 groups");
  remove("/sys/kernel/iommu_groups");
  expect_lack("iommu", Level::kFail, "intel_iommu=on", node());
  write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
  expect_lack("iommu", Level::kWarn, "intel_iommu=on", node());
}

TEST_F(DoctorTest, Privileges) {
  write("/proc/self/status", "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\nCpus_allowed_list:\t0-3\n");
  const Check check = find("privileges");
  EXPECT_EQ(check.found, "user 1000, without CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK");
  EXPECT_THAT(check.fix, HasSubstr("setcap"));
  expect_lack("memlock", Level::kFail, "ulimit -l", node());
  expect_lack("tap", Level::kWarn, "sudo");
  expect_lack("af_packet", Level::kWarn, "sudo");
  // Bit 13 is CAP_NET_RAW in linux/capability.h.
  write("/proc/self/status", "Uid:\t0\t0\t0\t0\nCapEff:\t0000000000002000\n");
  EXPECT_EQ(find("privileges").found, "root, without CAP_NET_ADMIN, CAP_IPC_LOCK");
  EXPECT_EQ(find("af_packet").level, Level::kOk);
  write("/proc/self/limits", "Max locked memory         unlimited    unlimited    bytes\n");
  EXPECT_EQ(find("memlock", node()).level, Level::kOk);
}

TEST_F(DoctorTest, Cpus) {
  EXPECT_EQ(find("cpus").found, "4 online, this process may use 0-3");
  Needs needs = node();
  needs.workers = 4;
  expect_lack("cpus", Level::kWarn, "--workers 3", needs);
  expect_lack("isolation", Level::kWarn, "isolcpus=1-4", needs);
  write("/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "powersave\n");
  expect_lack("governor", Level::kWarn, "cpupower");
  write("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0,2\n");
  write("/sys/devices/system/cpu/cpu2/topology/thread_siblings_list", "0,2\n");
  EXPECT_EQ(find("smt").found, "CPUs that share a core: 0,2");
  write("/proc/cpuinfo", "flags : fpu constant_tsc\n");
  expect_lack("tsc", Level::kWarn, "nonstop_tsc");
}

TEST_F(DoctorTest, VirtualDevices) {
  remove("/dev/net/tun");
  expect_lack("tap", Level::kWarn, "mknod");
  write("/proc/net/protocols", "UNIX      1152\n");
  expect_lack("af_packet", Level::kWarn, "CONFIG_PACKET");
  expect_lack("af_xdp", Level::kWarn, "CONFIG_XDP_SOCKETS");
  EXPECT_TRUE(runs(diagnose(Machine(root_), {})));
}

TEST_F(DoctorTest, PortsOfTheNode) {
  Needs needs = node();
  needs.ports = {{"e0", "0000:09:00.0", 1500}, {"e1", "", 1500}, {"e2", kCard, 16'000}};
  expect_lack("port e0", Level::kFail, "dpdk-devbind.py --status-dev net", needs);
  expect_lack("port e1", Level::kWarn, "--node site04 --bind e1=net_tap1", needs);
  expect_lack("port e2", Level::kFail, "mtu", needs);
}

TEST_F(DoctorTest, SocketsOfTheNode) {
  Needs needs{.node = "a", .ports = {}, .control_sock = "/run/x/control", .punt_sock = "/run/x/punt"};
  expect_lack("control-socket", Level::kFail, "mkdir -p /run/x", needs);
  expect_lack("controller", Level::kWarn, "lisper-controller", needs);
  fs::create_directories(at("/run/x"));
  EXPECT_EQ(find("control-socket", needs).level, Level::kOk);

  const auto bind_at = [&](const std::string& path) {
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(at(path).native(), address.sun_path);
    EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  };
  const int control = bind_at("/run/x/control"), punt = bind_at("/run/x/punt");
  expect_lack("control-socket", Level::kFail, "fuser", needs);
  EXPECT_EQ(find("controller", needs).level, Level::kOk);
  close(control);
  close(punt);
  EXPECT_THAT(find("control-socket", needs).found, HasSubstr("stale"));
  expect_lack("controller", Level::kWarn, "lisper-controller", needs);
  fs::remove(at("/run/x/control"));
  write("/run/x/control", "a file");
  expect_lack("control-socket", Level::kFail, "mv", needs);
}

TEST(ParseCpuList, TakesWhatTheKernelWrites) {
  using ::testing::ElementsAre;
  EXPECT_THAT(parse_cpu_list("0-2,5\n"), ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(parse_cpu_list(""), ElementsAre());
  EXPECT_THAT(parse_cpu_list("(null)"), ElementsAre());
  EXPECT_LE(parse_cpu_list("0-4294967295").size(), 10'000u);
}

TEST(Render, ListsForPeopleAndMachines) {
  const Checks checks = {{"a", Level::kOk, "fine", "", ""},
                         {"bcd", Level::kWarn, "so so", "because", "do this"},
                         {"e", Level::kFail, "bad", "of that", "do \"that\""}};
  EXPECT_EQ(to_text(checks, {}, false),
            "ok    a    fine\n"
            "warn  bcd  so so\n"
            "           why: because\n"
            "           fix: do this\n"
            "FAIL  e    bad\n"
            "           why: of that\n"
            "           fix: do \"that\"\n"
            "1 ok, 1 to improve, 1 missing: lisper-hw does not run here\n");
  EXPECT_THAT(to_text(checks, {}, true), HasSubstr("\x1b[31mFAIL\x1b[0m  e    bad"));
  const auto json = nlohmann::json::parse(to_json(checks));
  EXPECT_EQ(json["runs"], false);
  EXPECT_EQ(json["checks"][1]["status"], "warn");
  EXPECT_EQ(json["checks"][2]["fix"], "do \"that\"");
}

}  // namespace
}  // namespace lisper::hw::doctor
