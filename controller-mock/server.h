#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller-mock/controller.h"
#include "controller-mock/sockets.h"
#include "core/base/result.h"
#include "model/plan.h"

namespace lisper::controller {

/// Carries what a Controller says and hears over the sockets of a plan's LISPERs. One thread, which
/// calls run_once() again and again; nothing blocks elsewhere.
class Server {
 public:
  /// Serves `nodes` of the plan, or every LISPER if there are none. Time runs `speed` times as fast.
  Server(const model::Plan& plan, const std::vector<std::size_t>& nodes, double speed);

  /// Binds the punt sockets and begins. On failure nothing stays bound.
  [[nodiscard]] Result<void> start();
  /// Sends what is due and reads what came, then waits at most `timeout_ms` for more, or until `wake_fd`
  /// (-1: none) can be read.
  void run_once(int timeout_ms, int wake_fd);

  [[nodiscard]] const Counters& counters() const noexcept { return controller_.counters(); }
  /// LISPERs that have a control or a punt socket.
  [[nodiscard]] std::size_t size() const noexcept { return peers_.size(); }

 private:
  struct Peer {
    std::string name;
    std::string punt_path;
    std::optional<ControlSocket> control;
    std::optional<PuntSocket> punts;
    bool present = false;           ///< somebody reads the control socket
    std::deque<std::string> queue;  ///< waits until it has read the earlier ones
  };

  [[nodiscard]] TimeNs now() const;
  void receive_punts();
  void look_for_peers();
  void deliver();
  void flush(Peer& peer);
  [[nodiscard]] int wait_ms(int at_most) const;

  Controller controller_;
  double speed_;
  std::map<std::size_t, Peer> peers_;  ///< by node
  std::deque<Delivery> deliveries_;    ///< not yet due
  std::int64_t began_ns_ = 0;          ///< steady clock
  std::int64_t next_look_ns_ = 0;      ///< steady clock
};

}  // namespace lisper::controller
