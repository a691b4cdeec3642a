#pragma once

#include <memory>
#include <string>

#include "core/base/result.h"
#include "endpoint/device.h"
#include "endpoint/port.h"
#include "program/file_descriptor.h"

namespace lisper::endpoint {

/// A TAP device: what its namespace sends on it arrives here, and the other way round. It may be moved to another
/// namespace meanwhile.
class TapPort final : public Port {
 public:
  /// Takes the device if it exists (and nobody has it), or makes it, to last as long as this object. Brings it up.
  /// Needs CAP_NET_ADMIN.
  [[nodiscard]] static Result<std::unique_ptr<TapPort>> open(const std::string& device);

  [[nodiscard]] int fd() const noexcept override { return file_.get(); }
  [[nodiscard]] std::size_t receive(std::span<Buffer> buffers) override;
  void send(std::span<const Bytes> frames) override;
  /// From here a device in another namespace cannot be seen; it is taken to be up.
  [[nodiscard]] bool carrier() const override { return device_.running().value_or(true); }
  [[nodiscard]] bool gone() const noexcept override { return gone_; }
  [[nodiscard]] Losses losses() override { return losses_; }

 private:
  TapPort(Device device, FileDescriptor file) : device_(std::move(device)), file_(std::move(file)) {}

  Device device_;
  FileDescriptor file_;
  Losses losses_;
  bool gone_ = false;
};

}  // namespace lisper::endpoint
