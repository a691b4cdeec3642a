#include "nic-model/program_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace lisper::nic {

namespace {

// A program may cut a file short while it is mapped here. What then is not there is replaced by zeros: it is the
// program's own loss, and must not be the model's end.
struct Range {
  std::atomic<std::byte*> memory;
  std::atomic<std::size_t> bytes;
  std::atomic<std::size_t> page;
};
std::array<Range, 8192> g_ranges;

void on_bus_error(int, siginfo_t* info, void*) {
  auto* address = static_cast<std::byte*>(info->si_addr);
  for (const Range& range : g_ranges) {
    std::byte* memory = range.memory.load();
    const std::size_t page = range.page.load();
    if (memory == nullptr || address < memory || address >= memory + range.bytes.load()) continue;
    std::byte* start = memory + static_cast<std::size_t>(address - memory) / page * page;
    if (::mmap(start, page, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
      return;
  }
  ::signal(SIGBUS, SIG_DFL);
}

Range* free_range() {
  for (Range& range : g_ranges)
    if (range.memory.load() == nullptr) return &range;
  return nullptr;
}

void forget_range(const std::byte* memory) {
  for (Range& range : g_ranges)
    if (range.memory.load() == memory) range.memory.store(nullptr);
}

}  // namespace

ProgramMemory::ProgramMemory() : pagemap_(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)) {
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

ProgramMemory::~ProgramMemory() {
  for (const auto& [key, piece] : pieces_) {
    forget_range(piece.memory);
    ::munmap(piece.memory, key.bytes);
  }
}

void ProgramMemory::map(int fd, const Key& key) {
  struct statfs system {};
  if (::fstatfs(fd, &system) != 0 || system.f_type != HUGETLBFS_MAGIC) return;
  const auto page = static_cast<std::size_t>(system.f_bsize);
  Range* range = free_range();
  if (key.bytes % page != 0 || range == nullptr) return;
  void* memory = ::mmap(nullptr, key.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, key.offset);
  if (memory == MAP_FAILED) return;
  range->bytes.store(key.bytes);
  range->page.store(page);
  range->memory.store(static_cast<std::byte*>(memory));
  pieces_.emplace(key, Piece{static_cast<std::byte*>(memory), page, true});
}

void ProgramMemory::add_windows(const Key& key, const Piece& piece, std::vector<DmaMemory::Window>& windows) const {
  // Documentation/admin-guide/mm/pagemap.rst of Linux: 8 bytes a small page; bit 63 present, bits 54..0 the frame.
  const auto small = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t at = 0; at < key.bytes; at += piece.page) {
    std::byte* memory = piece.memory + at;
    static_cast<void>(*static_cast<volatile std::byte*>(memory));  // so that it is in our page table
    std::uint64_t entry = 0;
    const auto where = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(memory) / small * sizeof entry);
    if (::pread(pagemap_.get(), &entry, sizeof entry, where) != sizeof entry) continue;
    const std::uint64_t frame = entry & ((std::uint64_t{1} << 55) - 1);
    if (entry >> 63 == 0 || frame == 0) continue;
    windows.push_back({frame * small, {memory, piece.page}});
  }
}

std::vector<DmaMemory::Window> ProgramMemory::find(pid_t process) {
  std::vector<DmaMemory::Window> windows;
  if (process <= 0) return windows;
  for (auto& [key, piece] : pieces_) piece.seen = false;
  std::ifstream maps(fmt::format("/proc/{}/maps", process));
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0;
    unsigned long to = 0;
    unsigned long long offset = 0;
    unsigned long long inode = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s %llx %*s %llu", &from, &to, rights, &offset, &inode) != 5) continue;
    // Huge pages that can be written and shared: of a file or a memfd.
    constexpr unsigned long kSmallestHugePage = 2ul << 20;
    if (inode == 0 || rights[1] != 'w' || rights[3] != 's' || from % kSmallestHugePage != 0 ||
        to % kSmallestHugePage != 0)
      continue;
    const FileDescriptor fd(
        ::open(fmt::format("/proc/{}/map_files/{:x}-{:x}", process, from, to).c_str(), O_RDWR | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) continue;
    const Key key{status.st_dev, status.st_ino, static_cast<off_t>(offset), to - from};
    if (const auto known = pieces_.find(key); known != pieces_.end()) {
      known->second.seen = true;
    } else {
      map(fd.get(), key);
    }
  }
  std::erase_if(pieces_, [](const auto& entry) {
    if (entry.second.seen) return false;
    forget_range(entry.second.memory);
    ::munmap(entry.second.memory, entry.first.bytes);
    return true;
  });
  for (const auto& [key, piece] : pieces_) add_windows(key, piece, windows);
  return windows;
}

}  // namespace lisper::nic
