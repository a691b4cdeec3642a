#pragma once

#include <ns3/node.h>
#include <ns3/socket.h>

#include <cstdint>
#include <map>
#include <string>

#include "controller-mock/controller.h"
#include "model/plan.h"
#include "sim/core_node.h"

namespace lisper::sim {

/// Joins the mock controller with the LISPERs: out of band with a delay, or as UDP datagrams over the
/// simulated network, from its host to the LISPERs' management ports and back.
class ControllerLink {
 public:
  explicit ControllerLink(const model::Plan& plan);
  ControllerLink(const ControllerLink&) = delete;
  ControllerLink& operator=(const ControllerLink&) = delete;

  /// Before the start; `management` is the stack behind the management port, null if there is none.
  void add(std::size_t node, CoreNode& lisper, const ns3::Ptr<ns3::Node>& management);
  /// Only with a controller in the network, after every add(): its host.
  void set_host(const ns3::Ptr<ns3::Node>& host);

  /// At the start of the simulation, before the LISPERs.
  void start();

 private:
  struct Member {
    CoreNode* lisper;
    IpAddress address;  ///< of the management port
    ns3::Ptr<ns3::Socket> socket;
  };
  void on_punt(std::size_t node, std::string message);
  void hear_punt(std::size_t node, std::string_view message);
  void deliver();
  void send(std::size_t node, const std::string& datagram);
  void arm();
  void on_timer(TimeNs at);
  [[nodiscard]] IpAddress address_of(std::size_t node, std::size_t port) const;
  [[nodiscard]] IpAddress controller_address(bool v4) const;

  const model::Plan& plan_;
  controller::Controller controller_;
  std::map<std::size_t, Member> members_;
  ns3::Ptr<ns3::Socket> host_v4_;
  ns3::Ptr<ns3::Socket> host_v6_;
  TimeNs timer_ = kNever;
};

}  // namespace lisper::sim
