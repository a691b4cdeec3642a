#include <algorithm>

#include "hw/doctor/capabilities.h"
#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

namespace {

constexpr const char* kSudo = "sudo lisper-hw ...";

/// The kernel lists each kind of socket it has: "PACKET", "XDP", ...
bool has_sockets(const Machine& machine, const std::string& kind) {
  const auto list = lines(machine.text("/proc/net/protocols").value_or(""));
  return std::ranges::any_of(list, [&](const std::string& line) { return line.starts_with(kind + " "); });
}

}  // namespace

void check_virtual_devices(const Machine& machine, const Needs&, Checks& out) {
  constexpr const char* kWhyTap = "net_tap makes interfaces that the kernel's programs can use";
  if (!machine.exists("/dev/net/tun")) {
    out.push_back({"tap", Level::kWarn, "no /dev/net/tun", kWhyTap,
                   "modprobe tun; mkdir -p /dev/net && mknod /dev/net/tun c 10 200"});
  } else if (!machine.usable("/dev/net/tun") || !has(machine, Capability::kNetAdmin)) {
    out.push_back({"tap", Level::kWarn, "/dev/net/tun, but no right to make interfaces", kWhyTap, kSudo});
  } else {
    out.push_back({"tap", Level::kOk, "/dev/net/tun", "", ""});
  }

  constexpr const char* kWhyPacket = "net_af_packet and net_pcap ride on the kernel's own interfaces";
  if (!has_sockets(machine, "PACKET")) {
    out.push_back({"af_packet", Level::kWarn, "the kernel has no packet sockets", kWhyPacket,
                   "modprobe af_packet, or a kernel with CONFIG_PACKET"});
  } else if (!has(machine, Capability::kNetRaw)) {
    out.push_back({"af_packet", Level::kWarn, "packet sockets, but no right to open one", kWhyPacket, kSudo});
  } else {
    out.push_back({"af_packet", Level::kOk, "packet sockets", "", ""});
  }

  constexpr const char* kWhyXdp = "net_af_xdp is the fastest way to an interface that the kernel keeps";
  if (!has_sockets(machine, "XDP")) {
    out.push_back({"af_xdp", Level::kWarn, "the kernel has no XDP sockets", kWhyXdp,
                   "a kernel with CONFIG_XDP_SOCKETS; or net_af_packet instead"});
  } else if (!has(machine, Capability::kNetRaw) || !has(machine, Capability::kNetAdmin)) {
    out.push_back({"af_xdp", Level::kWarn, "XDP sockets, but no right to open one", kWhyXdp, kSudo});
  } else {
    out.push_back({"af_xdp", Level::kOk, "XDP sockets", "", ""});
  }
}

}  // namespace lisper::hw::doctor
