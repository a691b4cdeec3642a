#pragma once

#include <deque>
#include <map>
#include <optional>

#include "core/base/ids.h"
#include "core/tables/fib.h"

namespace lisper {

/// Local hosts that the controller is to be told of as soon as the limit allows. Those of one location wait in
/// line, and the lines take turns: a flood from one location does not keep the others waiting.
class PuntQueue {
 public:
  void push(LocationId location, FibKey host) { lines_[location].push_back(host); }
  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
  [[nodiscard]] bool waiting_at(LocationId location) const { return lines_.contains(location); }
  /// Whose turn it is; nullopt if nobody waits.
  [[nodiscard]] std::optional<FibKey> front() const {
    return empty() ? std::nullopt : std::optional(turn()->second.front());
  }
  /// Removes front(), and gives the turn to the next line.
  void pop() {
    const auto line = lines_.find(turn()->first);
    last_ = line->first;
    line->second.pop_front();
    if (line->second.empty()) lines_.erase(line);
  }

 private:
  using Lines = std::map<LocationId, std::deque<FibKey>>;

  [[nodiscard]] Lines::const_iterator turn() const {
    const auto next = lines_.upper_bound(last_);
    return next == lines_.end() ? lines_.begin() : next;
  }

  Lines lines_;  ///< none is empty
  LocationId last_ = kNoLocation;
};

}  // namespace lisper
