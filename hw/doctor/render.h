#pragma once

#include <string>

#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

/// For people: a line a check, with why and how to mend it below those that are not ok, and a line that sums up.
[[nodiscard]] std::string to_text(const Checks& checks, const Needs& needs, bool colour);

/// For machines: {"runs":true,"checks":[{"id","status","found","why","fix"}, ...]}, a check a line.
[[nodiscard]] std::string to_json(const Checks& checks);

/// Whether nothing fatal lacks.
[[nodiscard]] bool runs(const Checks& checks);

}  // namespace lisper::hw::doctor
