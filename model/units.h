#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/forward/config.h"
#include "model/plan.h"

namespace lisper::model {

/// "10us", "1.5s", "2ms", "250ns", "3min": 0 up to a year, exact to the nanosecond. "0" needs no unit.
[[nodiscard]] Result<TimeNs> parse_duration(std::string_view text);
/// "10us": the shortest text that parse_duration() reads back as the same time.
[[nodiscard]] std::string to_string(TimeNs time);

/// "10Gbps", "100Mbps", "1.5kbps", "64bps": [bit/s], decimal multiples. "0" needs no unit.
[[nodiscard]] Result<std::uint64_t> parse_bit_rate(std::string_view text);

/// "1000pps" (packets a second), or a bit rate.
struct PacketOrBitRate {
  double pps = 0;         ///< 0 if given in bits
  std::uint64_t bps = 0;  ///< 0 if given in packets
};
[[nodiscard]] Result<PacketOrBitRate> parse_rate(std::string_view text);

/// "10.0.0.1/24"
[[nodiscard]] Result<InterfaceAddress> parse_interface_address(std::string_view text);

/// Up to 16 hex digits; fewer are padded with zeros on the left, as the original does.
[[nodiscard]] Result<std::uint64_t> parse_cookie(std::string_view text);

/// A MAC address with an optional "/NN".
struct MacPrefixText {
  MacAddress mac;
  std::uint8_t length = 48;
};
[[nodiscard]] Result<MacPrefixText> parse_eid(std::string_view text);

/// True if `ip` lies in the prefix of `address`.
[[nodiscard]] bool on_link(const InterfaceAddress& address, const IpAddress& ip);

}  // namespace lisper::model
