#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/time.h"

namespace lisper {

/// Who of one network wants which groups: by location, because that is where frames can be sent to. Several groups
/// have one MAC (RFC 1112 6.4), and frames are told apart by it.
class GroupTable {
 public:
  /// A location that wants more groups than this gets all of them, as a router does.
  static constexpr std::size_t kMaxGroupsOfLocation = 256;
  static constexpr std::size_t kMaxMemberships = 1u << 16;

  struct Member {
    TimeNs since{};
    TimeNs until{};
  };
  using Members = std::map<LocationId, Member>;
  /// What has one MAC.
  struct Receivers {
    std::map<IpAddress, Members> groups;
    std::vector<LocationId> mapped;                         ///< LISPERs that the controller names; sorted
    std::map<MacAddress, std::vector<LocationId>> sources;  ///< those that it names for frames of one host

    [[nodiscard]] bool empty() const noexcept { return groups.empty() && mapped.empty() && sources.empty(); }
  };

  /// False: there are too many.
  [[nodiscard]] bool join(const IpAddress& group, LocationId location, TimeNs now, TimeNs until);
  /// Ends a membership at `until`, if nothing renews it. False: there is none, or it ends before.
  bool shorten(const IpAddress& group, LocationId location, TimeNs until);
  /// It gets everything. Never shortens.
  void add_router(LocationId location, TimeNs until);
  /// Replaces; empty: nothing is said any more.
  void set_mapped(const MacAddress& mac, std::vector<LocationId> locations);
  /// The same for frames of one host, where it counts instead of that for all; absent: nothing is said any more.
  void set_source(const MacAddress& mac, const MacAddress& source, std::optional<std::vector<LocationId>> locations);

  /// Forgets what has ended.
  void expire(TimeNs now);
  /// The next time at which something ends.
  [[nodiscard]] TimeNs next_end() const;

  /// Who has reported `group` itself, and not only one with the same MAC.
  [[nodiscard]] std::vector<LocationId> members(const IpAddress& group) const;
  /// Where frames to `mac` go, sorted; routers are not among them unless they are members as well.
  [[nodiscard]] std::set<LocationId> members(const MacAddress& mac) const;
  /// The same for frames of each host that something is said of.
  [[nodiscard]] std::map<MacAddress, std::set<LocationId>> members_by_source(const MacAddress& mac) const;
  [[nodiscard]] const std::map<MacAddress, Receivers>& receivers() const noexcept { return receivers_; }
  [[nodiscard]] const std::map<LocationId, TimeNs>& routers() const noexcept { return routers_; }

  /// MACs of which something has changed since the last call.
  [[nodiscard]] std::set<MacAddress> take_changed() { return std::exchange(changed_, {}); }
  [[nodiscard]] bool take_routers_changed() { return std::exchange(routers_changed_, false); }

 private:
  /// `mapped`, and who joined one of the groups.
  [[nodiscard]] static std::set<LocationId> members(const Receivers& receivers, const std::vector<LocationId>& mapped);
  /// True if some have ended.
  bool expire(Members& members, TimeNs now);

  std::map<MacAddress, Receivers> receivers_;
  std::map<LocationId, TimeNs> routers_;
  std::map<LocationId, std::size_t> groups_of_;  ///< how many
  std::size_t memberships_ = 0;
  std::set<MacAddress> changed_;
  bool routers_changed_ = false;
};

}  // namespace lisper
