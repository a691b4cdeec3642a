#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>

#include "core/base/address.h"
#include "core/base/hash.h"
#include "core/base/ids.h"
#include "core/tables/fib.h"

namespace lisper {

/// The MAC address that an IP address of a network has, as hosts told in ARP and ND.
struct Binding {
  MacAddress mac;
  std::optional<bool> router;  ///< ND's IsRouter flag (RFC 4861 5.1); absent: not told, as in solicitations, or IPv4
  Stamp renew = 0;             ///< from then on a message that says the same is news

  friend constexpr bool operator==(const Binding&, const Binding&) noexcept = default;
};

/// (network, IP address) -> Binding, of networks that suppress ARP. Whoever has no binding is asked by flooding.
/// Changed only while nobody reads it.
class BindingTable {
 public:
  struct Key {
    NetworkId network;
    IpAddress ip;

    friend constexpr auto operator<=>(const Key&, const Key&) noexcept = default;
    friend constexpr bool operator==(const Key&, const Key&) noexcept = default;
  };

  [[nodiscard]] const Binding* find(const Key& key) const noexcept {
    const auto found = bindings_.find(key);
    return found == bindings_.end() ? nullptr : &found->second;
  }
  void set(const Key& key, const Binding& binding) { bindings_.insert_or_assign(key, binding); }
  void erase(const Key& key) { bindings_.erase(key); }
  [[nodiscard]] std::size_t size() const noexcept { return bindings_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      const auto* p = key.ip.v6().octets.data();
      return static_cast<std::size_t>(mix(load<std::uint64_t>(p) ^ kHashMultiplier * (key.network.value + 1u),
                                          load<std::uint64_t>(p + 8) ^ 0xa0761d6478bd642f));
    }
  };

  std::unordered_map<Key, Binding, Hash> bindings_;
};

}  // namespace lisper
