#include "nic-model/tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>

#include "nic-model/registers.h"

namespace lisper::nic {

namespace {

namespace fs = std::filesystem;

constexpr const char* kDevices = "/sys/bus/pci/devices";

Result<void> failed(const std::string& what) { return fail(fmt::format("{}: {}", what, std::strerror(errno))); }

Result<void> put(const fs::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file) return failed(path);
  return {};
}

Result<FileDescriptor> fifo(const fs::path& path) {
  if (::mkfifo(path.c_str(), 0600) != 0) return tl::unexpected(failed(path).error());
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return tl::unexpected(failed(path).error());
  return fd;
}

Result<void> free_huge_pages() {
  const fs::path file = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
  std::size_t pages = 0;
  if (std::ifstream(file) >> pages && pages > 0) return {};
  return fail("no free huge pages of 2 MB\nhint: echo 512 > /proc/sys/vm/nr_hugepages");
}

Result<void> enter_namespace() {
  if (::geteuid() != 0) return fail("needs root: for a mount namespace, and for the physical addresses of huge pages");
  if (auto ok = free_huge_pages(); !ok) return ok;
  if (!fs::is_directory(kDevices)) return fail(fmt::format("{}: there is no PCI bus to put ports on", kDevices));
  if (::unshare(CLONE_NEWNS) != 0) return failed("cannot make a mount namespace");
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("cannot make mounts private");
  if (::mount("nic82599", kDevices, "tmpfs", MS_NOSUID, "mode=0755") != 0) return failed("cannot mount a tmpfs");
  return {};
}

/// DPDK takes the hugetlbfs that it finds mounted: leave it but ours, so that nothing stays behind in the others.
Result<void> mount_huge_pages(const fs::path& folder) {
  std::ifstream mounts("/proc/self/mounts");
  std::string device;
  std::string place;
  std::string type;
  for (std::string rest; mounts >> device >> place >> type && std::getline(mounts, rest);)
    if (type == "hugetlbfs") ::umount2(place.c_str(), MNT_DETACH);
  fs::create_directory(folder);
  if (::mount("nic82599", folder.c_str(), "hugetlbfs", MS_NOSUID, "pagesize=2M") != 0)
    return failed("cannot mount a hugetlbfs");
  return {};
}

/// The part of the configuration space (9.3) that is looked at.
std::string configuration() {
  std::array<char, 256> bytes{};
  constexpr std::array<unsigned char, 4> kIds{0x86, 0x80, 0xfb, 0x10};
  std::memcpy(bytes.data(), kIds.data(), kIds.size());
  bytes[4] = 2;  // memory space on, bus master off
  bytes[0x0a] = 0;
  bytes[0x0b] = 2;  // network controller, Ethernet
  bytes[0x3d] = 1;  // INTA#
  return {bytes.data(), bytes.size()};
}

Result<void> add_port(Tree& tree, std::uint32_t index, const std::string& address) {
  const fs::path folder = fs::path(kDevices) / address;
  const fs::path uio = fmt::format("uio{}", index);
  fs::create_directories(folder / "uio" / uio);
  fs::create_directory_symlink(folder, folder / "uio" / uio / "device");
  fs::create_directory_symlink(folder / "uio" / uio, tree.root / "uio" / uio);
  fs::create_directory_symlink(tree.root / "drivers" / "uio_pci_generic", folder / "driver");

  const std::uint64_t base = 0xe0000000u + index * reg::kBarBytes;
  constexpr unsigned kMemory = 0x200;  // IORESOURCE_MEM
  std::string resources = fmt::format("{:#018x} {:#018x} {:#018x}\n", base, base + reg::kBarBytes - 1, kMemory);
  for (int i = 1; i < 13; ++i) resources += fmt::format("{0:#018x} {0:#018x} {0:#018x}\n", 0);

  const std::pair<const char*, std::string> files[] = {{"vendor", "0x8086\n"},
                                                       {"device", "0x10fb\n"},
                                                       {"subsystem_vendor", "0x8086\n"},
                                                       {"subsystem_device", "0x7a11\n"},
                                                       {"class", "0x020000\n"},
                                                       {"numa_node", "-1\n"},
                                                       {"max_vfs", "0\n"},
                                                       {"config", configuration()},
                                                       {"resource", resources},
                                                       {"resource0", ""}};
  for (const auto& [name, content] : files)
    if (auto ok = put(folder / name, content); !ok) return ok;

  const fs::path bar = folder / "resource0";
  struct stat status {};
  if (::truncate(bar.c_str(), reg::kBarBytes) != 0 || ::stat(bar.c_str(), &status) != 0) return failed(bar);
  tree.channel->bars[index] = {status.st_dev, status.st_ino};

  auto interrupt = fifo(tree.root / "dev" / uio);
  if (!interrupt) return tl::unexpected(interrupt.error());
  tree.interrupts.push_back(std::move(*interrupt));
  return {};
}

Result<Channel*> make_channel(const fs::path& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  void* memory = MAP_FAILED;
  if (fd && ::ftruncate(fd.get(), sizeof(Channel)) == 0)
    memory = ::mmap(nullptr, sizeof(Channel), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return tl::unexpected(failed(path).error());
  return new (memory) Channel{};
}

}  // namespace

Result<Tree> plant(const std::vector<std::string>& pci_addresses) {
  if (auto ok = enter_namespace(); !ok) return tl::unexpected(ok.error());
  Tree tree;
  // A name that no scan of the bus takes for a device.
  tree.root = fs::path(kDevices) / ".nic82599";
  for (const char* folder : {"dev", "uio", "run", "drivers/uio_pci_generic"})
    fs::create_directories(tree.root / folder);
  if (auto ok = mount_huge_pages(tree.root / "huge"); !ok) return tl::unexpected(ok.error());
  auto channel = make_channel(tree.root / "channel");
  if (!channel) return tl::unexpected(channel.error());
  tree.channel = *channel;
  tree.channel->ports = static_cast<std::uint32_t>(pci_addresses.size());
  auto doorbell = fifo(tree.root / "doorbell");
  if (!doorbell) return tl::unexpected(doorbell.error());
  tree.doorbell = std::move(*doorbell);
  auto lifeline = fifo(tree.root / "lifeline");
  if (!lifeline) return tl::unexpected(lifeline.error());
  tree.lifeline = std::move(*lifeline);
  for (std::uint32_t i = 0; i < pci_addresses.size(); ++i)
    if (auto ok = add_port(tree, i, pci_addresses[i]); !ok) return tl::unexpected(ok.error());
  return tree;
}

}  // namespace lisper::nic
