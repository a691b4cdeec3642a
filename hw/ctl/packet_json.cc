#include <fmt/format.h>

#include "hw/ctl/protocol.h"
#include "report/archive.h"

namespace lisper::hw {

using report::Is;

void fields(auto& ar, Is<TraceStep> auto& step) {
  ar("stage", step.stage);
  ar("text", step.text);
  ar("clause", step.clause);
}

/// With `bytes` in hex.
void fields(auto& ar, Is<TracedPacket> auto& packet) {
  ar("time_ns", packet.time.ns);
  ar("worker", packet.worker);
  ar("port", packet.port);
  ar("len", packet.len);
  ar("outcome", packet.outcome);
  ar("steps", packet.steps);
  ar("bytes", packet.bytes);
}

namespace ctl {

namespace {

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace

std::string packet_line(const TracedPacket& packet) {
  TracedPacket in_hex = packet;
  in_hex.bytes = to_hex(packet.bytes);
  return report::dump({{"packet", report::Writer::value(in_hex)}}) + "\n";
}

Result<TracedPacket> packet_from_json(const nlohmann::ordered_json& json) try {
  TracedPacket packet;
  report::Reader::read(json, "", packet);
  auto bytes = from_hex(packet.bytes);
  if (!bytes) return fail("/bytes: expected hex digits");
  packet.bytes = std::move(*bytes);
  return packet;
} catch (const report::FieldError& error) {
  return fail(error.message);
}

}  // namespace ctl

}  // namespace lisper::hw
