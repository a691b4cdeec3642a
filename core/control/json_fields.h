#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/json.h"
#include "core/base/result.h"

namespace lisper {

// How the controller spells values in its JSON.

/// Decimal digits and nothing else, from 0 to `max`.
[[nodiscard]] std::optional<std::uint32_t> parse_number(std::string_view text,
                                                        std::uint32_t max = std::numeric_limits<std::uint32_t>::max());
/// A whole number from 0 to `max`, bare or in a string: releases differ.
[[nodiscard]] std::optional<std::uint32_t> read_number(const json::Value& value,
                                                       std::uint32_t max = std::numeric_limits<std::uint32_t>::max());
/// The member, or nullopt also if it is not one.
[[nodiscard]] std::optional<std::uint32_t> read_number(const json::Value& object, std::string_view key,
                                                       std::uint32_t max = std::numeric_limits<std::uint32_t>::max());
/// The member, or nullopt also if it is not a string.
[[nodiscard]] std::optional<std::string_view> read_string(const json::Value& object, std::string_view key);

[[nodiscard]] Result<Iid> read_iid(const json::Value& object);

struct EidPrefix {
  bool is_mac = false;
  MacAddress mac;            ///< bits past `length` zero; of an IP prefix, zero
  std::uint8_t length = 48;  ///< [bits]
};
/// A MAC address or an IP address, with "/LENGTH" or whole.
[[nodiscard]] Result<EidPrefix> read_eid_prefix(std::string_view text);

}  // namespace lisper
