#include "nic-model/dma_memory.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace lisper::nic {

namespace {

// A driver that keeps writing nonsense must not cost a look at the memory map each time. Starting a queue resets this.
constexpr unsigned kFruitlessSearches = 64;

}  // namespace

void DmaMemory::refresh() {
  windows_ = find_();
  std::ranges::sort(windows_, {}, &Window::address);
  last_ = 0;
  fruitless_ = 0;
}

const DmaMemory::Window* DmaMemory::window_of(std::uint64_t address) noexcept {
  const auto holds = [address](const Window& w) { return address - w.address < w.memory.size(); };
  if (last_ < windows_.size() && holds(windows_[last_])) return &windows_[last_];
  const auto after = std::ranges::upper_bound(windows_, address, {}, &Window::address);
  if (after == windows_.begin()) return nullptr;
  const auto found = std::prev(after);
  if (!holds(*found)) return nullptr;
  last_ = static_cast<std::size_t>(found - windows_.begin());
  return &*found;
}

bool DmaMemory::reaches(std::uint64_t address, std::size_t bytes) {
  if (address + bytes < address) return false;
  const auto all = [&] {
    for (std::uint64_t at = address; at < address + bytes;) {
      const Window* window = window_of(at);
      if (window == nullptr) return false;
      at = window->address + window->memory.size();
    }
    return true;
  };
  if (all()) return true;
  if (fruitless_ >= kFruitlessSearches) return false;
  const unsigned fruitless = fruitless_ + 1;
  refresh();
  if (all()) return true;
  fruitless_ = fruitless;
  return false;
}

template <typename Visit>
void DmaMemory::for_pieces(std::uint64_t address, std::size_t bytes, Visit&& visit) {
  while (bytes > 0) {
    const Window* window = window_of(address);
    const auto offset = static_cast<std::size_t>(address - window->address);
    const std::size_t piece = std::min(bytes, window->memory.size() - offset);
    visit(window->memory.subspan(offset, piece));
    address += piece;
    bytes -= piece;
  }
}

bool DmaMemory::read(std::uint64_t address, std::span<std::byte> to) {
  if (!reaches(address, to.size())) return false;
  for_pieces(address, to.size(), [&](std::span<std::byte> piece) {
    std::memcpy(to.data(), piece.data(), piece.size());
    to = to.subspan(piece.size());
  });
  return true;
}

bool DmaMemory::write(std::uint64_t address, std::span<const std::byte> from) {
  if (!reaches(address, from.size())) return false;
  for_pieces(address, from.size(), [&](std::span<std::byte> piece) {
    std::memcpy(piece.data(), from.data(), piece.size());
    from = from.subspan(piece.size());
  });
  return true;
}

// Windows are whole pages, so that an aligned descriptor is in one of them.
std::optional<Descriptor> DmaMemory::read_descriptor(std::uint64_t address) {
  if (!reaches(address, sizeof(Descriptor))) return std::nullopt;
  const Window& window = *window_of(address);
  Descriptor descriptor;
  std::memcpy(&descriptor, window.memory.data() + (address - window.address), sizeof descriptor);
  return descriptor;
}

bool DmaMemory::write_descriptor(std::uint64_t address, const Descriptor& descriptor) {
  if (!reaches(address, sizeof(Descriptor))) return false;
  const Window& window = *window_of(address);
  auto* words = reinterpret_cast<std::uint64_t*>(window.memory.data() + (address - window.address));
  std::atomic_ref(words[0]).store(descriptor.low, std::memory_order_relaxed);
  std::atomic_ref(words[1]).store(descriptor.high, std::memory_order_release);
  return true;
}

}  // namespace lisper::nic
