#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "lab/layout.h"
#include "lab/network.h"
#include "lab/programs.h"
#include "lab/state.h"
#include "model/plan.h"

namespace lisper::lab {

struct LabOptions {
  Apps apps = Apps::kNamespaces;
  Nic nic = Nic::kInterfaces;
  std::function<void(std::string_view)> tell = [](std::string_view) {};  ///< what takes long
};

/// A scenario standing on this machine. It is removed with the object, whatever became of it, unless it
/// was told to stay.
class Lab {
 public:
  /// Makes all of it but what starts with the scenario's time. `plan` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Lab>> bring_up(const std::string& name, const model::Plan& plan,
                                                             ScenarioSource scenario, const LabOptions& options);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  [[nodiscard]] const Layout& layout() const noexcept { return layout_; }
  [[nodiscard]] Network& network() noexcept { return network_; }
  [[nodiscard]] Programs& programs() noexcept { return programs_; }
  [[nodiscard]] State& state() noexcept { return state_; }

  /// Stays when the object and this program end.
  void stay();
  [[nodiscard]] Result<void> take_down();

 private:
  Lab(const std::string& name, const model::Plan& plan, ScenarioSource scenario, const LabOptions& options,
      State state);

  Layout layout_;
  Network network_;
  State state_;
  Programs programs_;
  bool down_ = false;
};

/// "mesh" of a scenario's name, with nothing that a namespace's name could not have.
[[nodiscard]] std::string lab_name(const model::Plan& plan);

}  // namespace lisper::lab
