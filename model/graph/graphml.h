#pragma once

#include <iosfwd>

#include "core/base/result.h"
#include "model/graph/underlay_graph.h"

namespace lisper::model {

/// Reads a GraphML file of at most 16 MiB, such as the Topology Zoo's. A node's name is its attribute
/// "name", "label" or "id", or else "r" and its number; what is no letter, digit, "-" or "_" in it
/// becomes "_", and a repeated one gets "-2", "-3", ... appended. Optional attributes of an edge:
/// "rate", "bandwidth" or "LinkSpeedRaw" [bit/s], "delay" or "latency" [ms]. Sites attach to every
/// router in order. Repeated links are kept once; a self loop is an error.
[[nodiscard]] Result<UnderlayGraph> read_graphml(std::istream& in);

}  // namespace lisper::model
