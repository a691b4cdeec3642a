#include "hw/nic_ports.h"

#include <fmt/format.h>
#include <poll.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <utility>

namespace lisper::hw {

namespace {

constexpr const char* kWireVariable = "NIC82599_WIRE";
constexpr std::chrono::seconds kPatience(2);
constexpr std::size_t kLargest = 16'384;  // [bytes]

std::int64_t now_ns() { return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::uint16_t count_received(std::uint16_t, std::uint16_t, rte_mbuf**, std::uint16_t count, std::uint16_t,
                             void* total) {
  *static_cast<std::uint64_t*>(total) += count;
  return count;
}
std::uint16_t count_sent(std::uint16_t, std::uint16_t, rte_mbuf**, std::uint16_t count, void* total) {
  *static_cast<std::uint64_t*>(total) += count;
  return count;
}

}  // namespace

std::vector<std::string> NicPort::addresses() {
  std::vector<std::string> addresses;
  if (std::getenv(kWireVariable) == nullptr) return addresses;
  // The bus has the modelled ports alone.
  for (const auto& entry : std::filesystem::directory_iterator("/sys/bus/pci/devices"))
    if (std::string name = entry.path().filename(); name.front() != '.') addresses.push_back(std::move(name));
  std::ranges::sort(addresses);
  return addresses;
}

std::vector<std::unique_ptr<NicPort>> NicPort::take() {
  const char* list = std::getenv(kWireVariable);
  std::istringstream descriptors(list == nullptr ? "" : list);
  std::vector<std::unique_ptr<NicPort>> ports;
  std::string descriptor;
  for (const std::string& address : addresses())
    if (std::getline(descriptors, descriptor, ','))
      ports.push_back(std::unique_ptr<NicPort>(new NicPort(address, std::atoi(descriptor.c_str()))));
  return ports;
}

NicPort::~NicPort() {
  for (const Callback& callback : callbacks_) {
    rte_eth_remove_rx_callback(port_, callback.queue, static_cast<const rte_eth_rxtx_callback*>(callback.receive));
    rte_eth_remove_tx_callback(port_, callback.queue, static_cast<const rte_eth_rxtx_callback*>(callback.transmit));
  }
}

Result<void> NicPort::attach() {
  rte_eth_dev_info info{};
  if (rte_eth_dev_get_port_by_name(address_.c_str(), &port_) != 0 || rte_eth_dev_info_get(port_, &info) != 0)
    return fail(fmt::format("{} is not there", address_));
  for (std::uint16_t queue = 0; queue < std::min(info.nb_rx_queues, info.nb_tx_queues); ++queue) {
    const Callback callback{queue, rte_eth_add_rx_callback(port_, queue, count_received, &received_),
                            rte_eth_add_tx_callback(port_, queue, count_sent, &sent_)};
    if (callback.receive == nullptr || callback.transmit == nullptr)
      return fail(fmt::format("{}: {}", address_, rte_strerror(rte_errno)));
    callbacks_.push_back(callback);
  }
  return {};
}

bool NicPort::inject(unsigned, Bytes frame) {
  if (::send(wire_.get(), frame.data(), frame.size(), MSG_NOSIGNAL) < 0) return false;
  ++injected_;
  since_ = now_ns();
  return true;
}

bool NicPort::on_its_way() {
  if (received_ >= injected_) return false;
  if (now_ns() - since_ < std::chrono::nanoseconds(kPatience).count()) return true;
  injected_ = received_;
  return false;
}

std::vector<std::vector<std::byte>> NicPort::collect() {
  std::vector<std::vector<std::byte>> frames;
  std::array<std::byte, kLargest> buffer;
  while (collected_ < sent_) {
    pollfd ready{wire_.get(), POLLIN, 0};
    const ssize_t bytes = ::poll(&ready, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) == 1
                              ? ::recv(wire_.get(), buffer.data(), buffer.size(), 0)
                              : -1;
    if (bytes < 0) {
      collected_ = sent_;
      break;
    }
    frames.emplace_back(buffer.begin(), buffer.begin() + bytes);
    ++collected_;
  }
  return frames;
}

}  // namespace lisper::hw
