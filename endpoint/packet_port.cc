#include "endpoint/packet_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "core/wire/ethernet.h"

namespace lisper::endpoint {

namespace {

/// Frames wait in the device's own queue, where tc(8) counts and limits them, and not for the socket's sake.
constexpr int kSocketBuffer = 32 << 20;

bool set(int socket, int level, int option, const auto& value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

std::optional<StrippedTag> stripped_tag(msghdr& message) {
  for (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(header))) {
    if (header->cmsg_level != SOL_PACKET || header->cmsg_type != PACKET_AUXDATA) continue;
    tpacket_auxdata auxiliary;
    std::memcpy(&auxiliary, CMSG_DATA(header), sizeof auxiliary);
    if ((auxiliary.tp_status & TP_STATUS_VLAN_VALID) == 0) continue;
    const bool has_tpid = (auxiliary.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    return StrippedTag{has_tpid ? auxiliary.tp_vlan_tpid : wire::kEtherTypeVlan, auxiliary.tp_vlan_tci};
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<PacketPort>> PacketPort::open(const std::string& name) {
  auto device = Device::find(name);
  if (!device) return tl::unexpected(device.error());
  if (!device->is_ethernet()) return fail(fmt::format("{} is not an Ethernet device", name));
  // Protocol 0: nothing is received until bind().
  FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket)
    return fail(fmt::format("cannot open {}: {}{}", name, std::strerror(errno),
                            errno == EPERM ? " (it needs CAP_NET_RAW)" : ""));
  const int fd = socket.get();
  const int on = 1;
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = device->index();
  promiscuous.mr_type = PACKET_MR_PROMISC;
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = device->index();
  // Without privilege the buffers stay what sysctl net.core.*mem_default says.
  (void)set(fd, SOL_SOCKET, SO_SNDBUFFORCE, kSocketBuffer);
  (void)set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kSocketBuffer);
  if (!set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, on) || !set(fd, SOL_PACKET, PACKET_AUXDATA, on) ||
      !set(fd, SOL_PACKET, PACKET_VNET_HDR, on) || !set(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous) ||
      ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(fmt::format("cannot open {}: {}", name, std::strerror(errno)));
  device->stop_merging();
  return std::unique_ptr<PacketPort>(new PacketPort(std::move(*device), std::move(socket)));
}

std::size_t PacketPort::receive(std::span<Buffer> buffers) {
  return receive_batch(buffers.first(std::min(buffers.size(), kBatch)));
}

std::size_t PacketPort::receive_batch(std::span<Buffer> buffers) {
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    Slot& slot = slots_[i];
    slot.parts = {iovec{&slot.offload, sizeof slot.offload}, iovec{buffers[i].frame(), kMaxFrame}};
    messages_[i].msg_hdr = {.msg_name = nullptr,
                            .msg_namelen = 0,
                            .msg_iov = slot.parts.data(),
                            .msg_iovlen = slot.parts.size(),
                            .msg_control = slot.control.data(),
                            .msg_controllen = slot.control.size(),
                            .msg_flags = 0};
  }
  const int count = ::recvmmsg(socket_.get(), messages_.data(), static_cast<unsigned>(buffers.size()), 0, nullptr);
  if (count < 0) {
    gone_ = errno == ENODEV || errno == ENXIO;
    return 0;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    if (!restore(messages_[i], slots_[i], buffers[i])) continue;
    if (kept != i) std::swap(buffers[kept], buffers[i]);
    ++kept;
  }
  return kept;
}

bool PacketPort::restore(const mmsghdr& message, Slot& slot, Buffer& buffer) {
  if (slot.offload.segmentation != 0) {
    if (losses_.rx_unsegmented++ == 0)
      spdlog::warn(
          "{}: who is at its other end leaves segmentation to the device, so large packets are lost; "
          "switch that off there: ethtool -K DEVICE tso off gso off",
          device_.name());
    return false;
  }
  buffer.hold(message.msg_len - static_cast<std::uint32_t>(sizeof slot.offload));
  if (!finish_checksum(slot.offload, {buffer.data, buffer.len})) return false;
  msghdr header = message.msg_hdr;
  if (const auto tag = stripped_tag(header); tag && buffer.len >= sizeof(wire::Ethernet)) restore_tag(*tag, buffer);
  return true;
}

void PacketPort::send(std::span<const Bytes> frames) {
  for (; !frames.empty(); frames = frames.subspan(std::min(frames.size(), kBatch)))
    send_batch(frames.first(std::min(frames.size(), kBatch)));
}

void PacketPort::send_batch(std::span<const Bytes> frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Slot& slot = slots_[i];
    slot.offload = {};
    slot.parts = {iovec{&slot.offload, sizeof slot.offload},
                  iovec{const_cast<std::byte*>(frames[i].data()), frames[i].size()}};
    messages_[i].msg_hdr = {};
    messages_[i].msg_hdr.msg_iov = slot.parts.data();
    messages_[i].msg_hdr.msg_iovlen = slot.parts.size();
  }
  for (std::size_t sent = 0; sent < frames.size();) {
    const int count = ::sendmmsg(socket_.get(), &messages_[sent], static_cast<unsigned>(frames.size() - sent), 0);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else {  // this one was not taken; the next one may be
      ++losses_.tx_refused;
      ++sent;
    }
  }
}

Losses PacketPort::losses() {
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  // Reading resets it.
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0)
    losses_.rx_missed += statistics.tp_drops;
  return losses_;
}

}  // namespace lisper::endpoint
