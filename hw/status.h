#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/result.h"

namespace lisper::hw {

/// A DPDK port as it is now. Counters of what the core did with its frames are in Status::node.
struct PortStatus {
  std::string name;    ///< of the scenario: "e0"
  std::string device;  ///< as DPDK names it: "0000:01:00.0", "net_tap0"
  std::string driver;  ///< "net_ixgbe"
  std::string mac;
  std::uint16_t mtu = 0;  ///< [bytes]
  bool up = false;
  std::uint32_t speed_mbps = 0;  ///< 0: not known
  std::uint16_t rx_queues = 0;
  std::uint16_t tx_queues = 0;
  std::string rx_mode;           ///< "Vector SSE", "Scalar", as the driver says; empty: it does not
  std::string tx_mode;           ///< the same
  std::uint64_t rx_packets = 0;  ///< of the NIC, as the next ones
  std::uint64_t rx_bytes = 0;
  std::uint64_t rx_missed = 0;  ///< no descriptor was free
  std::uint64_t rx_errors = 0;
  std::uint64_t rx_no_buffer = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t tx_errors = 0;
};

struct WorkerStatus {
  std::uint32_t index = 0;
  std::uint32_t cpu = 0;
  std::uint64_t packets = 0;      ///< that went through the core
  std::uint64_t batches = 0;      ///< that held at least one packet
  std::uint64_t polls = 0;        ///< the empty ones included
  std::uint64_t spread_out = 0;   ///< handed to other workers
  std::uint64_t spread_full = 0;  ///< lost, because a worker's ring was full
  std::uint64_t tx_refused = 0;   ///< lost, because a port took no more
};

struct SessionStatus {
  std::uint32_t iid = 0;
  std::uint32_t session_id = 0;
  std::string peer;
  std::string own;
  std::string kind;       ///< "tunnel", "lisper"
  std::string transport;  ///< "ip", "udp", "esp"
  bool up = false;
  bool resolved = false;  ///< the next hop's MAC is known
};

struct NeighbourStatus {
  std::string exit;
  std::string ip;        ///< our address there
  std::string next_hop;  ///< empty: none configured
  std::string mac;       ///< empty: not resolved
  bool reachable = false;
};

struct MapCacheStatus {
  std::uint32_t iid = 0;
  std::string eid;                 ///< "02:00:00:00:00:01/48", "01:00:5e:00:00:01/48 from 02:00:00:00:00:01"
  std::vector<std::string> rlocs;  ///< "fd80:8::2", "fd80:8::2 level 1"
  bool replicate = false;
};

/// A place that frames of a group go to.
struct GroupStatus {
  std::uint32_t iid = 0;
  std::string group;   ///< "239.1.1.1"; empty: all of them, as to a multicast router
  std::string member;  ///< as the FIB names places
  double since_s = 0;  ///< for how long; of a router 0
  double left_s = 0;   ///< until it is forgotten, if nothing is heard
};

/// An IP address of a network that suppresses ARP.
struct BindingStatus {
  std::uint32_t iid = 0;
  std::string ip;
  std::string mac;
  std::string kind;        ///< "router", "host" by ND's router flag; empty: not told
  bool contested = false;  ///< several hosts claim it: not answered for
};

struct ControllerStatus {
  std::string control_sock;      ///< empty: none
  std::string punt_sock;         ///< empty: none
  bool connected = false;        ///< somebody reads the punt socket
  std::uint64_t punts_lost = 0;  ///< nobody read them
  std::uint64_t truncated = 0;   ///< datagrams larger than the receive buffer
};

/// All that can be asked of a running node.
struct Status {
  std::string name;
  std::string scenario;
  std::string version;
  double uptime_s = 0;
  std::vector<PortStatus> ports;
  std::vector<WorkerStatus> workers;
  std::vector<SessionStatus> sessions;
  std::vector<NeighbourStatus> neighbours;
  std::vector<MapCacheStatus> map_cache;
  std::vector<GroupStatus> groups;
  std::vector<BindingStatus> bindings;
  ControllerStatus controller;
  report::NodeResult node;  ///< counters since the start or the last clear, tables, FIB
};

}  // namespace lisper::hw
