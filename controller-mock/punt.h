#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/address.h"
#include "core/base/ids.h"

namespace lisper::controller {

/// A LISPER saw a frame of a local host.
struct Discovery {
  std::optional<MacAddress> source;
  std::optional<MacAddress> destination;
  std::string interface;   ///< of the LISPER's configuration, where the frame came in
  std::optional<Iid> iid;  ///< not in punts of 2016
};

/// A LISPER asks for its whole map-cache.
struct Restart {};

/// A LISPER says what it sent by map-cache entries (`statistics`), or what it received (`decap-statistics`), since
/// the last time: sums over the message.
struct Statistics {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  bool received = false;
};

using Punt = std::variant<Discovery, Restart, Statistics>;

/// Any text; nullopt if it is not one of the above, in either dialect.
[[nodiscard]] std::optional<Punt> parse_punt(std::string_view text);

}  // namespace lisper::controller
