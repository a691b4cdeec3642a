#pragma once

#include <string>
#include <vector>

#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/tables/delta.h"

namespace lisper {

/// What an engine wants done. The adapter sends the frames and messages, and decides how the deltas
/// become visible to the fast path.
struct Outbox {
  struct Frame {
    PortId port;
    std::vector<std::byte> bytes;
  };
  /// A bare frame of an L2 network, which the adapter gives to `inject` (core/forward/process.h).
  struct OverlayFrame {
    NetworkId network;
    LocationId ingress;  ///< where it came from; of a frame of our own, `to`
    LocationId to;       ///< kNoLocation: where the tables say
    std::vector<std::byte> bytes;
  };
  std::vector<Frame> frames;  ///< complete Ethernet frames
  std::vector<OverlayFrame> overlay_frames;
  std::vector<std::string> messages;  ///< datagrams for the punt socket, each at most 4000 bytes
  std::vector<TableDelta> deltas;     ///< to be applied in order, before any frames are sent

  void clear() {
    frames.clear();
    overlay_frames.clear();
    messages.clear();
    deltas.clear();
  }
  [[nodiscard]] bool empty() const noexcept {
    return frames.empty() && overlay_frames.empty() && messages.empty() && deltas.empty();
  }
};

}  // namespace lisper
