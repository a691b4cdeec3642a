#pragma once

#include <cstdint>
#include <vector>

#include "lab/recorder.h"
#include "report/result.h"

namespace lisper::lab {

/// Finds what became of a flow's frames, from where they were seen: `sent` where they entered the network,
/// `arrived` where they left it, each in the order of time. A frame that has not arrived within a second
/// is lost, and does not stand for a later one of the same identity. Fills every measured field of
/// `result`, with `overhead` bytes a frame not counted as throughput.
void match_frames(const std::vector<Sighting>& sent, const std::vector<Sighting>& arrived, std::uint32_t overhead,
                  std::int64_t series_interval_ns, report::FlowResult& result);

}  // namespace lisper::lab
