#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/hw_command.h"
#include "lab/layout.h"
#include "lab/process.h"
#include "lab/state.h"
#include "lab/vm/virtual_machine.h"
#include "model/plan.h"
#include "model/source.h"
#include "report/result.h"

namespace lisper::lab {

/// What children need to load the same plan.
struct ScenarioSource {
  std::filesystem::path path;
  std::vector<model::Override> overrides;
};

/// The programs that a lab is made of: lisper-hw for each LISPER, lisper-endpoint or a virtual machine for each App,
/// and the controller. Ours are looked for beside this program.
class Programs {
 public:
  Programs(const Layout& layout, const model::Plan& plan, ScenarioSource scenario, State& state, Nic nic);

  /// Starts all but the controller, a few at a time, and waits until they forward.
  [[nodiscard]] Result<void> start_nodes();
  /// The hosts that are virtual machines. `tell` hears of what takes long.
  [[nodiscard]] Result<void> boot_guests(const std::function<void(std::string_view)>& tell);
  /// The controller's time begins when this returns.
  [[nodiscard]] Result<void> start_controller();
  /// They live on without us.
  void release();

  /// Fails if one has ended, and quotes what it said. Without the controller the network goes on: its end is told,
  /// once.
  [[nodiscard]] Result<void> check(const std::function<void(std::string_view)>& tell);
  /// Counters and tables of a node that is a program of ours, as they are now.
  [[nodiscard]] Result<report::NodeResult> ask(std::size_t node);
  /// What (IID, MAC) leads to in a LISPER now.
  [[nodiscard]] Result<std::string> look_up(std::size_t node, Iid iid, const MacAddress& mac);

  /// A LISPER, or a tunnel that does not end in QEMU.
  [[nodiscard]] bool is_program(std::size_t node) const;

 private:
  struct Running {
    std::string name;
    Process process;
    std::filesystem::path log;
  };

  [[nodiscard]] Result<void> start(const std::string& name, std::vector<std::string> argv, const std::string& netns);
  [[nodiscard]] Result<void> start_node(std::size_t node);
  [[nodiscard]] Result<void> wait_ready(const std::string& name, const char* word);
  [[nodiscard]] Result<void> wait_for_next_hops();
  [[nodiscard]] Result<report::NodeResult> ask_endpoint(std::size_t node);
  [[nodiscard]] Result<std::vector<std::string>> endpoint_command(std::size_t node) const;
  [[nodiscard]] Result<std::vector<std::string>> lisper_command(std::size_t node) const;
  [[nodiscard]] std::filesystem::path file_of(const std::string& node, const char* ending) const;

  const Layout& layout_;
  const model::Plan& plan_;
  ScenarioSource scenario_;
  State& state_;
  Nic nic_;
  std::filesystem::path folder_;  ///< of our programs
  std::map<std::string, Running, std::less<>> running_;
  std::vector<VirtualMachine> guests_;
  bool controller_ended_ = false;
};

}  // namespace lisper::lab
