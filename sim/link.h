#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "core/base/random.h"
#include "model/plan.h"
#include "report/result.h"
#include "sim/frame.h"
#include "sim/series.h"

namespace lisper::sim {

/// A node, as its ports see it. `port` is the node's own number of the port.
class FrameSink {
 public:
  virtual void receive(FramePtr frame, std::size_t port) = 0;
  /// The port's carrier came or went.
  virtual void carrier(std::size_t port, bool up) = 0;

 protected:
  ~FrameSink() = default;
};

/// Sees the frames of one port, as they stand on the wire.
class FrameTap {
 public:
  virtual void on_sent(std::int64_t now_ns, Bytes frame) = 0;
  virtual void on_received(std::int64_t now_ns, Bytes frame) = 0;

 protected:
  ~FrameTap() = default;
};

class LinkDirection;

/// A node's socket for one end of a link.
class LinkPort {
 public:
  struct Counters {
    std::uint64_t rx_packets = 0;
    std::uint64_t rx_bytes = 0;
    std::uint64_t tx_packets = 0;  ///< accepted by the link
    std::uint64_t tx_bytes = 0;
    std::uint64_t tx_refused = 0;  ///< no link, no carrier, queue full, too big
  };

  /// `context` is the ns-3 node's id. `sink` must outlive the simulation.
  LinkPort(FrameSink& sink, std::size_t index, std::uint32_t context) noexcept
      : sink_(&sink), index_(index), context_(context) {}
  LinkPort(const LinkPort&) = delete;
  LinkPort& operator=(const LinkPort&) = delete;

  /// Sends the frame, or drops and counts it. True if it is under way.
  bool send(FramePtr frame);
  [[nodiscard]] bool is_up() const noexcept { return up_; }
  [[nodiscard]] std::uint32_t context() const noexcept { return context_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  /// `tap` must outlive the simulation.
  void add_tap(FrameTap& tap) { taps_.push_back(&tap); }

 private:
  friend class LinkDirection;
  friend class Link;
  void set_up(bool up) {
    if (up_ == up) return;
    up_ = up;
    sink_->carrier(index_, up);
  }

  FrameSink* sink_;
  std::size_t index_;
  std::uint32_t context_;
  bool up_ = false;
  LinkDirection* out_ = nullptr;
  std::vector<FrameTap*> taps_;
  Counters counters_;
};

/// One direction of a link: one ns-3 event a frame, the rest is arithmetic.
class LinkDirection final : public FrameCarrier {
 public:
  LinkDirection(const model::LinkDirection& config, std::uint16_t mtu, Random random, std::int64_t series_interval_ns);

  /// True if the frame is under way; `taps` have seen it then.
  bool send(FramePtr frame, std::span<FrameTap* const> taps);
  void arrive(FramePtr frame) override;
  [[nodiscard]] report::LinkDirectionResult result() const;
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }

 private:
  friend class Link;
  [[nodiscard]] bool too_big(const Frame& frame) const noexcept;
  bool enqueue(std::int64_t now_ps);

  // Picoseconds, so that rounding to nanoseconds never adds up over a queue; they last 106 days.
  std::int64_t ps_per_byte_;
  std::int64_t delay_ps_;
  std::int64_t busy_until_ps_ = 0;
  std::deque<std::int64_t> starts_ps_;  ///< when the frames that wait will start; some may be past
  std::uint64_t rate_bps_;
  std::uint32_t queue_limit_;
  std::uint16_t mtu_;
  double loss_;
  Random random_;
  LinkPort* to_ = nullptr;
  bool up_ = false;
  std::uint32_t epoch_ = 0;  ///< counts interruptions; frames sent before one do not arrive

  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t dropped_queue_full_ = 0;
  std::uint64_t dropped_loss_ = 0;
  std::uint64_t dropped_down_ = 0;
  std::uint64_t dropped_too_big_ = 0;
  std::uint32_t queue_peak_ = 0;
  Series bytes_series_;
};

/// A full-duplex Ethernet link. Its ends notice at once when it is cut or restored, and may be moved.
class Link {
 public:
  Link(const model::Link& config, Random random, std::int64_t series_interval_ns);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Plugs end 0 or 1 into `port`, which must be free. Frames on their way to the former port are lost,
  /// and it loses its carrier.
  void plug(std::size_t end, LinkPort& port);
  /// Cuts or restores the link. Frames on their way through a cut are lost.
  void set_up(bool up);

  [[nodiscard]] bool is_up() const noexcept { return up_; }
  /// [0] from end 0 to end 1.
  [[nodiscard]] const LinkDirection& direction(std::size_t i) const noexcept { return directions_[i]; }

 private:
  void refresh();
  void interrupt();

  std::array<LinkDirection, 2> directions_;
  std::array<LinkPort*, 2> ends_{};
  bool up_;
};

}  // namespace lisper::sim
