#include "lab/recorder.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <tuple>

#include "core/base/hash.h"
#include "core/wire/ethernet.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/udp.h"
#include "lab/netns.h"

namespace lisper::lab {

namespace {

constexpr std::size_t kTail = 42;           // [bytes] an ARP packet in Ethernet is not shorter
constexpr std::size_t kMaxFrame = 65'536;   // [bytes]
constexpr int kReceiveBuffer = 16'000'000;  // [bytes]
constexpr std::size_t kVlanTag = 4;         // [bytes]

constexpr std::size_t kIperfHead = 12;  // [bytes] seconds, microseconds, and a number

std::uint64_t hash(Bytes bytes) {
  std::uint64_t value = bytes.size();
  for (const std::byte byte : bytes) value = mix(value ^ std::to_integer<std::uint64_t>(byte), kHashMultiplier);
  return value;
}

/// One socket a port, and maybe one file.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// The kernel takes a VLAN tag out of the frame; puts it back. `frame` has room for it before its begin.
std::size_t restore_tag(std::byte* frame, std::size_t size, const tpacket_auxdata& aux) {
  if ((aux.tp_status & TP_STATUS_VLAN_VALID) == 0) return size;
  constexpr std::size_t kAddresses = 12;
  std::memmove(frame, frame + kVlanTag, kAddresses);
  const std::uint16_t tag[] = {htons((aux.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? aux.tp_vlan_tpid : ETH_P_8021Q),
                               htons(aux.tp_vlan_tci)};
  std::memcpy(frame + kAddresses, tag, sizeof tag);
  return size + kVlanTag;
}

}  // namespace

struct Recorder::Dump {
  std::unique_ptr<pcap_t, decltype(&pcap_close)> pcap{nullptr, &pcap_close};
  std::unique_ptr<pcap_dumper_t, decltype(&pcap_dump_close)> file{nullptr, &pcap_dump_close};
};

Recorder::Port::Port() = default;
Recorder::Port::~Port() = default;
Recorder::Port::Port(Port&&) noexcept = default;

std::uint64_t stream_of(const IpAddress& source, const IpAddress& destination, std::uint16_t port) {
  const auto of = [](const IpAddress& ip) { return hash(std::as_bytes(std::span(ip.v6().octets))); };
  return mix(mix(of(source), of(destination)), port);
}

std::optional<Sighting> identify_frame(Bytes frame, Identity by) {
  Sighting sighting{.length = static_cast<std::uint32_t>(frame.size())};
  if (by == Identity::kTail) {
    sighting.identity = hash(frame.last(std::min(frame.size(), kTail)));
    return sighting;
  }
  std::size_t offset = sizeof(wire::Ethernet);
  if (frame.size() < offset + sizeof(wire::Ipv4)) return std::nullopt;
  const std::uint16_t type = at<wire::Ethernet>(frame.data()).ether_type.value();
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  if (type == wire::kEtherTypeIpv4) {
    const auto& ip = at<wire::Ipv4>(frame.data(), offset);
    std::tie(source, destination, protocol) = std::tuple(ip.source, ip.destination, ip.protocol);
    offset += sizeof ip;  // hosts send no options
  } else if (type == wire::kEtherTypeIpv6 && frame.size() >= offset + sizeof(wire::Ipv6)) {
    const auto& ip = at<wire::Ipv6>(frame.data(), offset);
    std::tie(source, destination, protocol) = std::tuple(ip.source, ip.destination, ip.next_header);
    offset += sizeof ip;
  }
  if (protocol != IPPROTO_UDP || frame.size() < offset + sizeof(wire::Udp) + kIperfHead) return std::nullopt;
  const auto& udp = at<wire::Udp>(frame.data(), offset);
  sighting.stream = stream_of(source, destination, udp.destination_port.value());
  sighting.identity = hash(frame.subspan(offset + sizeof udp, kIperfHead));
  return sighting;
}

Recorder::~Recorder() = default;

void Recorder::watch(const Watch& watch) { ports_[watch.port].sightings[watch]; }
void Recorder::capture(model::PortRef port, std::filesystem::path file) { ports_[port].file = std::move(file); }

Result<void> Recorder::start() {
  if (ports_.empty()) return {};
  allow_many_files();
  auto opened = in_netns(layout_.panel(), [&]() -> Result<void> {
    for (auto& [ref, port] : ports_)
      if (auto done = open(ref, port); !done) return done;
    return {};
  });
  if (!opened) return opened;
  thread_ = std::jthread([this](std::stop_token stop) { loop(std::move(stop)); });
  return {};
}

Result<void> Recorder::open(model::PortRef ref, Port& port) {
  const std::string name = layout_.socket(ref);
  const auto fails = [&](const char* what) {
    return fail(fmt::format("capturing at {}: {}: {}", name, what, std::strerror(errno)));
  };
  port.socket = FileDescriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!port.socket) return fails("socket");
  const int on = 1;
  setsockopt(port.socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  setsockopt(port.socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(port.socket.get(), SOL_PACKET, PACKET_AUXDATA, &on, sizeof on);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(name.c_str()));
  if (bind(port.socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return fails("bind");
  if (port.file.empty()) return {};
  port.dump = std::make_unique<Dump>();
  port.dump->pcap.reset(pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kMaxFrame, PCAP_TSTAMP_PRECISION_NANO));
  port.dump->file.reset(pcap_dump_open(port.dump->pcap.get(), port.file.c_str()));
  if (port.dump->file == nullptr) return fail(pcap_geterr(port.dump->pcap.get()));
  return {};
}

void Recorder::loop(std::stop_token stop) {
  const FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  for (auto& [ref, port] : ports_) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &port;
    epoll_ctl(epoll.get(), EPOLL_CTL_ADD, port.socket.get(), &event);
  }
  std::array<epoll_event, 64> events;
  while (!stop.stop_requested()) {
    const int count = epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), 50);
    for (int i = 0; i < count; ++i) read(*static_cast<Port*>(events[static_cast<std::size_t>(i)].data.ptr));
  }
}

