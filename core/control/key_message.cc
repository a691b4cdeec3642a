#include "core/control/key_message.h"

#include <algorithm>
#include <optional>

#include "core/control/json_fields.h"

namespace lisper {
namespace {

constexpr std::size_t kMaxDigits = 256;  // 1024 bits; the longest in use has 160

bool is_hex(std::string_view text) noexcept {
  return text.size() <= kMaxDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
         });
}

Result<SecretKey> read_key(const json::Value& element) {
  if (!element.is(json::Type::kObject)) return fail("a key is not an object");
  const auto id = read_number(element, "key-id");
  if (!id) return fail("key-id is absent or not a number");
  SecretKey key{*id, {}, {}};
  bool has_cipher = false;
  for (const auto& [name, field] : {std::pair{"encrypt-key", &key.cipher}, std::pair{"decrypt-key", &key.cipher},
                                    std::pair{"key", &key.cipher}, std::pair{"icv-key", &key.icv}}) {
    if (!element.find(name)) continue;
    const auto digits = read_string(element, name);
    if (!digits || !is_hex(*digits)) return fail(std::string(name) + " is not a string of hexadecimal digits");
    *field = *digits;
    has_cipher |= field == &key.cipher;
  }
  if (!has_cipher) return fail("a key without encrypt-key, decrypt-key or key");
  return key;
}

}  // namespace

Result<std::vector<SecretKey>> read_keys(const json::Value& object) {
  std::vector<SecretKey> keys;
  const auto list = object.find("keys");
  if (!list) return keys;
  if (!list->is(json::Type::kArray)) return fail("keys is not an array");
  for (const json::Value& element : list->elements()) {
    auto key = read_key(element);
    if (!key) return tl::unexpected(key.error());
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<KeyPair> read_key_pair(const json::Value& object) {
  KeyPair pair;
  for (const auto& [name, field] : {std::pair{"encap-key", &pair.encap}, std::pair{"decap-key", &pair.decap}}) {
    if (!object.find(name)) continue;
    const auto digits = read_string(object, name);
    if (!digits || !is_hex(*digits)) return fail(std::string(name) + " is not a string of hexadecimal digits");
    if (digits->empty()) continue;
    const auto id = read_number(object, "key-id");
    if (!id) return fail("key-id is absent or not a number");
    *field = SecretKey{*id, std::string(*digits), {}};
  }
  return pair;
}

}  // namespace lisper
