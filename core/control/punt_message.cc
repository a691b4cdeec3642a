#include "core/control/punt_message.h"

namespace lisper {
namespace {

/// A JSON string in ASCII or whatever UTF-8 `text` holds. RFC 8259 7: quote, backslash and controls are escaped.
std::string quoted(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      result += "\\u00";
      result += kHex[byte >> 4];
      result += kHex[byte & 0xf];
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result += '"';
}

}  // namespace

std::optional<std::string> encode_punt(Dialect dialect, const Punt& punt) {
  const std::string source = to_eid_string(punt.source);
  const std::string destination = to_eid_string(punt.destination);
  const std::string interface = quoted(punt.interface);
  // Blanks round the colons are the original's own.
  std::string text = dialect == Dialect::k2016
                         ? R"({"source-eid" : ")" + source + R"(", "dest-eid" : ")" + destination +
                               R"(", "interface" : )" + interface + "}"
                         : R"({"type": "discovery", "source-eid": ")" + source + R"(", "dest-eid": ")" + destination +
                               R"(", "interface": )" + interface + R"(, "instance-id": ")" +
                               std::to_string(punt.iid.value) + R"("})";
  if (text.size() > kMaxPuntBytes) return std::nullopt;
  return text;
}

}  // namespace lisper
