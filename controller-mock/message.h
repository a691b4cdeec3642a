#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/forward/config.h"
#include "model/plan.h"

namespace lisper::controller {

// Control messages as the controllers spell them, byte for byte, but for levels and sources, which they do not know;
// each is one datagram. In 2016 there was no
// deletion and no whole map-cache: an entry without locators withdraws, and every entry is a line of
// its own.

/// Adds or replaces `mapping`.
[[nodiscard]] std::string encode_add(Dialect dialect, const model::Mapping& mapping);
/// Today's decap-keys, for what comes from `rloc`. In 2016 an entry had the keys of both directions.
[[nodiscard]] std::string encode_decap_keys(const IpAddress& rloc, const model::MappingKeys& keys);
/// Withdraws `mapping`; today's controller repeats the locators it had.
[[nodiscard]] std::string encode_delete(Dialect dialect, const model::Mapping& mapping);
/// Today's whole map-cache. In more than one message if one would exceed `limit` [bytes], for messages
/// with entries add to what is there; never none, and a message without entries clears all.
[[nodiscard]] std::vector<std::string> encode_entire_map_cache(const std::vector<model::Mapping>& mappings,
                                                               std::size_t limit);

}  // namespace lisper::controller
