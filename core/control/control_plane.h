#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/aead.h"
#include "core/base/big_endian.h"
#include "core/control/controller_view.h"
#include "core/control/outbox.h"
#include "core/forward/config.h"
#include "core/forward/event.h"
#include "core/forward/usage.h"
#include "core/tables/tables.h"

namespace lisper {

/// Counters of the control plane, all cumulative.
struct ControlCounters {
  std::uint64_t messages = 0;     ///< datagrams received
  std::uint64_t malformed = 0;    ///< not JSON, or fields of the wrong shape; nothing of it applied
  std::uint64_t ignored = 0;      ///< understood, but not for us (IP EIDs, message types that we do not know)
  std::uint64_t entries_set = 0;  ///< map-cache entries added or replaced
  std::uint64_t entries_deleted = 0;
  std::uint64_t unknown_iid = 0;    ///< entries for an IID that is not configured
  std::uint64_t unknown_rloc = 0;   ///< locators that are not in `lispers`; skipped
  std::uint64_t own_rloc = 0;       ///< locators that are ourselves; skipped
  std::uint64_t table_full = 0;     ///< hosts, entries or bindings refused because max_macs are in use
  std::uint64_t hosts_learned = 0;  ///< new or moved local hosts
  std::uint64_t hosts_aged = 0;
  std::uint64_t hosts_pinned = 0;  ///< attempts to move of hosts that move too often
  std::uint64_t punts_sent = 0;
  std::uint64_t punts_suppressed = 0;  ///< not sent at once, by rate limit; hosts are told of later
  std::uint64_t statistics_sent = 0;   ///< messages
  std::uint64_t statistics_lost =
      0;  ///< packets that no table had room to count, or that an (S,G) entry which has gone sent
  std::uint64_t solicitations_sent = 0;  ///< ND and ARP
  std::uint64_t neighbour_malformed = 0;
  std::uint64_t next_hop_changes = 0;
  std::uint64_t keys_set = 0;         ///< new keys that are used
  std::uint64_t keys_refused = 0;     ///< of a length that AES has not, or in use for something else
  std::uint64_t group_messages = 0;   ///< of IGMP, MLD and PIM, snooped
  std::uint64_t group_malformed = 0;  ///< snooped, but wrong by their RFCs; nothing of it taken up
  std::uint64_t group_queries_sent = 0;
  std::uint64_t groups_crowded = 0;      ///< memberships beyond a location's bound, which gets all groups instead
  std::uint64_t bindings_learned = 0;    ///< new or moved IP addresses, where ARP is suppressed
  std::uint64_t bindings_contested = 0;  ///< addresses that several hosts claim
};

/// All protocol engines of one LISPER behind one door: map-cache and punts, host ageing, next hops, bindings.
/// No thread, clock, socket or randomness of its own; the adapter calls in, and carries out the Outbox.
/// Every call is safe with any bytes.
class ControlPlane {
 public:
  /// `tables` is read only, must outlive this, and shows every delta that was put out before. Without `engine` LISPERs
  /// that the controller gives keys for cannot be reached.
  ControlPlane(const LisperConfig& config, const Tables& tables, const CryptoEngine* engine = nullptr);
  ~ControlPlane();

  /// Begins resolving next hops, and asks the controller for everything (`restart`, today's dialect).
  void start(TimeNs now, Outbox& out);
  /// A datagram from the control socket.
  void on_message(Bytes datagram, TimeNs now, Outbox& out);
  /// The punt socket came (back) up: asks the controller for everything again, punts known hosts.
  void on_controller_connected(TimeNs now, Outbox& out);
  void on_event(const Event& event, TimeNs now, Outbox& out);
  /// What a worker sent since it was last asked; the adapter clears it afterwards. To be called before tick() when
  /// next_deadline() has come, and whenever a worker's is crowded.
  void on_usage(const Usage& usage, TimeNs now);
  /// A frame with verdict kControl, whole, with its Ethernet header (and VLAN tag, if it had one).
  void on_frame(PortId port, Bytes frame, TimeNs now, Outbox& out);
  /// A bare frame that came from `ingress`, with verdict kQueue or one that is `snooped`.
  void on_overlay_frame(NetworkId network, LocationId ingress, Bytes frame, TimeNs now, Outbox& out);
  /// A frame with verdict kHold. False: no room, dropped; the adapter counts kNextHopUnresolved.
  bool hold(ExitId exit, Bytes frame, TimeNs now);
  void on_port_state(PortId port, bool up, TimeNs now, Outbox& out);

  void tick(TimeNs now, Outbox& out);
  [[nodiscard]] TimeNs next_deadline() const noexcept;

  [[nodiscard]] const ControlCounters& counters() const noexcept;
  /// Frames lost after hold() took them, for the adapter to add to kNextHopTimeout of an exit's port.
  [[nodiscard]] std::uint64_t held_frames_lost(ExitId exit) const noexcept;
  /// Frames of kQueue that were lost, for the adapter to add to kQueueFull and kQueueTimeout.
  struct QueueLosses {
    std::uint64_t full = 0;
    std::uint64_t timeout = 0;
  };
  [[nodiscard]] QueueLosses queue_losses(NetworkId network) const;
  [[nodiscard]] QueueLosses queue_losses(PortId port) const;

  /// One line of what the control plane knows, for people and for expectations; sorted.
  struct MapCacheRow {
    Iid iid;
    MacAddress mac;
    std::uint8_t length;           ///< prefix length
    std::vector<IpAddress> rlocs;  ///< as the controller gave them, unusable ones included
    bool replicate;                ///< rles
    struct RlocKey {
      IpAddress rloc;
      KeySummary key;
    };
    std::vector<RlocKey> keys{};         ///< that the entry gave for what is sent to these RLOCs
    std::vector<std::uint8_t> levels{};  ///< of the `rlocs`, if they are on several
    MacAddress source{};                 ///< for frames of this host only; zero: for all
  };
  [[nodiscard]] std::vector<MapCacheRow> map_cache() const;
  [[nodiscard]] std::size_t map_cache_size() const noexcept;
  /// Who listens to which groups, in networks that snoop; sorted.
  struct GroupView {
    struct Member {
      Iid iid;
      IpAddress group;
      LocationId location;
      TimeNs since{};
      TimeNs until{};  ///< unless renewed
    };
    struct Router {
      Iid iid;
      LocationId location;  ///< gets all groups
      TimeNs until{};
    };
    std::vector<Member> members;
    std::vector<Router> routers;
  };
  [[nodiscard]] GroupView groups() const;
  /// An IP address of a network that suppresses ARP.
  struct BindingRow {
    Iid iid;
    IpAddress ip;
    MacAddress mac;
    std::optional<bool> router;  ///< by ND's router flag; absent: not known
    bool contested;              ///< several hosts claim it: not answered for
  };
  /// Sorted.
  [[nodiscard]] std::vector<BindingRow> bindings() const;
  /// What the controller has told besides: for people, nothing follows from it.
  [[nodiscard]] ControllerView controller_view() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lisper
