#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/layout.h"
#include "lab/process.h"
#include "lab/state.h"

namespace lisper::lab {

/// A program that a lab runs for a while, and whose output is read at its end.
class Tool {
 public:
  /// `name` is what the state calls it.
  [[nodiscard]] Result<void> start(State& state, const std::string& name, std::vector<std::string> argv,
                                   const Place& place);
  [[nodiscard]] bool started() const noexcept { return process_.has_value(); }
  [[nodiscard]] bool running() { return process_ && process_->running(); }
  void signal(int number);
  /// Waits for its end, at most so long, and kills it then.
  void finish(std::chrono::milliseconds patience);
  [[nodiscard]] std::string out() const { return read_all(out_.get()); }
  [[nodiscard]] std::string err() const { return read_all(err_.get()); }

 private:
  FileDescriptor out_;
  FileDescriptor err_;
  std::optional<Process> process_;
};

}  // namespace lisper::lab
