#include "core/forward/admit.h"

namespace lisper {

Reason refusal(const Tables& tables, FibKey host, LocationId ingress) noexcept {
  if (tables.is_own_mac(host.mac())) return Reason::kOwnSource;
  if (const LocationId* home = tables.pin(host); home != nullptr && *home != ingress) return Reason::kMacPinned;
  return tables.location(ingress).full ? Reason::kMacLimit : Reason::kNone;
}

}  // namespace lisper
