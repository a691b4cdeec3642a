#pragma once

namespace lisper {

/// What the exit code of each program says.
enum class ExitCode : int {
  kOk = 0,
  kExpectationFailed = 1,
  kBadInput = 2,
  kEnvironment = 3,  ///< what the machine cannot do: files not writable, no NIC, no privilege
  kInternal = 4,
  kInterrupted = 130,
};

}  // namespace lisper
