#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "nic-model/channel.h"
#include "program/file_descriptor.h"

namespace lisper::nic {

/// What the program and the model share.
struct Tree {
  std::filesystem::path root;
  Channel* channel = nullptr;
  FileDescriptor doorbell;                 ///< the end to read
  FileDescriptor lifeline;                 ///< held open while the model lives
  std::vector<FileDescriptor> interrupts;  ///< a port's: what is written there comes out of /dev/uioN
};

/// Goes, with all that this process starts later, into a mount namespace in which the PCI bus has the modelled ports
/// alone, and in which huge pages are in a file system of their own. When its last process ends, all this is gone.
[[nodiscard]] Result<Tree> plant(const std::vector<std::string>& pci_addresses);

}  // namespace lisper::nic
