#pragma once

#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "endpoint/device.h"
#include "endpoint/offload.h"
#include "endpoint/port.h"
#include "program/file_descriptor.h"

namespace lisper::endpoint {

/// A network device through an AF_PACKET socket, packet(7). It sees every frame that arrives there, as it was on the
/// wire: VLAN tags and checksums that the kernel keeps aside are put back.
class PacketPort final : public Port {
 public:
  /// Needs CAP_NET_RAW.
  [[nodiscard]] static Result<std::unique_ptr<PacketPort>> open(const std::string& device);

  [[nodiscard]] int fd() const noexcept override { return socket_.get(); }
  [[nodiscard]] std::size_t receive(std::span<Buffer> buffers) override;
  void send(std::span<const Bytes> frames) override;
  [[nodiscard]] bool carrier() const override { return device_.running().value_or(false); }
  [[nodiscard]] bool gone() const noexcept override { return gone_; }
  [[nodiscard]] Losses losses() override;

 private:
  static constexpr std::size_t kBatch = 32;

  /// What one frame takes in recvmmsg and sendmmsg.
  struct Slot {
    OffloadHeader offload;
    std::array<iovec, 2> parts;  ///< `offload`, and the frame
    alignas(cmsghdr) std::array<std::byte, 64> control;
  };

  PacketPort(Device device, FileDescriptor socket) : device_(std::move(device)), socket_(std::move(socket)) {}
  [[nodiscard]] std::size_t receive_batch(std::span<Buffer> buffers);
  [[nodiscard]] bool restore(const mmsghdr& message, Slot& slot, Buffer& buffer);
  void send_batch(std::span<const Bytes> frames);

  Device device_;
  FileDescriptor socket_;
  std::array<Slot, kBatch> slots_;
  std::array<mmsghdr, kBatch> messages_{};
  Losses losses_;
  bool gone_ = false;
};

}  // namespace lisper::endpoint