void Recorder::read(Port& port) {
  std::array<std::byte, kVlanTag + kMaxFrame> buffer;
  alignas(cmsghdr) std::array<char, 256> control;
  while (true) {
    sockaddr_ll from{};
    iovec bytes{buffer.data() + kVlanTag, kMaxFrame};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = recvmsg(port.socket.get(), &message, 0);
    if (got < 0 && errno == ENETDOWN) continue;  // told once; frames follow when it is up again
    if (got < 0) return;
    timespec at{};
    tpacket_auxdata aux{};
    for (cmsghdr* entry = CMSG_FIRSTHDR(&message); entry != nullptr; entry = CMSG_NXTHDR(&message, entry)) {
      if (entry->cmsg_level == SOL_SOCKET && entry->cmsg_type == SCM_TIMESTAMPNS)
        std::memcpy(&at, CMSG_DATA(entry), sizeof at);
      if (entry->cmsg_level == SOL_PACKET && entry->cmsg_type == PACKET_AUXDATA)
        std::memcpy(&aux, CMSG_DATA(entry), sizeof aux);
    }
    const bool tagged = (aux.tp_status & TP_STATUS_VLAN_VALID) != 0;
    std::byte* begin = buffer.data() + (tagged ? 0 : kVlanTag);
    const std::size_t size = restore_tag(begin, static_cast<std::size_t>(got), aux);
    const std::int64_t at_ns = at.tv_sec * 1'000'000'000 + at.tv_nsec - origin_ns_;
    if (at_ns < 0) continue;
    if (port.dump != nullptr) {
      pcap_pkthdr header{};
      header.ts.tv_sec = at_ns / 1'000'000'000;
      header.ts.tv_usec = at_ns % 1'000'000'000;  // nanoseconds, as the file says
      header.caplen = header.len = static_cast<bpf_u_int32>(size);
      pcap_dump(reinterpret_cast<u_char*>(port.dump->file.get()), &header, reinterpret_cast<const u_char*>(begin));
    }
    remember(port, at_ns, {begin, size}, from.sll_pkttype == PACKET_OUTGOING);
  }
}

Result<void> Recorder::stop() {
  thread_ = {};  // asks it to stop, and joins
  for (auto& [ref, port] : ports_) {
    if (!port.socket) continue;
    read(port);
    port.socket = FileDescriptor();
    if (port.dump != nullptr && pcap_dump_flush(port.dump->file.get()) != 0)
      return fail(fmt::format("{}: {}", port.file.string(), std::strerror(errno)));
    port.dump.reset();
  }
  return {};
}

void Recorder::remember(Port& port, std::int64_t at_ns, Bytes frame, bool towards_node) {
  for (auto& [watch, sightings] : port.sightings) {
    if (frame.size() < watch.headers) continue;
    auto sighting = identify_frame(frame.subspan(watch.headers), watch.by);
    if (!sighting) continue;
    sighting->at_ns = at_ns;
    sighting->towards_node = towards_node;
    sightings.push_back(*sighting);
  }
}

const std::vector<Sighting>& Recorder::sightings(const Watch& watch) const {
  return ports_.find(watch.port)->second.sightings.find(watch)->second;
}

}  // namespace lisper::lab
