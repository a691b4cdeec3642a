#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/control/key_message.h"

namespace lisper {

/// What the controller has told about itself, the newest of each, for people; docs/control.md. Texts are the
/// controller's: they may hold any character.
struct ControllerView {
  struct XtrParameters {
    bool control_plane_logging = false;
    bool data_plane_logging = false;
    bool rtr = false;

    friend bool operator==(const XtrParameters&, const XtrParameters&) = default;
  };
  /// An interface that it takes punts from.
  struct Interface {
    std::string name;
    Iid iid;

    friend bool operator==(const Interface&, const Interface&) = default;
  };
  /// An EID-prefix that it registers.
  struct DatabaseMapping {
    Iid iid;
    std::string eid_prefix;  ///< a MAC or IP prefix, as sent

    friend bool operator==(const DatabaseMapping&, const DatabaseMapping&) = default;
  };
  struct DecapKeys {
    IpAddress rloc;
    std::optional<std::uint16_t> port;  ///< UDP source port; absent: any
    std::vector<KeySummary> keys;

    friend bool operator==(const DecapKeys&, const DecapKeys&) = default;
  };

  std::optional<XtrParameters> xtr_parameters;
  std::optional<std::vector<Interface>> interfaces;  ///< absent: never told, which is not the same as none
  std::optional<std::vector<DatabaseMapping>> database_mappings;
  std::optional<std::uint16_t> etr_nat_port;
  std::optional<std::uint16_t> itr_crypto_port;
  std::vector<DecapKeys> decap_keys;  ///< sorted by RLOC and port

  friend bool operator==(const ControllerView&, const ControllerView&) = default;
};

}  // namespace lisper
