#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/control/control_plane.h"
#include "core/control/group_message.h"
#include "core/control/group_table.h"
#include "core/control/mac_table.h"
#include "core/control/outbox.h"
#include "core/control/replication_lists.h"
#include "core/forward/config.h"
#include "core/tables/tables.h"

namespace lisper {

/// Snooping of IGMP and MLD (RFC 4541) in the networks whose policy it is. Frames for a group go to where reports of it
/// came from (local places and LISPERs), to the LISPERs that the controller names, and to multicast routers.
///
/// Each LISPER asks its own hosts, unless a router does; the reports go to all LISPERs, so that every one of them knows
/// all listeners. A place that nobody has been asked at gets everything until it had time to answer.
class Groups {
 public:
  Groups(const LisperConfig& config, const Tables& tables, MacTable& macs, ReplicationLists& lists,
         ControlCounters& counters);

  [[nodiscard]] bool snoops(NetworkId network) const { return networks_.contains(network); }

  void start(TimeNs now, Outbox& out);
  /// IGMP, MLD or PIM of a network that snoops.
  void on_frame(NetworkId network, LocationId from, Bytes frame, TimeNs now, Outbox& out);
  /// A host is new at a local location: it may want groups that it told of elsewhere.
  void on_new_host(NetworkId network, LocationId location, TimeNs now, Outbox& out);
  void on_port_up(PortId port, TimeNs now, Outbox& out);
  /// The controller's word, for networks that snoop: all that gets broadcasts, and the LISPERs that get a group.
  void set_flood_list(NetworkId network, std::vector<LocationId> locations, TimeNs now, Outbox& out);
  void set_mapped(FibKey group, std::vector<LocationId> lispers, Outbox& out);
  /// For frames of one host those that get the group instead.
  void set_source(FibKey group, const MacAddress& source, std::vector<LocationId> lispers, Outbox& out);
  void erase_source(FibKey group, const MacAddress& source, Outbox& out);

  void tick(TimeNs now, Outbox& out);
  [[nodiscard]] TimeNs next_deadline() const noexcept;

  [[nodiscard]] ControlPlane::GroupView view() const;

 private:
  /// Of IGMP or MLD in one network.
  struct Querier {
    TimeNs silent_until{};  ///< a router asks
    TimeNs next = kNever;   ///< general query of our own
    TimeNs membership_interval = kMembershipInterval;
  };
  struct Network {
    std::vector<LocationId> flood;
    bool flood_changed = false;
    GroupTable table;
    std::array<Querier, 2> queriers;  ///< IGMP, MLD
    std::map<MacAddress, ReplicationListId> entries;
    std::map<std::pair<MacAddress, MacAddress>, ReplicationListId> sources;  ///< by group and source
    ReplicationListId unregistered, reports, queries;
    bool lists_owned = false;  ///< of these three; else they are the flood list
  };
  struct LastMemberQuery {
    TimeNs at;
    NetworkId network;
    LocationId location;
    IpAddress group;
    [[nodiscard]] bool asks_as(const LastMemberQuery& other) const {
      return network == other.network && location == other.location && group == other.group;
    }
  };

  [[nodiscard]] bool is_local(LocationId location) const {
    return tables_.location(location).kind != LocationKind::kLisper;
  }
  void leave(NetworkId id, Network& network, const IpAddress& group, LocationId from, TimeNs now, Outbox& out);
  /// Now and when it is due again (RFC 3376 8.8); not when that is under way.
  void ask_for_members(const LastMemberQuery& question, Outbox& out);
  /// Until it had time to answer, it gets everything.
  void make_acquaintance(NetworkId id, Network& network, LocationId location, TimeNs now, Outbox& out);
  void query(NetworkId network, LocationId to, bool ipv6, const std::optional<IpAddress>& group, Outbox& out);
  void query_all(NetworkId id, TimeNs now, Outbox& out);
  /// At most once a second.
  void query_again(NetworkId network, LocationId location, TimeNs now, Outbox& out);
  /// Brings what has changed into the tables.
  void put(NetworkId id, Network& network, TimeNs now, Outbox& out);
  void put_lists(NetworkId id, Network& network, Outbox& out);
  void put_entry(NetworkId id, Network& network, const MacAddress& mac, TimeNs now, Outbox& out);
  void put_sources(NetworkId id, Network& network, const MacAddress& mac, Outbox& out);
  void release_unused();

  const LisperConfig& config_;
  const Tables& tables_;
  MacTable& macs_;
  ReplicationLists& lists_;
  ControlCounters& counters_;
  std::map<NetworkId, Network> networks_;
  std::map<LocationId, TimeNs> asked_;  ///< when, because of a new host or a port
  std::deque<LastMemberQuery> last_member_queries_;
  TimeNs next_end_ = kNever;
  std::vector<ReplicationListId> unused_;  ///< to be released when all deltas are out
};

}  // namespace lisper
