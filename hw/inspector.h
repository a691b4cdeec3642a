#pragma once

#include <string>

#include "hw/clock.h"
#include "hw/controller_sockets.h"
#include "hw/ctl/handler.h"
#include "hw/node.h"

namespace lisper::hw {

namespace ctl {
class Server;
}

/// Answers questions about a node that a Runner runs. In run()'s thread only.
class Inspector final : public Handler {
 public:
  struct Names {
    std::string node;
    std::string scenario;
    std::string version;
  };
  Inspector(Node& node, const ControllerSockets& sockets, const Clock& clock, Names names);

  /// Where traced packets go.
  void set_server(ctl::Server& server) { server_ = &server; }

  [[nodiscard]] Status status(std::size_t rows) override;
  void clear_counters() override;
  [[nodiscard]] Result<void> start_trace(std::uint32_t count, const std::string& port) override;
  void stop_trace() override;
  [[nodiscard]] Result<std::string> look_up(Iid iid, const MacAddress& mac) override;

 private:
  [[nodiscard]] std::vector<GroupStatus> groups(TimeNs now, std::size_t rows) const;
  [[nodiscard]] std::vector<SessionStatus> sessions() const;
  [[nodiscard]] std::vector<NeighbourStatus> neighbours() const;
  void publish(const Control::Traced& traced);

  Node& node_;
  const ControllerSockets& sockets_;
  const Clock& clock_;
  Names names_;
  ctl::Server* server_ = nullptr;
  std::string trace_port_;
  bool tracing_ = false;
};

}  // namespace lisper::hw
