#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>

#include "core/base/result.h"
#include "hw/ctl/connection.h"
#include "hw/ctl/handler.h"
#include "hw/ctl/listener.h"
#include "hw/ctl/protocol.h"

namespace lisper::hw::ctl {

struct ServerLimits {
  std::size_t clients = 32;                ///< more are turned away
  std::size_t unsent_trace = 1u << 20;     ///< [bytes] waiting for a client before traced packets are lost to it
  std::chrono::milliseconds idle{30'000};  ///< a client that neither sends nor reads for so long is cut off
};

/// Answers lisper-ctl, and whoever else speaks protocol.h, on a unix stream socket. Has no thread: its owner
/// waits on fd(), and calls poll_once() when that is readable. No call blocks, whatever clients do.
class Server {
 public:
  /// Creates the socket with mode 0600, its folder if need be. A stale socket is replaced, anything else that
  /// stands at `path`, a socket in use included, refused. `handler` must outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<Server>> listen(const std::filesystem::path& path, Handler& handler,
                                                              ServerLimits limits = {});
  /// Removes the socket.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// An epoll descriptor.
  [[nodiscard]] int fd() const noexcept { return epoll_; }
  /// Takes what came, answers at most one request of each client.
  void poll_once();
  /// A packet for whoever is tracing. May call Handler::stop_trace().
  void publish(const TracedPacket& packet);

 private:
  struct Tracer {
    Connection* client = nullptr;  ///< null: nobody traces
    std::uint32_t wanted = 0;      ///< packets still to come
    std::uint32_t sent = 0;
    std::uint32_t lost = 0;
  };

  Server(Listener listener, Handler& handler, ServerLimits limits);
  Result<void> prepare();

  void accept_one();
  void attend(Connection& client, std::uint32_t events);
  void serve(Connection& client);
  [[nodiscard]] std::string answer_to(Connection& client, const Request& request);
  [[nodiscard]] std::string begin_trace(Connection& client, const Trace& request);
  void end_trace();
  void watch(Connection& client);
  void reap();
  [[nodiscard]] bool idle(const Connection& client, Clock::time_point now) const;

  Listener listener_;
  Handler& handler_;
  ServerLimits limits_;
  int epoll_ = -1;
  int timer_ = -1;  ///< periodic; for idle clients, and after the process ran out of descriptors
  std::list<Connection> clients_;
  Tracer tracer_;
};

}  // namespace lisper::hw::ctl
