#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace lisper::nic {

/// The two quadwords of a descriptor.
struct Descriptor {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// What the NIC reaches of the program's memory: windows of bus addresses, and nothing between or around them.
class DmaMemory {
 public:
  struct Window {
    std::uint64_t address;
    std::span<std::byte> memory;
  };
  /// Finds the windows anew. Called when an address is in none of those that are known.
  using Finder = std::function<std::vector<Window>()>;

  explicit DmaMemory(Finder find) : find_(std::move(find)) {}

  /// Looks for the program's memory again, as when it starts a queue.
  void refresh();

  // False if any byte is outside the windows; then none was touched. Ranges may cross from window to window.
  [[nodiscard]] bool read(std::uint64_t address, std::span<std::byte> to);
  [[nodiscard]] bool write(std::uint64_t address, std::span<const std::byte> from);

  /// `address` is a multiple of 16.
  [[nodiscard]] std::optional<Descriptor> read_descriptor(std::uint64_t address);
  /// The high quadword, in which the driver looks for the done bit, becomes visible last.
  [[nodiscard]] bool write_descriptor(std::uint64_t address, const Descriptor& descriptor);

 private:
  [[nodiscard]] const Window* window_of(std::uint64_t address) noexcept;
  [[nodiscard]] bool reaches(std::uint64_t address, std::size_t bytes);
  /// `visit(span)` for each piece of a range that reaches() allowed.
  template <typename Visit>
  void for_pieces(std::uint64_t address, std::size_t bytes, Visit&& visit);

  Finder find_;
  std::vector<Window> windows_;  // by address, not overlapping
  std::size_t last_ = 0;         // where the last address was found
  unsigned fruitless_ = 0;       // searches in a row that found nothing for the address
};

}  // namespace lisper::nic
