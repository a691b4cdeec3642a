#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <tuple>
#include <vector>

#include "nic-model/dma_memory.h"
#include "program/file_descriptor.h"

namespace lisper::nic {

/// The huge pages of a process, mapped here too, and their physical addresses: what a NIC without an IOMMU could reach,
/// were it bound to that process alone. Needs CAP_SYS_ADMIN, for /proc/PID/map_files and page frame numbers.
class ProgramMemory {
 public:
  ProgramMemory();
  ~ProgramMemory();
  ProgramMemory(const ProgramMemory&) = delete;
  ProgramMemory& operator=(const ProgramMemory&) = delete;

  /// All windows there are now. Those that the process has given up are unmapped.
  [[nodiscard]] std::vector<DmaMemory::Window> find(pid_t process);

 private:
  struct Key {
    dev_t device;
    ino_t inode;
    off_t offset;
    std::size_t bytes;
    auto operator<=>(const Key&) const = default;
  };
  struct Piece {
    std::byte* memory;
    std::size_t page;  // bytes
    bool seen;
  };
  void map(int fd, const Key& key);
  void add_windows(const Key& key, const Piece& piece, std::vector<DmaMemory::Window>& windows) const;

  FileDescriptor pagemap_;
  std::map<Key, Piece> pieces_;
};

}  // namespace lisper::nic
