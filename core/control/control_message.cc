#include "core/control/control_message.h"

#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/control/plain_entry.h"

namespace lisper {
namespace {

/// The kernel lets a controller send 212,960 bytes; the deepest message has `keys` at level 6.
constexpr json::Limits kLimits{.bytes = 1u << 20, .depth = 16};

}  // namespace

Result<ControlMessage> decode_control_message(Bytes datagram) {
  const std::string_view text(reinterpret_cast<const char*>(datagram.data()), datagram.size());
  if (auto entry = read_plain_entry(text)) return *std::move(entry);
  const auto document = json::Document::parse(text, kLimits);
  if (!document) return fail("at byte " + std::to_string(document.error().offset) + ": " + document.error().message);
  const json::Value root = document->root();
  if (!root.is(json::Type::kObject)) return fail("not an object");
  const auto member = root.find("type");
  if (!member) return read_map_cache_entry(root, Dialect::k2016);
  if (!member->is(json::Type::kString)) return fail("type is not a string");
  const std::string_view type = member->as_string();
  if (type == "map-cache") return read_map_cache_entry(root, Dialect::kToday);
  if (type == "entire-map-cache") return read_entire_map_cache(root);
  return read_setup_message(type, root);
}

}  // namespace lisper
