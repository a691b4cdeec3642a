#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "hw/wire_end.h"
#include "program/file_descriptor.h"

namespace lisper::hw {

/// A port of nic82599, which runs this program with `--wire program`: its wire is a socket.
class NicPort final : public WireEnd {
 public:
  /// PCI addresses of all there are, in order; none, if nic82599 does not run this program so.
  [[nodiscard]] static std::vector<std::string> addresses();
  /// All there are, in order. Once in a process.
  [[nodiscard]] static std::vector<std::unique_ptr<NicPort>> take();
  ~NicPort() override;

  [[nodiscard]] const std::string& device() const noexcept override { return address_; }
  [[nodiscard]] Result<void> attach() override;
  /// The card chooses the queue.
  [[nodiscard]] bool inject(unsigned queue, Bytes frame) override;
  /// A frame that does not come within two seconds is not waited for.
  [[nodiscard]] bool on_its_way() override;
  [[nodiscard]] std::vector<std::vector<std::byte>> collect() override;

 private:
  NicPort(std::string address, int wire) : address_(std::move(address)), wire_(wire) {}

  struct Callback {
    std::uint16_t queue;
    const void* receive;
    const void* transmit;
  };

  std::string address_;  ///< on the PCI bus
  FileDescriptor wire_;
  std::uint16_t port_ = 0;  ///< DPDK's number
  std::vector<Callback> callbacks_;
  std::uint64_t injected_ = 0;
  std::uint64_t received_ = 0;  ///< by workers
  std::uint64_t sent_ = 0;      ///< by workers
  std::uint64_t collected_ = 0;
  std::int64_t since_ = 0;  ///< [ns] when the last one was injected
};

}  // namespace lisper::hw
