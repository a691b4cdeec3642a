#pragma once

#include <variant>

#include "core/base/big_endian.h"
#include "core/base/result.h"
#include "core/control/map_cache_message.h"
#include "core/control/setup_message.h"

namespace lisper {

using ControlMessage = std::variant<MapCacheMessage, SetupMessage>;

/// Reads a datagram of the control socket, in either dialect; which one, it shows by having a `type` or not.
/// An error stands for the whole datagram: it is not one JSON object, or a field that matters here is absent
/// or of the wrong shape.
[[nodiscard]] Result<ControlMessage> decode_control_message(Bytes datagram);

}  // namespace lisper
