#pragma once

namespace lisper::sim {

/// What the program's exit code says.
enum class ExitCode : int {
  kOk = 0,
  kExpectationFailed = 1,
  kBadInput = 2,
  kEnvironment = 3,  ///< files that cannot be written
  kInternal = 4,
  kInterrupted = 130,
};

}  // namespace lisper::sim
