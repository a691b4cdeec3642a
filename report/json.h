#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "report/result.h"

namespace lisper::report {

/// Counts up when a reader of older files would misunderstand newer ones; added fields do not count.
inline constexpr int kFormatVersion = 1;
/// How every result.json begins, byte for byte.
inline constexpr std::string_view kResultPrefix = R"({"format":"lisper-result")";

/// The whole result; see docs/results.md for each field. Integers are exact, the order is fixed.
[[nodiscard]] nlohmann::ordered_json to_json(const RunResult& result);

/// The text of result.json: one element of each list a line, so that two runs can be compared with diff.
/// Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string to_text(const RunResult& result);

/// The other direction. Fails with the place and the reason: "/flows/3/sent: expected an integer from
/// 0 to 18446744073709551615". Unknown fields are ignored.
[[nodiscard]] Result<RunResult> from_text(std::string_view text);

/// One object on one line, for JSON lines.
[[nodiscard]] std::string to_line(const EventResult& event);

/// One member of the top-level object a line, and one element of a list a line.
[[nodiscard]] std::string lines_text(const nlohmann::ordered_json& object);

}  // namespace lisper::report
