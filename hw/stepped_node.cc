#include "hw/stepped_node.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "hw/eal.h"
#include "hw/nic_ports.h"
#include "hw/node.h"
#include "hw/ring_ports.h"

namespace lisper::hw {

namespace {

constexpr std::size_t kLinkHeader = 14 + 2 * 4;  // [bytes] Ethernet and two VLAN tags
constexpr std::size_t kMaxBuffer = 0xffc0;       // [bytes] rte_mbuf::buf_len has 16 bits
constexpr unsigned kInjected = 127;              // buffers; a frame at a time needs few
constexpr std::size_t kMemory = 256u << 20;      // [bytes] at least; what is not used is never touched

struct PoolRelease {
  void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
};

/// Once in a process, so that what any node of it needs must be there from the first.
Result<void> ensure_eal(std::size_t memory, const std::vector<std::string>& arguments) {
  static bool started = false;
  if (started) return {};
  const std::vector<std::string> pci = NicPort::addresses();
  auto done = start_eal({.program = "lisper-replay",
                         .huge_pages = !pci.empty(),
                         .memory = std::max(memory, kMemory),
                         .pci = pci,
                         .worker_cpus = {},
                         .control_cpus = usable_cpus(),
                         .verbose = false,
                         .extra = arguments});
  started = done.has_value();
  return done;
}

}  // namespace

struct SteppedNode::Impl {
  std::unique_ptr<rte_mempool, PoolRelease> pool;  ///< of frames that come in
  std::vector<std::unique_ptr<WireEnd>> ports;
  std::unique_ptr<Node> node;
  unsigned turn = 0;  ///< of the worker that receives next
  TimeNs now{};
  std::vector<Sent> sent;
  std::vector<std::string> punts;

  void collect() {
    for (std::size_t i = 0; i < ports.size(); ++i)
      for (auto& bytes : ports[i]->collect())
        sent.push_back({PortId(static_cast<std::uint16_t>(i)), now, std::move(bytes)});
  }

  [[nodiscard]] bool on_its_way() const {
    return std::ranges::any_of(ports, [](const auto& port) { return port->on_its_way(); });
  }

  /// Workers and control plane in turn, until nothing moves.
  void settle(TimeNs time) {
    now = time;
    for (std::size_t done = 1; done != 0 || on_its_way();) {
      done = 0;
      for (unsigned w = 0; w < node->workers(); ++w) {
        done += node->worker(w).run_once(now);
        collect();
      }
      done += node->control().run_once(now);
    }
  }
};

std::size_t SteppedNode::max_frame(const LisperConfig& config) {
  std::size_t mtu = 1500;
  for (const InterfaceConfig& interface : config.interfaces) mtu = std::max<std::size_t>(mtu, interface.mtu);
  return std::min(mtu + kLinkHeader, kMaxBuffer - RTE_PKTMBUF_HEADROOM - kTailroom);
}

Result<std::unique_ptr<SteppedNode>> SteppedNode::create(const model::CoreNode& plan, unsigned workers,
                                                         const SteppedPorts& ports) {
  const NodeOptions options{.workers = workers, .spread = workers > 1 ? Spread::kInner : Spread::kNic};
  const auto room = static_cast<std::uint16_t>(RTE_PKTMBUF_HEADROOM + max_frame(plan.config) + kTailroom);
  if (auto ok = ensure_eal(Node::memory(plan, options) + std::size_t{kInjected} * room, ports.eal); !ok)
    return tl::unexpected(ok.error());

  static int nodes = 0;  // names are the process's
  const int number = nodes++;
  auto impl = std::make_unique<Impl>();
  impl->pool.reset(rte_pktmbuf_pool_create(fmt::format("in{}", number).c_str(), kInjected, 0, 0, room,
                                           static_cast<int>(rte_socket_id())));
  if (!impl->pool) return fail(fmt::format("no memory for frames: {}", rte_strerror(rte_errno)));
  std::map<std::string, std::string> devices;
  if (ports.nic) {
    for (auto& port : NicPort::take()) impl->ports.push_back(std::move(port));
    if (impl->ports.size() < plan.config.ports.size())
      return fail("there are fewer modelled ports than the node has: start this under nic82599 --wire program");
  }
  for (std::size_t i = 0; i < plan.config.ports.size(); ++i) {
    if (i >= impl->ports.size()) {
      auto port = RingPort::create(fmt::format("n{}p{}", number, i), workers, impl->pool.get());
      if (!port) return tl::unexpected(port.error());
      impl->ports.push_back(std::make_unique<RingPort>(std::move(*port)));
    }
    devices.emplace(plan.config.ports[i].name, impl->ports[i]->device());
  }
  auto node = Node::create(plan, devices, options);
  if (!node) return tl::unexpected(node.error());
  impl->node = std::move(*node);
  for (const auto& port : impl->ports)
    if (auto ok = port->attach(); !ok) return tl::unexpected(ok.error());
  impl->node->control().set_punt_handler(
      [to = impl.get()](std::string_view message) { to->punts.emplace_back(message); });
  return std::unique_ptr<SteppedNode>(new SteppedNode(std::move(impl)));
}

SteppedNode::SteppedNode(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SteppedNode::~SteppedNode() = default;

void SteppedNode::start(TimeNs now) {
  impl_->node->control().start(now);
  impl_->settle(now);
}

void SteppedNode::receive(PortId port, Bytes frame, TimeNs now) {
  // There is room for one: the rings are empty, and the frames before it are gone, or few.
  (void)impl_->ports[port.value]->inject(impl_->turn, frame);
  impl_->turn = (impl_->turn + 1) % impl_->node->workers();
  impl_->settle(now);
}

void SteppedNode::set_carrier(PortId port, bool up, TimeNs now) {
  impl_->node->control().on_port_state(port, up, now);
  impl_->settle(now);
}

void SteppedNode::on_control(std::string_view datagram, TimeNs now) {
  impl_->node->control().on_message(datagram, now);
  impl_->settle(now);
}

void SteppedNode::on_controller_connected(TimeNs now) {
  impl_->node->control().on_controller_connected(now);
  impl_->settle(now);
}

void SteppedNode::run(TimeNs now) { impl_->settle(now); }

TimeNs SteppedNode::next_deadline() const {
  TimeNs next = impl_->node->control().next_deadline();
  for (unsigned w = 0; w < impl_->node->workers(); ++w) next = std::min(next, impl_->node->worker(w).next_deadline());
  return next;
}

std::vector<SteppedNode::Sent> SteppedNode::take_sent() { return std::exchange(impl_->sent, {}); }

std::vector<std::string> SteppedNode::take_punts() { return std::exchange(impl_->punts, {}); }

report::NodeResult SteppedNode::result() {
  return impl_->node->control().gather(impl_->now, SIZE_MAX, [this] { impl_->settle(impl_->now); }).node;
}

}  // namespace lisper::hw
