#include "hw/device.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "program/file_descriptor.h"

namespace lisper::hw {

namespace {

std::string reason(int code) { return rte_strerror(code < 0 ? -code : code); }

std::string text_of(const rte_ether_addr& mac) {
  const auto& b = mac.addr_bytes;
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4], b[5]);
}

/// [bytes] 82599 datasheet 7.2.1.1: it pads what is shorter than Ethernet's shortest frame, but must be given so much.
constexpr std::uint16_t kShortestOf82599 = 17;

/// "net_tap0,iface=x" is device net_tap0.
std::string device_name(const std::string& devargs) { return devargs.substr(0, devargs.find(',')); }

/// Administratively up, and carrier, which IFF_RUNNING tells up to a second late. An interface that is gone has
/// neither.
bool kernel_carrier(unsigned index) {
  const FileDescriptor fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (if_indextoname(index, request.ifr_name) == nullptr) return false;
  if (ioctl(fd.get(), SIOCGIFFLAGS, &request) != 0 || (request.ifr_flags & IFF_UP) == 0) return false;
  ethtool_value link{.cmd = ETHTOOL_GLINK, .data = 0};
  request.ifr_data = reinterpret_cast<char*>(&link);
  return ioctl(fd.get(), SIOCETHTOOL, &request) == 0 && link.data != 0;
}

}  // namespace

Device::Device(Device&& other) noexcept
    : name_(std::move(other.name_)),
      id_(std::exchange(other.id_, kNone)),
      rx_queues_(other.rx_queues_),
      tx_queues_(other.tx_queues_),
      multi_segment_(other.multi_segment_),
      shortest_(other.shortest_),
      kernel_interface_(other.kernel_interface_),
      probed_(other.probed_) {}

Device::~Device() {
  if (id_ == kNone) return;
  rte_eth_dev_stop(id_);
  if (!probed_) return;
  rte_eth_dev_info info{};
  const bool known = rte_eth_dev_info_get(id_, &info) == 0;
  rte_eth_dev_close(id_);
  if (known && info.device != nullptr) rte_dev_remove(info.device);
}

Result<Device> Device::open(const std::string& port_name, const std::string& devargs, const DeviceOptions& options) {
  Device device;
  device.name_ = port_name;
  const std::string name = device_name(devargs);
  if (rte_eth_dev_get_port_by_name(name.c_str(), &device.id_) != 0) {
    device.id_ = kNone;
    if (const int code = rte_dev_probe(devargs.c_str()); code != 0)
      return fail(fmt::format("port {}: {} cannot be opened: {}", port_name, devargs, reason(code)));
    if (rte_eth_dev_get_port_by_name(name.c_str(), &device.id_) != 0) {
      device.id_ = kNone;
      return fail(fmt::format("port {}: {} is no Ethernet device that DPDK drives", port_name, devargs));
    }
    device.probed_ = true;
  }
  if (auto ok = device.configure(options); !ok)
    return fail(fmt::format("port {} ({}): {}", port_name, name, ok.error().message));
  return device;
}

