#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/layout.h"
#include "lab/shaping.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::lab {

/// The wires of a lab. Each port of a node is one end of a veth, whose other end, its socket, is in the
/// panel; a link joins two sockets, so that it can be cut and plugged in elsewhere as a cable can, and
/// the nodes at its ends see their carrier come and go.
class Network {
 public:
  Network(const Layout& layout, const model::Plan& plan);

  /// Makes namespaces, veths, links and what the kernel does at each node.
  [[nodiscard]] Result<void> build();
  /// Counts from now on.
  [[nodiscard]] Result<void> reset_counters();

  [[nodiscard]] Result<void> apply(const model::Event& event);

  /// Every link's counters; `bytes_series` are the caller's.
  [[nodiscard]] Result<std::vector<report::LinkResult>> read() const;
  /// How many bytes each link has delivered, by direction; cheaper than read().
  [[nodiscard]] Result<std::vector<std::array<std::uint64_t, 2>>> read_bytes() const;
  [[nodiscard]] ShapingAbilities abilities() const noexcept { return abilities_; }
  /// Where the end of a link is plugged in now.
  [[nodiscard]] model::PortRef end(std::size_t link, std::size_t end) const { return links_[link].ends[end]; }

 private:
  struct Tally {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t queue_full = 0;
    std::uint64_t loss = 0;
    Tally& operator+=(const Tally& other);
    [[nodiscard]] Tally operator-(const Tally& other) const;
  };
  using Tallies = std::map<std::string, Tally, std::less<>>;  ///< by socket, of what left it towards the node
  struct Link {
    std::array<model::PortRef, 2> ends;
    bool up;
    std::array<Tally, 2> since;   ///< what the socket's counters showed when it was plugged in
    std::array<Tally, 2> before;  ///< what had been carried until then
  };

  [[nodiscard]] std::string veth_commands() const;
  [[nodiscard]] std::string plug_commands(std::size_t link) const;
  [[nodiscard]] std::string state_commands(std::size_t link, bool up) const;
  [[nodiscard]] Result<void> ip(const std::string& commands) const;
  [[nodiscard]] Result<void> tc(const std::string& commands) const;
  [[nodiscard]] Result<void> set_up(std::size_t link, bool up);
  [[nodiscard]] Result<void> move(std::size_t link, model::PortRef to);
  [[nodiscard]] Result<void> set_membership(const model::Event& event) const;
  [[nodiscard]] Result<Tallies> tallies() const;
  [[nodiscard]] Tally carried(const Tallies& now, const Link& link, std::size_t direction) const;

  const Layout& layout_;
  const model::Plan& plan_;
  ShapingAbilities abilities_;
  std::vector<Link> links_;
};

}  // namespace lisper::lab
