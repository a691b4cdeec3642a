#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/layout.h"
#include "lab/process.h"
#include "lab/state.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::lab {

/// What children need to load the same plan.
struct ScenarioSource {
  std::filesystem::path path;
  std::vector<std::string> sets;  ///< "PATH=VALUE"
};

/// Our own programs in a lab: lisper-hw for each LISPER, lisper-endpoint under each App's VM, and the
/// controller. They are looked for beside this program.
class Programs {
 public:
  Programs(const Layout& layout, const model::Plan& plan, ScenarioSource scenario, State& state);

  /// Starts all but the controller, a few at a time, and waits until they forward.
  [[nodiscard]] Result<void> start_nodes();
  /// The controller's time begins when this returns.
  [[nodiscard]] Result<void> start_controller();
  /// They live on without us.
  void release();

  /// Fails if one has ended, and quotes what it said.
  [[nodiscard]] Result<void> check();
  /// Counters and tables of a LISPER or a tunnel, as they are now.
  [[nodiscard]] Result<report::NodeResult> ask(std::size_t node);
  /// What (IID, MAC) leads to in a LISPER now.
  [[nodiscard]] Result<std::string> look_up(std::size_t node, Iid iid, const MacAddress& mac);

  /// Has one of these: a LISPER or a tunnel.
  [[nodiscard]] static bool is_program(const model::Node& node);

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
  [[nodiscard]] Result<std::vector<std::string>> hw_command(std::size_t node) const;
  [[nodiscard]] std::filesystem::path file_of(const std::string& node, const char* ending) const;

  const Layout& layout_;
  const model::Plan& plan_;
  ScenarioSource scenario_;
  State& state_;
  std::filesystem::path folder_;  ///< of our programs
  std::map<std::string, Running, std::less<>> running_;
};

}  // namespace lisper::lab
