#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/address.h"
#include "core/forward/reasons.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::report {

/// What went wrong anywhere in the run, the likeliest reason for lost packets first: drops, links that
/// are down, missing entries, trouble with the controller. One clause each, without a full stop.
[[nodiscard]] std::vector<std::string> causes(const model::Plan& plan, const RunResult& result);

/// What keeps frames from node `from` from reaching node `to`, as seen in the tables of the LISPERs that
/// know `from` as a local host. Empty if the tables are as they should be.
[[nodiscard]] std::vector<std::string> path_causes(const model::Plan& plan, const RunResult& result, std::size_t from,
                                                   std::size_t to);

/// "bad_cookie (cookie differs from the configured one, RFC 3931 8.2)"; a name that is no reason stays bare.
[[nodiscard]] std::string reason_text(std::string_view name);

/// Counted in a healthy network too: flooding, reassembly, router and multicast listener messages on an exit.
[[nodiscard]] bool is_routine(Reason reason) noexcept;

/// As TableRow::mac spells it.
[[nodiscard]] std::string mac_text(const MacAddress& mac);

}  // namespace lisper::report
