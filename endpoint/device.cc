#include "endpoint/device.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lisper::endpoint {

Result<Device> Device::find(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ)
    return fail(fmt::format("\"{}\" cannot be the name of a network device", name));
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail(fmt::format("cannot make a socket: {}", std::strerror(errno)));
  Device device(name, std::move(socket));
  ifreq answer{};
  if (!device.ask(SIOCGIFINDEX, answer)) return fail(fmt::format("there is no network device \"{}\"", name));
  device.index_ = answer.ifr_ifindex;
  return device;
}

bool Device::ask(unsigned long request, ifreq& answer) const {
  name_.copy(answer.ifr_name, IFNAMSIZ - 1);
  return ::ioctl(socket_.get(), request, &answer) == 0;
}

bool Device::is_ethernet() const {
  ifreq answer{};
  return ask(SIOCGIFHWADDR, answer) && answer.ifr_hwaddr.sa_family == ARPHRD_ETHER;
}

std::uint32_t Device::mtu() const {
  ifreq answer{};
  return ask(SIOCGIFMTU, answer) ? static_cast<std::uint32_t>(answer.ifr_mtu) : 0;
}

std::optional<bool> Device::running() const {
  ifreq answer{};
  if (!ask(SIOCGIFFLAGS, answer)) return std::nullopt;
  constexpr int kBoth = IFF_UP | IFF_RUNNING;
  return (answer.ifr_flags & kBoth) == kBoth;
}

Result<void> Device::set_up() const {
  ifreq request{};
  if (ask(SIOCGIFFLAGS, request)) {
    if ((request.ifr_flags & IFF_UP) != 0) return {};
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    if (ask(SIOCSIFFLAGS, request)) return {};
  }
  return fail(fmt::format("cannot bring up {}: {}", name_, std::strerror(errno)));
}

void Device::stop_merging() const {
  ifreq request{};
  ethtool_value gro{ETHTOOL_SGRO, 0};
  request.ifr_data = reinterpret_cast<char*>(&gro);
  (void)ask(SIOCETHTOOL, request);
  ethtool_value flags{ETHTOOL_GFLAGS, 0};
  request.ifr_data = reinterpret_cast<char*>(&flags);
  if (!ask(SIOCETHTOOL, request) || (flags.data & ETH_FLAG_LRO) == 0) return;
  flags = {ETHTOOL_SFLAGS, flags.data & ~std::uint32_t{ETH_FLAG_LRO}};
  (void)ask(SIOCETHTOOL, request);
}

Result<LinkWatch> LinkWatch::open() {
  FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(fmt::format("cannot watch network devices: {}", std::strerror(errno)));
  return LinkWatch(std::move(socket));
}

// What the messages say does not matter: who waits looks at its devices itself, so none can be missed. An overflow
// (ENOBUFS) is reported once, and is as good as a message.
void LinkWatch::drain() const {
  std::array<char, 8192> message;
  while (::recv(socket_.get(), message.data(), message.size(), 0) >= 0 || errno == ENOBUFS) {
  }
}

}  // namespace lisper::endpoint
