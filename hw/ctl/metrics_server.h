#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "hw/status.h"

namespace lisper::hw {

/// Serves /metrics for Prometheus over HTTP, on a thread of its own.
class MetricsServer {
 public:
  /// Called on the server's thread, for each look.
  using Source = std::function<Status()>;

  /// `address`: "127.0.0.1:9101", "[::1]:9101"; port 0 is any free one. Fails if that cannot be bound.
  [[nodiscard]] static Result<std::unique_ptr<MetricsServer>> start(const std::string& address, Source source);
  /// Waits for a look under way; connections are cut.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lisper::hw
