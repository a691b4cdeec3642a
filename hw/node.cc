#include "hw/node.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace lisper::hw {

namespace {

constexpr std::uint16_t kCache = 256;
constexpr std::uint16_t kVlanAndEthernet = 14 + 2 * 4;

std::uint16_t largest_mtu(const LisperConfig& config) {
  std::uint16_t mtu = 1500;
  for (const InterfaceConfig& interface : config.interfaces) mtu = std::max(mtu, interface.mtu);
  return mtu;
}

/// [bytes] A whole frame, with room before and behind it; a multiple of a cache line.
std::uint16_t room(std::uint16_t mtu) {
  const std::uint32_t needed =
      std::max<std::uint32_t>(mtu + kVlanAndEthernet + std::uint32_t{kTailroom}, RTE_MBUF_DEFAULT_DATAROOM);
  return static_cast<std::uint16_t>(std::min<std::uint32_t>((needed + RTE_PKTMBUF_HEADROOM + 63) / 64 * 64, 0xffc0));
}

/// Enough for every descriptor and ring to be full at once.
unsigned pool_size(std::size_t ports, const NodeOptions& options) {
  const auto queues = static_cast<unsigned>(ports) * options.workers;
  return queues * 2u * options.descriptors + options.workers * (4096u + 2u * kCache) + 4096;
}

}  // namespace

void Node::PoolRelease::operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }

std::size_t Node::memory(const model::CoreNode& plan, const NodeOptions& options) {
  constexpr std::size_t kPerBuffer = sizeof(rte_mbuf) + 128;  // the pool's own header, and rounding
  return pool_size(plan.config.ports.size(), options) * (room(largest_mtu(plan.config)) + kPerBuffer);
}

Node::Node(const model::CoreNode& plan, const Tables& tables, const NodeOptions& options)
    : config_(plan.config),
      options_(options),
      wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      tables_(std::make_unique<Publication>(tables, options.workers)) {}

Node::~Node() {
  for (const auto& channel : channels_) {
    Handover handover;
    while (channel->handovers.pop(handover)) rte_pktmbuf_free(handover.frame);
    rte_mbuf* frame = nullptr;
    while (channel->frames.pop(frame)) rte_pktmbuf_free(frame);
  }
  control_.reset();
  workers_.clear();
  devices_.clear();  // before the pool, in which their descriptors' buffers are
  if (wake_fd_ >= 0) close(wake_fd_);
}

Result<std::unique_ptr<Node>> Node::create(const model::CoreNode& plan,
                                           const std::map<std::string, std::string>& devices,
                                           const NodeOptions& options) {
  auto tables = Tables::build(plan.config);
  if (!tables) return tl::unexpected(tables.error());
  std::unique_ptr<Node> node(new Node(plan, *tables, options));
  const std::uint16_t mtu = largest_mtu(plan.config);
  static int pools = 0;  // names are the process's
  node->pool_.reset(rte_pktmbuf_pool_create(fmt::format("frames{}", pools++).c_str(),
                                            pool_size(plan.config.ports.size(), options), kCache, 0, room(mtu),
                                            static_cast<int>(rte_socket_id())));
  if (!node->pool_) return fail(fmt::format("no memory for packet buffers: {}", rte_strerror(rte_errno)));
  if (auto ok = node->open_devices(devices, mtu); !ok) return tl::unexpected(ok.error());
  node->make_workers();
  for (Device& device : node->devices_)
    if (auto ok = device.start(); !ok) return tl::unexpected(ok.error());
  node->find_sockets();
  return node;
}

/// Of several workers, none knows which sockets are its own.
void Node::find_sockets() {
  if (workers_.size() != 1) return;
  std::vector<unsigned> interfaces;
  for (const Device& device : devices_) interfaces.push_back(device.kernel_interface());
  workers_[0]->sleeper().set_sockets(packet_sockets(interfaces));
}

Result<void> Node::open_devices(const std::map<std::string, std::string>& devices, std::uint16_t mtu) {
  const bool copies = std::ranges::any_of(config_.local_networks, [&](const LocalNetworkConfig& network) {
    return std::ranges::count(config_.local_networks, network.iid, &LocalNetworkConfig::iid) +
               static_cast<std::ptrdiff_t>(config_.lispers.size()) >
           2;
  });
  for (const PortConfig& port : config_.ports) {
    const auto devargs = devices.find(port.name);
    if (devargs == devices.end()) return fail(fmt::format("port {} has no device", port.name));
    auto device = Device::open(port.name, devargs->second,
                               {.queues = static_cast<std::uint16_t>(options_.workers),
                                .rx_descriptors = options_.descriptors,
                                .tx_descriptors = options_.descriptors,
                                .mtu = mtu,
                                .multi_segment = copies,
                                .pool = pool_.get()});
    if (!device) return tl::unexpected(device.error());
    devices_.push_back(*std::move(device));
  }
  return {};
}

void Node::make_workers() {
  std::vector<Worker*> workers;
  std::vector<Channel*> channels;
  for (unsigned w = 0; w < options_.workers; ++w) {
    Worker::Config config{.index = w,
                          .ports = {},
                          .spread = options_.spread,
                          .pool = pool_.get(),
                          .wake_fd = wake_fd_,
                          .statistics = config_.statistics_interval.ns != 0};
    for (const Device& device : devices_) {
      Worker::PortQueues queues{
          .device = device.id(), .multi_segment = device.multi_segment(), .shortest = device.shortest()};
      const auto queue = static_cast<std::uint16_t>(w);
      if (queue < device.rx_queues()) queues.rx = queue;
      if (queue < device.tx_queues()) {
        queues.tx = queue;
      } else {
        queues.tx_by = w % device.tx_queues();
      }
      config.ports.push_back(queues);
    }
    channels.push_back(channels_.emplace_back(std::make_unique<Channel>()).get());
    workers.push_back(
        workers_.emplace_back(std::make_unique<Worker>(std::move(config), *tables_, *channels.back(), control_sleeps_))
            .get());
  }
  for (Worker* worker : workers) worker->set_peers(workers);
  control_ = std::make_unique<Control>(config_, *tables_, channels, workers, pool_.get(), control_sleeps_);
}

}  // namespace lisper::hw
