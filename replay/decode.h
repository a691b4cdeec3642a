#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/big_endian.h"
#include "core/forward/config.h"

namespace lisper::replay {

/// A stretch of a frame, for people.
struct Field {
  std::string name;  ///< "outer IPv6 hop limit"
  std::size_t offset = 0;
  std::size_t length = 0;  ///< [bytes]
  std::string text;        ///< its value

  friend bool operator==(const Field&, const Field&) = default;
};

/// The fields of a frame that a node received or sent, in order and without gaps: Ethernet, VLAN, ARP, IPv4, IPv6,
/// ICMP, UDP, TCP ports, L2TPv3, and the frame in it. How long a session's cookie is, `config` says. Works on any
/// bytes; what is not known or cut off is a "payload" of bytes.
[[nodiscard]] std::vector<Field> decode(Bytes frame, const LisperConfig& config);

}  // namespace lisper::replay
