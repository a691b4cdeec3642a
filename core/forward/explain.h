#pragma once

#include <string>
#include <vector>

#include "core/base/aead.h"
#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/forward/config.h"
#include "core/tables/tables.h"

namespace lisper {

/// One thing that happens to a frame on its way.
struct Step {
  std::string stage;   ///< port, outer, esp, session, cookie, decapsulated, source, look up, answer, encapsulate, copy,
                       ///< verdict
  std::string text;    ///< for a person, in one line
  std::string clause;  ///< what demands it; may be empty
};

/// What `process` does with one frame that comes in at `port`, told step by step; the last one is the verdict:
/// "forward to e0, 164 bytes", "hold for exit e0, 164 bytes", "replicate, 3 copies", "control", or "drop: NAME: WHY".
/// It is what `process` says itself, of tables that are equal as far as this frame can see. Nothing is changed by
/// asking. A worker may still decide otherwise where its own past counts: it holds other fragments of the same
/// packet, has accepted its sequence number before, or has sent too many ICMP errors.
///
/// `config` is what `tables` were built from. Not for the fast path: the work grows with the configuration.
[[nodiscard]] std::vector<Step> explain(Bytes frame, PortId port, const Tables& tables, const LisperConfig& config,
                                        TimeNs now, const CryptoEngine* engine = nullptr);

}  // namespace lisper