Result<void> Device::configure(const DeviceOptions& options) {
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(id_, &info); code != 0) return fail("no information: " + reason(code));
  kernel_interface_ = info.if_index;
  if (std::string_view(info.driver_name) == "net_ixgbe") shortest_ = kShortestOf82599;
  rx_queues_ = std::min(options.queues, std::max<std::uint16_t>(info.max_rx_queues, 1));
  tx_queues_ = std::min(options.queues, std::max<std::uint16_t>(info.max_tx_queues, 1));

  rte_eth_conf config{};
  config.rxmode.mtu = std::clamp(options.mtu, info.min_mtu, std::max(info.max_mtu, info.min_mtu));
  if (rx_queues_ > 1) {
    config.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    config.rx_adv_conf.rss_conf.rss_hf =
        (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_TCP) & info.flow_type_rss_offloads;
  }
  // Nothing else is offloaded: checksums of L2TPv3's outer headers are cheap, and any transmit offload costs the
  // 82599 its vector path.
  multi_segment_ = options.multi_segment && (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
  if (multi_segment_) config.txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  if (const int code = rte_eth_dev_configure(id_, rx_queues_, tx_queues_, &config); code != 0)
    return fail(fmt::format("{} queue pairs refused: {}", rx_queues_, reason(code)));

  std::uint16_t rx_descriptors = options.rx_descriptors;
  std::uint16_t tx_descriptors = options.tx_descriptors;
  if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors); code != 0)
    return fail("descriptors: " + reason(code));
  const int socket = rte_eth_dev_socket_id(id_);
  const auto socket_id = static_cast<unsigned>(std::max(socket, 0));
  rte_eth_rxconf rx = info.default_rxconf;
  rx.offloads = config.rxmode.offloads;
  rte_eth_txconf tx = info.default_txconf;
  tx.offloads = config.txmode.offloads;
  for (std::uint16_t q = 0; q < rx_queues_; ++q)
    if (const int code = rte_eth_rx_queue_setup(id_, q, rx_descriptors, socket_id, &rx, options.pool); code != 0)
      return fail(fmt::format("receive queue {}: {}", q, reason(code)));
  for (std::uint16_t q = 0; q < tx_queues_; ++q)
    if (const int code = rte_eth_tx_queue_setup(id_, q, tx_descriptors, socket_id, &tx); code != 0)
      return fail(fmt::format("transmit queue {}: {}", q, reason(code)));
  return {};
}

Result<void> Device::start() {
  if (const int code = rte_eth_dev_start(id_); code != 0)
    return fail(fmt::format("port {}: does not start: {}", name_, reason(code)));
  // Frames for every MAC behind us. Devices without a filter refuse, and give us all anyway.
  rte_eth_promiscuous_enable(id_);
  return {};
}

bool Device::is_up() const {
  // Drivers on kernel interfaces (af_packet, af_xdp, tap) say that they are up whatever the carrier.
  if (kernel_interface_ != 0) return kernel_carrier(kernel_interface_);
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

PortStatus Device::status() const {
  PortStatus status;
  status.name = name_;
  status.rx_queues = rx_queues_;
  status.tx_queues = tx_queues_;
  char device[RTE_ETH_NAME_MAX_LEN] = {};
  if (rte_eth_dev_get_name_by_port(id_, device) == 0) status.device = device;
  if (rte_eth_dev_info info{}; rte_eth_dev_info_get(id_, &info) == 0 && info.driver_name != nullptr)
    status.driver = info.driver_name;
  if (rte_ether_addr mac{}; rte_eth_macaddr_get(id_, &mac) == 0) status.mac = text_of(mac);
  rte_eth_dev_get_mtu(id_, &status.mtu);
  if (rte_eth_link link{}; rte_eth_link_get_nowait(id_, &link) == 0) {
    status.speed_mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
  }
  status.up = is_up();
  if (rte_eth_burst_mode mode{}; rte_eth_rx_burst_mode_get(id_, 0, &mode) == 0) status.rx_mode = mode.info;
  if (rte_eth_burst_mode mode{}; rte_eth_tx_burst_mode_get(id_, 0, &mode) == 0) status.tx_mode = mode.info;
  if (rte_eth_stats stats{}; rte_eth_stats_get(id_, &stats) == 0) {
    status.rx_packets = stats.ipackets;
    status.rx_bytes = stats.ibytes;
    status.rx_missed = stats.imissed;
    status.rx_errors = stats.ierrors;
    status.rx_no_buffer = stats.rx_nombuf;
    status.tx_packets = stats.opackets;
    status.tx_bytes = stats.obytes;
    status.tx_errors = stats.oerrors;
  }
  return status;
}

void Device::clear_counters() const { rte_eth_stats_reset(id_); }

}  // namespace lisper::hw
