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
  };
  /// An interface that it takes punts from.
  struct Interface {
    std::string name;
    Iid iid;
  };
  /// An EID-prefix that it registers.
  struct DatabaseMapping {
    Iid iid;
    std::string eid_prefix;  ///< a MAC or IP prefix, as sent
  };
  struct DecapKeys {
    IpAddress rloc;
    std::optional<std::uint16_t> port;  ///< UDP source port; absent: any
    std::vector<KeySummary> keys;
  };

  std::optional<XtrParameters> xtr_parameters;
  std::optional<std::vector<Interface>> interfaces;  ///< absent: never told, which is not the same as none
  std::optional<std::vector<DatabaseMapping>> database_mappings;
  std::optional<std::uint16_t> etr_nat_port;
  std::optional<std::uint16_t> itr_crypto_port;
  std::vector<DecapKeys> decap_keys;  ///< sorted by RLOC and port
};

}  // namespace lisper
