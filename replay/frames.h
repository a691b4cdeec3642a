#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/time.h"

namespace lisper::replay {

using FrameBytes = std::vector<std::byte>;

/// A frame that comes in at, or goes out of, a port at a time.
struct PortFrame {
  PortId port;
  TimeNs at;
  FrameBytes bytes;

  friend bool operator==(const PortFrame&, const PortFrame&) = default;
};

/// A datagram for the punt socket.
struct Punt {
  TimeNs at;
  std::string text;

  friend bool operator==(const Punt&, const Punt&) = default;
};

}  // namespace lisper::replay
