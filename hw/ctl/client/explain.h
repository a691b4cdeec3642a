#pragma once

#include <string>

#include "core/base/time.h"
#include "hw/ctl/handler.h"

namespace lisper::hw::ctl {

/// A traced packet for a person: a line that sums it up, and a line for each step. `origin` is time 0.
[[nodiscard]] std::string explain(const TracedPacket& packet, TimeNs origin, bool colour);

/// "02:00:00:00:00:01 > 02:00:00:00:00:02, IPv6 fd80:1::2 > fd80:4::2, L2TPv3"
[[nodiscard]] std::string summary(Bytes frame);

}  // namespace lisper::hw::ctl
