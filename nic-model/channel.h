#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace lisper::nic {

constexpr std::uint32_t kMaxPorts = 8;

/// What a program's accesses to registers travel through: shared memory, which the program could overwrite, so that
/// the model believes nothing that it finds here without checking it. As on PCIe, writes are posted; a read waits, and
/// is answered after all that came before it.
struct Channel {
  struct Request {
    std::uint32_t port = 0;
    std::uint32_t offset = 0;
    std::uint32_t value = 0;
    bool write = false;
  };

  /// A place in the queue. `turn` says whose it is: position: a caller's; position + 1: the model's; position + 2: the
  /// caller's again, who takes the answer.
  struct Slot {
    std::atomic<std::uint64_t> turn;
    Request request;
  };

  /// The file under a port's BAR 0.
  struct Bar {
    dev_t device = 0;
    ino_t inode = 0;
  };

  static constexpr std::uint64_t kSlots = 1024;

  std::array<Bar, kMaxPorts> bars;
  std::uint32_t ports = 0;
  std::atomic<pid_t> owner;             ///< the process that mapped a BAR last: whose memory DMA goes to
  std::atomic<std::uint32_t> sleeping;  ///< not 0: the model wants a byte on the doorbell
  alignas(64) std::atomic<std::uint64_t> next;
  alignas(64) std::array<Slot, kSlots> slots;
};

// Lock-free atomics are the same in any process.
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free);

/// The model's end.
class ChannelServer {
 public:
  explicit ChannelServer(Channel& channel) noexcept : channel_(channel) {
    for (std::uint64_t i = 0; i < Channel::kSlots; ++i) channel_.slots[i].turn.store(i, std::memory_order_relaxed);
  }

  /// The request whose turn it is.
  [[nodiscard]] std::optional<Channel::Request> take() noexcept {
    const Channel::Slot& slot = slot_at(position_);
    if (slot.turn.load(std::memory_order_acquire) != position_ + 1) return std::nullopt;
    return slot.request;
  }
  /// Ends it; `value` is the answer to a read.
  void done(const Channel::Request& request, std::uint32_t value) noexcept {
    Channel::Slot& slot = slot_at(position_);
    if (!request.write) slot.request.value = value;
    slot.turn.store(request.write ? position_ + Channel::kSlots : position_ + 2, std::memory_order_release);
    ++position_;
  }

  /// Call both, and look for requests in between, before waiting at the doorbell.
  void sleeping(bool yes) noexcept { channel_.sleeping.store(yes ? 1 : 0, std::memory_order_seq_cst); }
  [[nodiscard]] pid_t owner() const noexcept { return channel_.owner.load(std::memory_order_acquire); }

 private:
  [[nodiscard]] Channel::Slot& slot_at(std::uint64_t position) noexcept {
    return channel_.slots[position % Channel::kSlots];
  }

  Channel& channel_;
  std::uint64_t position_ = 0;
};

// Where the program finds things: environment variables, each a path.
constexpr const char* kChannelVariable = "NIC82599_CHANNEL";    ///< the Channel
constexpr const char* kDoorbellVariable = "NIC82599_DOORBELL";  ///< FIFO: a byte wakes the model
constexpr const char* kLifelineVariable = "NIC82599_LIFELINE";  ///< FIFO: closed when the model is gone
constexpr const char* kTreeVariable = "NIC82599_TREE";          ///< folder with dev/uioN and uio/uioN

}  // namespace lisper::nic
