#include "hw/copies.h"

#include <rte_mbuf.h>

#include <cstring>
#include <utility>

namespace lisper::hw {

static_assert(RTE_PKTMBUF_HEADROOM >= kHeadroom, "a fresh buffer has room for all headers");

rte_mbuf* make_usable(rte_mbuf* frame, rte_mempool* pool) noexcept {
  rte_mbuf* copy = nullptr;
  if (RTE_PKTMBUF_HEADROOM + frame->pkt_len + kTailroom <= rte_pktmbuf_data_room_size(pool))
    copy = rte_pktmbuf_copy(frame, pool, 0, UINT32_MAX);
  rte_pktmbuf_free(frame);
  return copy;
}

rte_mbuf* padded(rte_mbuf* frame, std::uint16_t bytes, rte_mempool* pool) noexcept {
  const bool ours = frame->nb_segs == 1 && RTE_MBUF_DIRECT(frame) && rte_mbuf_refcnt_read(frame) == 1;
  if (!ours && (frame = make_usable(frame, pool)) == nullptr) return nullptr;
  const auto more = static_cast<std::uint16_t>(bytes - frame->pkt_len);
  std::memset(rte_pktmbuf_append(frame, more), 0, more);
  return frame;
}

rte_mbuf* copy_of(Bytes bytes, rte_mempool* pool) noexcept {
  if (RTE_PKTMBUF_HEADROOM + bytes.size() + kTailroom > rte_pktmbuf_data_room_size(pool)) return nullptr;
  rte_mbuf* frame = rte_pktmbuf_alloc(pool);
  if (frame == nullptr) return nullptr;
  std::memcpy(rte_pktmbuf_append(frame, static_cast<std::uint16_t>(bytes.size())), bytes.data(), bytes.size());
  return frame;
}

SharedCopy::SharedCopy(rte_mbuf* frame, std::uint32_t own, rte_mempool* pool) noexcept
    : head_(copy_of({rte_pktmbuf_mtod(frame, std::byte*), own}, pool)) {
  if (head_ == nullptr || own == frame->pkt_len) return;
  shared_ = rte_pktmbuf_clone(frame, pool);
  if (shared_ == nullptr) {
    rte_pktmbuf_free(std::exchange(head_, nullptr));
  } else {
    rte_pktmbuf_adj(shared_, static_cast<std::uint16_t>(own));
  }
}

SharedCopy::~SharedCopy() {
  rte_pktmbuf_free(head_);
  rte_pktmbuf_free(shared_);
}

std::byte* SharedCopy::data() const noexcept { return rte_pktmbuf_mtod(head_, std::byte*); }

rte_mbuf* SharedCopy::finish(const Packet& packet) noexcept {
  const std::uint32_t behind = shared_ != nullptr ? shared_->data_len : 0;
  head_->data_off = static_cast<std::uint16_t>(packet.data - static_cast<std::byte*>(head_->buf_addr));
  head_->data_len = static_cast<std::uint16_t>(packet.len - behind);
  head_->pkt_len = packet.len;
  if (shared_ != nullptr) {
    head_->next = std::exchange(shared_, nullptr);
    head_->nb_segs = 2;
  }
  return std::exchange(head_, nullptr);
}

}  // namespace lisper::hw
