#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/process.h"

namespace lisper::lab {

/// A named network namespace, as `ip netns` makes them.
[[nodiscard]] Result<FileDescriptor> open_netns(const std::string& name);
/// Of all of `ip netns`.
[[nodiscard]] std::vector<std::string> netns_names();
[[nodiscard]] Result<void> add_netns(const std::vector<std::string>& names);
/// Also those that exist only in part. What cannot be deleted is told after all others were.
[[nodiscard]] Result<void> delete_netns(const std::vector<std::string>& names);

/// Calls `work` in a thread that is in namespace `name`: sockets that it opens stay there, and
/// /proc/sys/net is that of the namespace.
[[nodiscard]] Result<void> in_netns(const std::string& name, const std::function<Result<void>()>& work);

}  // namespace lisper::lab
