#pragma once

#include <string>

#include "core/forward/config.h"
#include "replay/frames.h"

namespace lisper::replay {

/// One of two packets that should be the same.
struct Side {
  std::string name;
  const PortFrame* frame = nullptr;  ///< null: there is none
};

/// Both packets, field by field, a "!" where they differ; then the bytes that differ.
[[nodiscard]] std::string side_by_side(const Side& left, const Side& right, const LisperConfig& config);

/// The name of the field that holds the first byte that differs; "length" if one is the beginning of the other.
[[nodiscard]] std::string first_differing_field(Bytes left, Bytes right, const LisperConfig& config);

/// "1.000250000" [s]
[[nodiscard]] std::string to_text(TimeNs time);

}  // namespace lisper::replay
