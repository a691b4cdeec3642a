#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/result.h"

namespace lisper::report {

struct TableStyle {
  bool colour = false;              ///< ANSI colours for failures and losses
  std::optional<std::size_t> rows;  ///< at most so many, the middle ones left out with a note
};

/// The flows for a terminal, without probes: one line each, columns aligned.
[[nodiscard]] std::string flow_table(const RunResult& result, const TableStyle& style = {});

/// How many expectations passed, and each one that did not, with its reason.
[[nodiscard]] std::string expectation_summary(const RunResult& result, const TableStyle& style = {});

/// Control characters replaced: no escape sequences of a file's or a peer's reach the terminal.
[[nodiscard]] std::string printable(std::string text);

struct Cell {
  std::string text;
  bool alarm = false;  ///< red, if colours are asked for
};

/// Columns aligned, the first `left` ones to the left. `header` may be shorter than no row.
[[nodiscard]] std::string aligned(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
                                  std::size_t left, const TableStyle& style);

}  // namespace lisper::report
