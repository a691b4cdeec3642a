#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/control/control_plane.h"
#include "core/control/setup_message.h"

namespace lisper {

/// Keeps the newest of each message that does not concern the map-cache.
class ControllerMemory {
 public:
  /// Of more source RLOCs no keys are kept.
  static constexpr std::size_t kMaxDecapKeys = 4096;

  explicit ControllerMemory(ControlCounters& counters) : counters_(counters) {}

  void keep(SetupMessage message);
  [[nodiscard]] ControllerView view() const;

 private:
  void keep(UnknownMessage) { ++counters_.ignored; }
  void keep(const ControllerView::XtrParameters& message) { view_.xtr_parameters = message; }
  void keep(DatabaseMappingsMessage message) { view_.database_mappings = std::move(message.mappings); }
  void keep(InterfacesMessage message) { view_.interfaces = std::move(message.interfaces); }
  void keep(EtrNatPortMessage message) { view_.etr_nat_port = message.port; }
  void keep(ItrCryptoPortMessage message) { view_.itr_crypto_port = message.port; }
  void keep(DecapKeysMessage message);

  ControlCounters& counters_;
  ControllerView view_;  ///< without decap_keys
  std::map<std::pair<IpAddress, std::optional<std::uint16_t>>, std::vector<SecretKey>> decap_keys_;
};

}  // namespace lisper
