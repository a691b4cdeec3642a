#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/units.h"

namespace lisper::report {
namespace {

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kPlain = "\x1b[0m";

/// Columns on a terminal, as far as counting code points goes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string painted(std::string text, std::string_view colour, const TableStyle& style) {
  return style.colour ? fmt::format("{}{}{}", colour, text, kPlain) : text;
}

std::string amount(const FlowResult& flow, std::uint64_t value) {
  return flow.kind == "tcp-bulk" ? bytes_text(static_cast<double>(value)) : fmt::to_string(value);
}

std::vector<Cell> row(const FlowResult& flow) {
  const auto latency = [&](std::int64_t Latency::*field) {
    return Cell{flow.latency ? duration_text(static_cast<double>((*flow.latency).*field)) : "-"};
  };
  return {{printable(flow.name)},
          {flow.kind},
          {printable(flow.from)},
          {printable(flow.to)},
          {amount(flow, flow.sent)},
          {amount(flow, flow.received)},
          {percent_text(flow.loss()), flow.loss() > 0},
          latency(&Latency::min),
          latency(&Latency::median),
          latency(&Latency::p99),
          latency(&Latency::max),
          {flow.throughput_bps == 0 ? "-" : rate_text(static_cast<double>(flow.throughput_bps))},
          {fmt::to_string(flow.out_of_order)}};
}

}  // namespace

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

std::string aligned(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
                    std::size_t left, const TableStyle& style) {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < header.size(); ++column) {
    widths.push_back(width(header[column]));
    for (const auto& cells : rows) widths[column] = std::max(widths[column], width(cells[column].text));
  }
  const auto print = [&](auto&& cell) {
    std::string text;
    for (std::size_t column = 0; column < header.size(); ++column) {
      const Cell content = cell(column);
      const std::string padding(widths[column] - width(content.text), ' ');
      const std::string shown = content.alarm ? painted(content.text, kRed, style) : content.text;
      if (column > 0) text += "  ";
      text += column < left ? shown + padding : padding + shown;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = print([&](std::size_t column) { return Cell{header[column]}; });
  const std::size_t shown = std::min(rows.size(), style.rows.value_or(rows.size()));
  const std::size_t head = (shown + 1) / 2;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == head && shown < rows.size()) {
      i += rows.size() - shown;
      text += fmt::format("... {} more ...\n", rows.size() - shown);
      if (i == rows.size()) break;
    }
    text += print([&](std::size_t column) { return rows[i][column]; });
  }
  return text;
}

std::string flow_table(const RunResult& result, const TableStyle& style) {
  std::vector<std::vector<Cell>> rows;
  for (const FlowResult& flow : result.flows)
    if (!flow.probe) rows.push_back(row(flow));
  if (rows.empty()) return "no flows\n";
  return aligned({"flow", "kind", "from", "to", "sent", "received", "loss", "min", "median", "p99", "max", "throughput",
                  "out of order"},
                 rows, 4, style);
}

std::string expectation_summary(const RunResult& result, const TableStyle& style) {
  const auto passed = std::ranges::count_if(result.expectations, &ExpectationResult::passed);
  const auto all = static_cast<std::ptrdiff_t>(result.expectations.size());
  if (all == 0) return "no expectations\n";
  std::string text =
      painted(fmt::format("{} of {} expectations passed", passed, all), passed == all ? kGreen : kRed, style) + "\n";
  for (const ExpectationResult& expectation : result.expectations)
    if (!expectation.passed)
      text += fmt::format("{} {}\n  {}\n", painted("failed:", kRed, style), printable(expectation.name),
                          printable(expectation.why));
  return text;
}

}  // namespace lisper::report
