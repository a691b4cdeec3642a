#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "core/base/result.h"

namespace lisper::lab {

/// What carries out a guest's instructions.
enum class Accelerator : std::uint8_t {
  kTcg,  ///< QEMU, in software
  kKvm,  ///< the processor
};
[[nodiscard]] std::string_view name_of(Accelerator accelerator) noexcept;

/// A small Linux for virtual machines: the kernel of Debian's linux-image-cloud-amd64, and a file system in memory with
/// busybox, ping and iperf3.
struct GuestImage {
  std::filesystem::path kernel;
  std::filesystem::path initramfs;
  Accelerator accelerator = Accelerator::kTcg;

  /// Takes the image in folder `cache`, or makes it there, for which the kernel is downloaded once; and finds out
  /// whether KVM works here by booting the image with it, also once. `progress` is told what takes long. Fails if QEMU
  /// or a program is missing, or the kernel cannot be had; with the reason.
  [[nodiscard]] static Result<GuestImage> prepare(const std::filesystem::path& cache,
                                                  const std::function<void(std::string_view)>& progress);
};

}  // namespace lisper::lab
