#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "nic-model/dma_memory.h"
#include "nic-model/port.h"

// A program's memory and a driver that knows just enough of a port, for tests.
namespace lisper::nic::testing {

/// One window of bus addresses.
class Memory {
 public:
  static constexpr std::uint64_t kBase = 0x1'4000'0000;
  static constexpr std::size_t kBytes = 1 << 20;

  [[nodiscard]] DmaMemory dma() {
    return DmaMemory([this] { return std::vector<DmaMemory::Window>{{kBase, bytes_}}; });
  }
  [[nodiscard]] std::span<std::byte> at(std::uint64_t address, std::size_t bytes) {
    return std::span(bytes_).subspan(address - kBase, bytes);
  }
  void put(std::uint64_t address, Frame frame) { std::ranges::copy(frame, at(address, frame.size()).begin()); }
  void put(std::uint64_t address, const Descriptor& d) { std::memcpy(at(address, sizeof d).data(), &d, sizeof d); }
  [[nodiscard]] Descriptor descriptor(std::uint64_t address) {
    Descriptor d;
    std::memcpy(&d, at(address, sizeof d).data(), sizeof d);
    return d;
  }

 private:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kBytes);
};

constexpr std::uint32_t kDescriptors = 8;
constexpr std::uint64_t kBufferBytes = 2048;

/// Where things of a queue lie.
[[nodiscard]] constexpr std::uint64_t rx_ring(std::uint32_t queue) { return Memory::kBase + queue * 0x1000; }
[[nodiscard]] constexpr std::uint64_t tx_ring(std::uint32_t queue) { return Memory::kBase + 0x10000 + queue * 0x1000; }
[[nodiscard]] constexpr std::uint64_t rx_buffer(std::uint32_t queue, std::uint32_t i) {
  return Memory::kBase + 0x40000 + (queue * kDescriptors + i) * kBufferBytes;
}
[[nodiscard]] constexpr std::uint64_t tx_buffer(std::uint32_t i) { return Memory::kBase + 0xc0000 + i * kBufferBytes; }

struct Bench {
  explicit Bench(Limits limits = {})
      : port(
            0, {0x02, 0, 0, 0, 0, 1}, dma, [this] { ++interrupts; }, std::move(limits)) {}

  Memory memory;
  DmaMemory dma = memory.dma();
  unsigned interrupts = 0;
  Port port;
  std::vector<std::vector<std::byte>> sent;

  void start_receive(std::uint32_t queue = 0, std::uint32_t srrctl = 2u | 1u << 25) {
    const std::uint32_t at = reg::rx_queue(queue);
    for (std::uint32_t i = 0; i < kDescriptors; ++i) memory.put(rx_ring(queue) + i * 16, {rx_buffer(queue, i), 0});
    start_ring(at, rx_ring(queue));
    port.write(at + reg::kSrrctl, srrctl);
    port.write(at + reg::kRxdctl, reg::kQueueEnable);
    port.write(at + reg::kRdt, kDescriptors - 1);
    port.write(reg::kRxCtrl, reg::kRxCtrlEnable);
    port.set_carrier(true);
  }
  void start_transmit(std::uint32_t queue = 0) {
    const std::uint32_t at = reg::tx_queue(queue);
    start_ring(at, tx_ring(queue));
    port.write(reg::kDmaTxCtl, reg::kDmaTxCtlEnable);
    port.write(at + reg::kTxdctl, reg::kQueueEnable);
    port.set_carrier(true);
  }
  bool run() {
    return port.run([this](Frame frame) { sent.emplace_back(frame.begin(), frame.end()); });
  }
  [[nodiscard]] std::uint64_t errors(Error error) const { return port.errors()[error]; }

 private:
  void start_ring(std::uint32_t at, std::uint64_t base) {
    port.write(at + reg::kRdbal, static_cast<std::uint32_t>(base));
    port.write(at + reg::kRdbah, static_cast<std::uint32_t>(base >> 32));
    port.write(at + reg::kRdlen, kDescriptors * 16);
    port.write(at + reg::kRdh, 0);
    port.write(at + reg::kRdt, 0);
  }
};

/// Of hexadecimal digits; blanks are passed over.
[[nodiscard]] inline std::vector<std::byte> bytes(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
  std::vector<std::byte> result;
  for (std::size_t i = 0; i + 1 < hex.size();) {
    if (hex[i] == ' ') {
      ++i;
      continue;
    }
    result.push_back(static_cast<std::byte>(digit(hex[i]) << 4 | digit(hex[i + 1])));
    i += 2;
  }
  return result;
}

/// To the bench's port, of no protocol that is known, filled up to `size`.
[[nodiscard]] inline std::vector<std::byte> frame(std::size_t size) {
  auto result = bytes("020000000001 020000000002 88b5");
  while (result.size() < size) result.push_back(static_cast<std::byte>(result.size()));
  return result;
}

}  // namespace lisper::nic::testing
