#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace lisper {

/// Gives equal values one id, for as long as somebody holds it. Ids are dense: the lowest free one is
/// given out first.
template <typename Id, typename Value>
class IdPool {
 public:
  explicit IdPool(Id first) : next_(first.value) {}

  /// The id of `value`, held once more, and whether it is new. Each call is paired with one of release().
  std::pair<Id, bool> acquire(const Value& value) {
    const auto [known, is_new] = holders_.try_emplace(value);
    auto& [id, count] = known->second;
    if (is_new) {
      id = free_.empty() ? next_++ : free_.extract(free_.begin()).value();
      values_.emplace(id, known);
    }
    ++count;
    return {Id(id), is_new};
  }

  void release(Id id) {
    const auto found = values_.find(id.value);
    if (--found->second->second.count > 0) return;
    holders_.erase(found->second);
    values_.erase(found);
    free_.insert(id.value);
  }

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

 private:
  struct Holders {
    std::uint32_t id = 0;
    std::uint64_t count = 0;
  };
  using Map = std::map<Value, Holders>;

  Map holders_;
  std::map<std::uint32_t, typename Map::iterator> values_;
  std::set<std::uint32_t> free_;
  std::uint32_t next_;
};

}  // namespace lisper
