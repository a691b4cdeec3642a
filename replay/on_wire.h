#pragma once

#include <cstddef>
#include <memory>

#include "replay/body.h"

namespace lisper::replay {

/// Whether an 82599 takes the frame whose largest with two VLAN tags has `largest` bytes: its MAXFRS leaves room for
/// one (8.2.3.22.13).
[[nodiscard]] bool fits_card(Bytes frame, std::size_t largest) noexcept;

/// A body between MACs: what goes in and what comes out is padded to Ethernet's shortest frame (IEEE 802.3 4.2.3.3), as
/// a card does it.
[[nodiscard]] std::unique_ptr<Body> on_wire(std::unique_ptr<Body> body);

}  // namespace lisper::replay
