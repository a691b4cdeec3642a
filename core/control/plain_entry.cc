#include "core/control/plain_entry.h"

#include <utility>

#include "core/control/json_fields.h"

namespace lisper {
namespace {

constexpr std::uint32_t kMaxByte = 0xff;
constexpr std::uint32_t kMaxPort = 0xffff;

using Text = std::string_view;

/// Takes JSON off the front of a text. Functions return false if it is not what they take.
class Cursor {
 public:
  explicit Cursor(Text text) noexcept : at_(text.data()), end_(text.data() + text.size()) {}

  [[nodiscard]] bool take(char c) noexcept {
    skip_space();
    return take_here(c);
  }
  [[nodiscard]] bool at_end() noexcept {
    skip_space();
    return at_ == end_;
  }

  [[nodiscard]] bool string(Text& value) noexcept {
    if (!take('"')) return false;
    const char* const begin = at_;
    while (at_ != end_ && *at_ >= ' ' && *at_ != '"' && *at_ != '\\') ++at_;  // bytes past ASCII are negative
    value = {begin, static_cast<std::size_t>(at_ - begin)};
    return take_here('"');
  }

  /// `member(key)` takes the value.
  template <typename Member>
  [[nodiscard]] bool object(Member&& member) {
    if (!take('{')) return false;
    do {
      Text key;
      if (!string(key) || !take(':') || !member(key)) return false;
    } while (take(','));
    return take('}');
  }

 private:
  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  [[nodiscard]] bool take_here(char c) noexcept {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  const char* at_;
  const char* end_;
};

/// A member that may be there once.
[[nodiscard]] bool take_once(Cursor& cursor, Text& value) { return value.data() == nullptr && cursor.string(value); }

template <typename Number>
[[nodiscard]] bool assign(Number& number, Text text, std::uint32_t max) {
  if (text.data() == nullptr) return true;  // the default holds
  const auto parsed = parse_number(text, max);
  if (parsed) number = static_cast<Number>(*parsed);
  return parsed.has_value();
}

[[nodiscard]] bool take_rloc(Cursor& cursor, RlocRecord& record) {
  Text rloc, priority, weight, port;
  const bool ok = cursor.object([&](Text key) {
    if (key == "rloc") return take_once(cursor, rloc);
    if (key == "priority") return take_once(cursor, priority);
    if (key == "weight") return take_once(cursor, weight);
    return key == "port" && take_once(cursor, port);
  });
  if (!ok) return false;
  const auto ip = parse_ip(rloc);
  if (ip) record.rloc = *ip;
  return ip && assign(record.priority, priority, kMaxByte) && assign(record.weight, weight, kMaxByte) &&
         assign(record.port, port, kMaxPort);
}

[[nodiscard]] bool take_rlocs(Cursor& cursor, std::vector<RlocRecord>& rlocs) {
  if (!cursor.take('[')) return false;
  if (cursor.take(']')) return true;
  do {
    if (!take_rloc(cursor, rlocs.emplace_back())) return false;
  } while (cursor.take(','));
  return cursor.take(']');
}

}  // namespace

std::optional<MapCacheMessage> read_plain_entry(Text text) {
  Cursor cursor(text);
  Text type, opcode, eid, iid;
  bool has_rlocs = false;
  MapCacheMessage message;
  MapCacheUpdate& update = message.updates.emplace_back();
  const bool ok = cursor.object([&](Text key) {
    if (key == "type") return take_once(cursor, type);
    if (key == "opcode") return take_once(cursor, opcode);
    if (key == "eid-prefix") return take_once(cursor, eid);
    if (key == "instance-id") return take_once(cursor, iid);
    return key == "rlocs" && !std::exchange(has_rlocs, true) && take_rlocs(cursor, update.rlocs);
  });
  if (!ok || !cursor.at_end() || !has_rlocs || type != "map-cache") return std::nullopt;
  if (opcode != "add" && opcode != "delete") return std::nullopt;
  update.remove = opcode == "delete";
  const auto number = parse_number(iid);
  const auto prefix = read_eid_prefix(eid);
  if (!number || !prefix || !prefix->is_mac) return std::nullopt;
  update.iid = Iid(*number);
  update.eid = prefix->mac;
  update.length = prefix->length;
  return message;
}

}  // namespace lisper
