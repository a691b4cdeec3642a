#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "model/plan.h"

namespace lisper::controller {

struct Discovery;
struct Statistics;

/// A datagram for the control socket of a LISPER.
struct Delivery {
  TimeNs at;             ///< arrival if out of band; departure if the controller is a node of the network
  std::size_t node = 0;  ///< index in Plan::nodes
  std::string datagram;
};

struct Counters {
  std::uint64_t sent = 0;  ///< datagrams, the lost ones included
  std::uint64_t lost = 0;
  std::uint64_t garbled = 0;
  std::uint64_t truncated = 0;
  std::uint64_t punts = 0;          ///< datagrams received while running
  std::uint64_t punts_ignored = 0;  ///< of these: not understood, or not about a host of the LISPER's IIDs
  std::uint64_t statistics = 0;     ///< of these: messages about what was sent
  std::uint64_t packets_sent = 0;   ///< as they say
  std::uint64_t bytes_sent = 0;
  std::uint64_t packets_received = 0;  ///< as messages about what was received say
  std::uint64_t hosts_registered = 0;
  std::uint64_t hosts_moved = 0;
  std::uint64_t hosts_withdrawn = 0;
};

/// A LISP control plane seen from the data plane: says to each LISPER what the plan's timeline tells it
/// to, and with `follow_hosts` maps the hosts that LISPERs report. No socket, clock or thread: the
/// adapter passes the time in, carries deliveries out, and calls tick() at next_deadline().
/// Equal calls give equal deliveries.
class Controller {
 public:
  /// Reads what it needs from `plan`, which may go afterwards.
  Controller(const model::Plan& plan, std::uint64_t seed);

  /// Starts the process: begins with the timeline's actions at or before `now`.
  void start(TimeNs now);
  /// A datagram that a LISPER sent to its punt socket; any text. Lost while stopped.
  void on_punt(std::size_t lisper_node, std::string_view text, TimeNs now);
  /// The LISPER's control socket came (back) up: it gets everything, if there is anything to say.
  void on_connected(std::size_t lisper_node, TimeNs now);
  void tick(TimeNs now);
  [[nodiscard]] TimeNs next_deadline() const noexcept;
  /// What there is to deliver since the last call, in order of `at`.
  [[nodiscard]] std::vector<Delivery> take_deliveries();

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

 private:
  struct MappingKey {
    Iid iid;
    MacAddress eid;
    std::uint8_t length;
    MacAddress source{};
    friend auto operator<=>(const MappingKey&, const MappingKey&) noexcept = default;
  };
  struct HostKey {
    Iid iid;
    MacAddress mac;
    friend auto operator<=>(const HostKey&, const HostKey&) noexcept = default;
  };
  struct Site {
    bool reachable = false;  ///< has a control socket or a management port
    std::set<Iid> iids;
    std::map<std::string, Iid> interface_iids;  ///< what a punt without IID means
    std::vector<IpAddress> rlocs;
    std::set<IpAddress> peers;
    std::map<MappingKey, model::Mapping> told;  ///< what it should know: said, and not withdrawn since
  };
  struct Host {
    std::size_t site;
    TimeNs expires;
  };

  [[nodiscard]] TimeNs next_step() const noexcept;
  void step(TimeNs now);
  void run_action(const model::ControllerAction& action, TimeNs now);
  void resume(TimeNs now);

  void on_statistics(const Statistics& statistics);
  void on_discovery(std::size_t node, const Discovery& punt, TimeNs now);
  void register_host(HostKey key, std::size_t node, TimeNs now);
  void withdraw_host(HostKey key, TimeNs now);
  [[nodiscard]] std::optional<model::Mapping> answer(std::size_t node, HostKey key) const;
  [[nodiscard]] model::Mapping replication_list(std::size_t node, Iid iid) const;

  void tell(std::size_t node, const model::Mapping& mapping, TimeNs now);
  void untell(std::size_t node, const model::Mapping& mapping, TimeNs now);
  void tell_decap_keys(std::size_t node, const model::Mapping& mapping, TimeNs now);
  void tell_everything(std::size_t node, TimeNs now);
  void send(std::size_t node, std::string datagram, TimeNs now);
  void release(TimeNs now);
  void damage(std::string& datagram);

  model::ControllerPlan plan_;
  Random random_;
  bool running_ = false;
  std::size_t next_action_ = 0;
  TimeNs next_resend_ = kNever;
  std::map<std::size_t, Site> sites_;  ///< by node
  std::map<HostKey, Host> hosts_;
  std::set<std::pair<TimeNs, HostKey>> expiries_;
  std::deque<Delivery> paced_;  ///< `at` is the departure
  TimeNs pace_at_{INT64_MIN};   ///< departure of the newest message
  std::uint32_t pace_count_ = 0;
  std::vector<Delivery> deliveries_;
  Counters counters_;
};

}  // namespace lisper::controller
