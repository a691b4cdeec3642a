#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/big_endian.h"
#include "core/forward/packet.h"

struct rte_mbuf;
struct rte_mempool;

namespace lisper::hw {

/// `frame` as one buffer with kHeadroom and kTailroom that nobody else holds: itself rearranged, or a copy, and `frame`
/// is freed. Null if that takes more memory than there is.
[[nodiscard]] rte_mbuf* make_usable(rte_mbuf* frame, rte_mempool* pool) noexcept;

/// `frame` with zeros behind it, so that it has `bytes`: itself, or a copy, and `frame` is freed. Null if there is no
/// memory. For less than kTailroom more.
[[nodiscard]] rte_mbuf* padded(rte_mbuf* frame, std::uint16_t bytes, rte_mempool* pool) noexcept;

/// A new buffer with these bytes between kHeadroom and kTailroom. Null if they do not fit in one, or there is none.
[[nodiscard]] rte_mbuf* copy_of(Bytes bytes, rte_mempool* pool) noexcept;

/// A copy of a frame whose first bytes are its own, with kHeadroom before them, and whose other bytes are the frame's.
class SharedCopy {
 public:
  /// `own` [bytes]: how many to copy. The others, unless they are none, are shared: nobody may change them any more.
  SharedCopy(rte_mbuf* frame, std::uint32_t own, rte_mempool* pool) noexcept;
  ~SharedCopy();
  SharedCopy(const SharedCopy&) = delete;
  SharedCopy& operator=(const SharedCopy&) = delete;

  [[nodiscard]] explicit operator bool() const noexcept { return head_ != nullptr; }
  [[nodiscard]] std::byte* data() const noexcept;
  /// The buffer to send, when the core has moved `packet.data`, which began at data(). The caller's to free.
  [[nodiscard]] rte_mbuf* finish(const Packet& packet) noexcept;

 private:
  rte_mbuf* head_;
  rte_mbuf* shared_ = nullptr;  ///< not yet chained
};

}  // namespace lisper::hw
