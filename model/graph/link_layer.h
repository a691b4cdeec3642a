#pragma once

#include <optional>
#include <vector>

#include "model/plan.h"

namespace lisper::model {

/// Which ports hear each other without a router between them: over a link that is up at the start, or
/// over several that segments join.
class LinkLayer {
 public:
  /// Both must outlive this.
  LinkLayer(const std::vector<Node>& nodes, const std::vector<Link>& links);

  struct Neighbour {
    PortRef port;
    TimeNs delay;  ///< of the links to there
  };
  /// In order of their ports; no ports of segments.
  [[nodiscard]] std::vector<Neighbour> neighbours(PortRef from) const;

  /// The port at the other end of the link, if there is one and it is up.
  [[nodiscard]] std::optional<Neighbour> far_end(PortRef port) const;
  [[nodiscard]] bool is_segment(std::size_t node) const;

 private:
  struct End {
    std::size_t link;
    std::size_t end;  ///< 0 or 1
  };
  const std::vector<Node>& nodes_;
  const std::vector<Link>& links_;
  std::vector<std::vector<std::optional<End>>> ends_;  ///< by node, then port
};

}  // namespace lisper::model
