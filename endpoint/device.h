#pragma once

#include <net/if.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "program/file_descriptor.h"

namespace lisper::endpoint {

/// A network device of this namespace, by name.
class Device {
 public:
  /// Refuses names that are too long for the kernel, and devices that do not exist.
  [[nodiscard]] static Result<Device> find(const std::string& name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] int index() const noexcept { return index_; }
  [[nodiscard]] bool is_ethernet() const;
  /// [bytes] at the IP layer; 0 if the device is not there any more.
  [[nodiscard]] std::uint32_t mtu() const;
  /// Administratively up, and with a link (RFC 2863 ifOperStatus up). nullopt if it is not there any more.
  [[nodiscard]] std::optional<bool> running() const;
  /// Brings it up administratively.
  [[nodiscard]] Result<void> set_up() const;
  /// Received packets are no longer merged into larger ones (GRO, LRO), where the device can do such things at all.
  void stop_merging() const;

 private:
  Device(std::string name, FileDescriptor socket) : name_(std::move(name)), socket_(std::move(socket)) {}
  [[nodiscard]] bool ask(unsigned long request, ifreq& answer) const;

  std::string name_;
  FileDescriptor socket_;  ///< any socket will do for the device ioctls
  int index_ = 0;
};

/// Becomes readable when any device of this namespace changed.
class LinkWatch {
 public:
  [[nodiscard]] static Result<LinkWatch> open();
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  void drain() const;

 private:
  explicit LinkWatch(FileDescriptor socket) : socket_(std::move(socket)) {}
  FileDescriptor socket_;
};

}  // namespace lisper::endpoint
