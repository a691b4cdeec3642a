#pragma once

#include <string>

#include "core/base/result.h"
#include "lab/layout.h"
#include "model/plan.h"

namespace lisper::lab {

/// In the node's namespace, before it has any interface: what the kernel does with IP there.
[[nodiscard]] Result<void> prepare_kernel(const Layout& layout, const model::Plan& plan, std::size_t node);
/// For a namespace whose kernel shall have nothing to say: no IPv6, so that no frame is its own.
[[nodiscard]] Result<void> silence_kernel(const std::string& netns);

/// Interfaces, addresses and routes of a node whose veths exist. The interfaces are up afterwards.
[[nodiscard]] Result<void> configure_node(const Layout& layout, const model::Plan& plan, std::size_t node);

/// For all interfaces of the namespace: frames leave them as they would leave a wire, each with its
/// checksums, none larger than the MTU.
[[nodiscard]] Result<void> switch_offloads_off(const std::string& netns);

/// Lines for `ip -batch`; see configure_node().
[[nodiscard]] std::string node_commands(const Layout& layout, const model::Plan& plan, std::size_t node);

}  // namespace lisper::lab
