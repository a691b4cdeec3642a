#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lisper::golden {

using Frame = std::vector<std::byte>;

/// The frames of an Ethernet capture that match a libpcap filter, in order. Throws std::runtime_error.
std::vector<Frame> read_capture(const std::string& path, const std::string& filter);

}  // namespace lisper::golden
