#pragma once

#include "core/base/aead.h"

namespace lisper::crypto {

/// The engine on Intel's Multi-Buffer Crypto for IPsec library, for what the CPU has: the same bytes on every one.
[[nodiscard]] const CryptoEngine& ipsec_mb();

}  // namespace lisper::crypto
