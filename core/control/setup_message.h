#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/control/controller_view.h"
#include "core/control/key_message.h"

namespace lisper {

// What the controller says of itself and of its configuration. None of it changes how frames are forwarded.

/// The whole set; an earlier one is void.
struct DatabaseMappingsMessage {
  std::vector<ControllerView::DatabaseMapping> mappings;
};
/// The whole set; an earlier one is void.
struct InterfacesMessage {
  std::vector<ControllerView::Interface> interfaces;
};
struct EtrNatPortMessage {
  std::uint16_t port = 0;
};
struct ItrCryptoPortMessage {
  std::uint16_t port = 0;
};
/// Keys for what a LISPER sends to us.
struct DecapKeysMessage {
  IpAddress rloc;
  std::optional<std::uint16_t> port;  ///< its UDP source port; absent: any
  std::vector<SecretKey> keys;
};
/// Of a type that is not known.
struct UnknownMessage {};

using SetupMessage = std::variant<UnknownMessage, ControllerView::XtrParameters, DatabaseMappingsMessage,
                                  InterfacesMessage, EtrNatPortMessage, ItrCryptoPortMessage, DecapKeysMessage>;

/// Reads a message whose `type` is not about the map-cache.
[[nodiscard]] Result<SetupMessage> read_setup_message(std::string_view type, const json::Value& root);

}  // namespace lisper
