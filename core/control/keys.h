#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/control/control_plane.h"
#include "core/control/map_cache_message.h"
#include "core/control/outbox.h"
#include "core/control/setup_message.h"
#include "core/forward/config.h"

namespace lisper {

/// Makes security associations of the keys that the controller gives for LISPERs, in each direction by itself: a LISPER
/// that a key for sending was given for is never sent clear text again, and one that a key for receiving was given for
/// must not send it.
///
/// A change of keys loses nothing if the controller needs less than kSwitchDelay to tell both ends: a new key for
/// receiving is accepted at once, the old one for kOverlap beside it; a new key for sending is used after kSwitchDelay.
/// The first key is used at once.
///
/// A key that the same message gives again is no new key. No key is used for sending after it was for receiving, or the
/// other way round, or by two SPIs: an IV would come twice (RFC 4106 3.1). One that comes back goes on where it was.
class Keys {
 public:
  static constexpr TimeNs kSwitchDelay = seconds(1);
  static constexpr TimeNs kOverlap = seconds(60);
  static constexpr std::size_t kMaxSendingKeys = 65536;  ///< that are remembered, so as never to begin anew
  static constexpr std::size_t kMaxReceivingKeys = 4;    ///< of a LISPER, at a time

  /// Without `engine` no key can be used.
  Keys(const LisperConfig& config, const CryptoEngine* engine, ControlCounters& counters);

  void apply(const MapCacheMessage& message, TimeNs now, Outbox& out);
  void apply(const DecapKeysMessage& message, TimeNs now, Outbox& out);
  void tick(TimeNs now, Outbox& out);
  [[nodiscard]] TimeNs next_deadline() const noexcept;

 private:
  using Material = std::string;  ///< the key's bytes
  struct Receiving {
    Material material;
    std::shared_ptr<InboundSa> sa;
    TimeNs until = kNever;  ///< not kNever: there is a newer one
  };
  struct Peer {
    bool sends_sealed = false;
    bool receives_sealed = false;
    std::shared_ptr<OutboundSa> out;
    std::shared_ptr<OutboundSa> next;  ///< to be used from `switch_at` on; null: none
    TimeNs switch_at = kNever;
    std::vector<Receiving> in;  ///< the newest first
  };

  // An empty key says as much as none: nothing.
  void send_with(const IpAddress& rloc, const std::vector<SecretKey>& secrets, TimeNs now, Outbox& out);
  void receive_with(const IpAddress& rloc, const std::vector<SecretKey>& secrets, TimeNs now, Outbox& out);
  void switch_to(const IpAddress& rloc, Peer& peer, std::shared_ptr<OutboundSa> sa, Outbox& out) const;
  void put_receiving(const IpAddress& rloc, const Peer& peer, Outbox& out) const;
  /// Null: refused, and counted.
  [[nodiscard]] std::shared_ptr<OutboundSa> sending_sa(const SecretKey& secret);
  [[nodiscard]] std::shared_ptr<InboundSa> receiving_sa(const SecretKey& secret);
  /// Null: no key that can be used.
  [[nodiscard]] std::shared_ptr<const AeadKey> make_key(const SecretKey& secret, const Material& material) const;
  [[nodiscard]] bool is_for_receiving(const Material& material) const;

  const CryptoEngine* engine_;
  Salt salt_;
  ControlCounters& counters_;
  std::map<IpAddress, Peer> peers_;  ///< all `lispers`
  std::map<Material, std::shared_ptr<OutboundSa>> sending_;
};

}  // namespace lisper
