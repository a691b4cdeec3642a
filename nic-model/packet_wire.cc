#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "nic-model/wire.h"
#include "program/file_descriptor.h"

namespace lisper::nic {

namespace {

constexpr int kSocketBuffer = 16 << 20;  // [bytes]
constexpr std::size_t kMacs = 12;        // [bytes] what precedes a VLAN tag

struct Interface {
  std::string name;
  FileDescriptor socket;
  bool carrier = false;
};

bool read_carrier(const Interface& interface) {
  ifreq request{};
  interface.name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(interface.socket.get(), SIOCGIFFLAGS, &request) != 0 || (request.ifr_flags & IFF_UP) == 0) return false;
  ethtool_value link{.cmd = ETHTOOL_GLINK, .data = 0};
  request.ifr_data = reinterpret_cast<char*>(&link);
  return ::ioctl(interface.socket.get(), SIOCETHTOOL, &request) == 0 && link.data != 0;
}

/// The kernel takes a VLAN tag out of the frame; 0: there was none.
std::uint32_t stripped_tag(msghdr& message) {
  for (cmsghdr* entry = CMSG_FIRSTHDR(&message); entry != nullptr; entry = CMSG_NXTHDR(&message, entry)) {
    if (entry->cmsg_level != SOL_PACKET || entry->cmsg_type != PACKET_AUXDATA) continue;
    tpacket_auxdata aux{};
    std::memcpy(&aux, CMSG_DATA(entry), sizeof aux);
    if ((aux.tp_status & TP_STATUS_VLAN_VALID) == 0) continue;
    const std::uint32_t type = (aux.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? aux.tp_vlan_tpid : ETH_P_8021Q;
    return type << 16 | aux.tp_vlan_tci;
  }
  return 0;
}

class Interfaces : public Wire {
 public:
  Interfaces(Ports& ports, std::vector<Interface> interfaces, FileDescriptor changes)
      : ports_(ports), interfaces_(std::move(interfaces)), changes_(std::move(changes)) {}

  void sent(std::size_t port, Frame frame) override {
    // What the interface has no room for, or is too long for it, is lost as on a wire.
    std::ignore = ::send(interfaces_[port].socket.get(), frame.data(), frame.size(), MSG_DONTWAIT);
  }
  bool run() override {
    bool worked = follow_changes();
    for (std::size_t i = 0; i < interfaces_.size(); ++i) worked |= receive_from(*ports_[i], [&] { return receive(i); });
    return worked;
  }
  [[nodiscard]] bool carrier(std::size_t port) const override { return interfaces_[port].carrier; }
  void wait_for(std::vector<pollfd>& list) const override {
    for (const Interface& interface : interfaces_) list.push_back({interface.socket.get(), POLLIN, 0});
    list.push_back({changes_.get(), POLLIN, 0});
  }

 private:
  /// What the kernel says of interfaces is only the occasion to look.
  bool follow_changes() {
    bool changed = false;
    std::array<char, 8192> message;
    while (::recv(changes_.get(), message.data(), message.size(), MSG_DONTWAIT) > 0 || errno == ENOBUFS) changed = true;
    if (changed)
      for (Interface& interface : interfaces_) interface.carrier = read_carrier(interface);
    return changed;
  }

  bool receive(std::size_t port) {
    // Room for a tag that is put back in.
    iovec bytes{buffer_.data() + kVlanTagBytes, kMaxFrameBytes};
    alignas(cmsghdr) std::array<char, 128> control;
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(interfaces_[port].socket.get(), &message, MSG_DONTWAIT);
    if (got < static_cast<ssize_t>(kMacs)) return got > 0;
    std::span<std::byte> room = std::span(buffer_).subspan(kVlanTagBytes);
    auto size = static_cast<std::size_t>(got);
    if (const std::uint32_t tag = htonl(stripped_tag(message)); tag != 0) {
      room = buffer_;
      size += kVlanTagBytes;
      std::copy_n(buffer_.begin() + kVlanTagBytes, kMacs, buffer_.begin());
      std::memcpy(buffer_.data() + kMacs, &tag, sizeof tag);
    }
    ports_[port]->arrived(padded(room, size));
    return true;
  }

  Ports& ports_;
  std::vector<Interface> interfaces_;
  FileDescriptor changes_;  // netlink
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kVlanTagBytes + kMaxFrameBytes);
};

Result<Interface> open_interface(const std::string& name) {
  const auto failed = [&] { return fail(fmt::format("interface {}: {}", name, std::strerror(errno))); };
  // Protocol 0: nothing is received until it is bound.
  Interface interface { .name = name, .socket = FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) };
  const int fd = interface.socket.get();
  if (fd < 0) return failed();
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(name.c_str()));
  if (address.sll_ifindex == 0) return failed();
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = address.sll_ifindex;
  promiscuous.mr_type = PACKET_MR_PROMISC;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kSocketBuffer, sizeof kSocketBuffer);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBuffer, sizeof kSocketBuffer);
  if (::setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
      ::setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) != 0 ||
      ::setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) != 0 ||
      ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed();
  return interface;
}

}  // namespace

Result<std::unique_ptr<Wire>> packet_wire(Wire::Ports& ports, const std::vector<std::string>& names) {
  if (names.size() != ports.size())
    return fail(fmt::format("{} ports are plugged into {} interfaces", ports.size(), names.size()));
  FileDescriptor changes(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl group{};
  group.nl_family = AF_NETLINK;
  group.nl_groups = RTMGRP_LINK;
  if (!changes || ::bind(changes.get(), reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0)
    return fail(fmt::format("cannot watch interfaces: {}", std::strerror(errno)));
  std::vector<Interface> interfaces;
  for (const std::string& name : names) {
    auto interface = open_interface(name);
    if (!interface) return tl::unexpected(interface.error());
    interface->carrier = read_carrier(*interface);
    interfaces.push_back(std::move(*interface));
  }
  return std::make_unique<Interfaces>(ports, std::move(interfaces), std::move(changes));
}

}  // namespace lisper::nic
