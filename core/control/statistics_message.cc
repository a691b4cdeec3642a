#include "core/control/statistics_message.h"

#include "core/control/punt_message.h"

namespace lisper {
namespace {

/// To the millisecond: "0.500".
std::string seconds_text(TimeNs time) {
  const std::int64_t ms = time.ns / milliseconds(1).ns;
  const std::string fraction = std::to_string(ms % 1000);
  return std::to_string(ms / 1000) + '.' + std::string(3 - fraction.size(), '0') + fraction;
}

std::string counts(std::uint64_t packets, std::uint64_t bytes, TimeNs idle) {
  return R"("packet-count": )" + std::to_string(packets) + R"(, "byte-count": )" + std::to_string(bytes) +
         R"(, "seconds-last-packet": )" + seconds_text(idle);
}

std::string entry_start(const RlocUsage& row) {
  std::string text = R"({"instance-id": ")" + std::to_string(row.iid.value) + R"(", "eid-prefix": ")" +
                     to_eid_string(row.eid) + "/" + std::to_string(row.length) + R"(", )";
  if (!row.source.is_zero()) text += R"("source-eid": ")" + to_eid_string(row.source) + R"(/48", )";
  return text + R"("rlocs": [)";
}

std::string element(const RlocUsage& row) {
  return R"({"rloc": ")" + to_string(row.rloc) + R"(", "port": ")" + std::to_string(row.port) + R"(", )" +
         counts(row.packets, row.bytes, row.idle) + "}";
}

bool same_entry(const RlocUsage& a, const RlocUsage& b) noexcept {
  return a.iid == b.iid && a.eid == b.eid && a.length == b.length && a.source == b.source;
}

}  // namespace

StatisticsMessage encode_statistics(std::span<const RlocUsage> rows) {
  constexpr std::string_view kEntryEnd = "]}";
  constexpr std::string_view kEnd = "]}]}";
  StatisticsMessage message{R"({"type": "statistics", "entries": [)", 0};
  for (const RlocUsage& row : rows) {
    std::string more;
    if (message.rows == 0) {
      more = entry_start(row);
    } else if (same_entry(row, rows[message.rows - 1])) {
      more = ", ";
    } else {
      more = std::string(kEntryEnd) + ", " + entry_start(row);
    }
    more += element(row);
    if (message.text.size() + more.size() + kEnd.size() > kMaxPuntBytes) break;
    message.text += more;
    ++message.rows;
  }
  message.text += kEnd;
  return message;
}

std::string encode_decap_statistics(std::uint64_t packets, std::uint64_t bytes, TimeNs idle) {
  return R"({"type": "decap-statistics", "good-packets": {)" + counts(packets, bytes, idle) + "}}";
}

}  // namespace lisper
