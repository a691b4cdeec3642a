#pragma once

#include <optional>
#include <string_view>

#include "core/control/map_cache_message.h"

namespace lisper {

/// Reads what nearly all messages are, in one pass: today's `map-cache` for a MAC, with an `opcode` and with `rlocs`
/// that have no keys, in strings of plain ASCII. nullopt: it is something else, or wrong, which the general reader
/// (decode_control_message) finds out. What this takes, that takes as well, and to the same effect.
[[nodiscard]] std::optional<MapCacheMessage> read_plain_entry(std::string_view text);

}  // namespace lisper
