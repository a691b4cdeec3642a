#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/forward/config.h"

namespace lisper {

/// The controller reads so many bytes of a datagram, and dies of a JSON text that is cut off.
inline constexpr std::size_t kMaxPuntBytes = 4000;

/// "This local host is here, and wants to send there."
struct Punt {
  MacAddress source;
  MacAddress destination;
  std::string_view interface;  ///< where the frame came in, by its configured name
  Iid iid;
};

/// The datagram for the punt socket; nullopt if it had more than kMaxPuntBytes.
[[nodiscard]] std::optional<std::string> encode_punt(Dialect dialect, const Punt& punt);

/// Asks the controller to send everything again. The 2016 controller has no such request.
inline constexpr std::string_view kRestartMessage = R"({"type": "restart"})";

}  // namespace lisper
