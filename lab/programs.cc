#include "lab/programs.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>

#include "lab/control_socket.h"
#include "lab/parallel.h"
#include "program/progress.h"
#include "report/result_fields.h"

namespace lisper::lab {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kStarting = 4;  ///< programs that are not ready yet, at a time
constexpr milliseconds kPatience{180'000};
constexpr milliseconds kPoll{20};
constexpr milliseconds kNextHopPatience{5'000};
constexpr std::size_t kRows = 10'000;  ///< of tables in one answer
constexpr const char* kController = "controller";

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool has_line_with(const std::string& text, std::string_view word) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.find(word) != std::string::npos) return true;
  return false;
}

/// The end of a log, for a message of ours.
std::string last_words(const fs::path& log) {
  std::string text = read_file(log);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  constexpr std::size_t kMost = 1500;
  if (text.size() > kMost) text = "..." + text.substr(text.size() - kMost);
  return text.empty() ? "it said nothing" : text;
}

template <typename T>
Result<T> read_json(const report::Json& json) {
  try {
    T value;
    report::Reader::read(json, "", value);
    return value;
  } catch (const report::FieldError& error) {
    return fail(error.message);
  }
}

const model::CoreNode* core_of(const model::Node& node) { return std::get_if<model::CoreNode>(&node.role); }

/// Images of guests are kept from run to run, as the XDG base directory specification has it.
fs::path cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "lisper";
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "/root" : home) / ".cache" / "lisper";
}

bool is_lisper(const model::Node& node) {
  const auto* core = core_of(node);
  return core != nullptr && core->kind == model::CoreNode::Kind::kLisper;
}

}  // namespace

Programs::Programs(const Layout& layout, const model::Plan& plan, ScenarioSource scenario, State& state, Nic nic)
    : layout_(layout),
      plan_(plan),
      scenario_(std::move(scenario)),
      state_(state),
      nic_(nic),
      folder_(fs::read_symlink("/proc/self/exe").parent_path()) {}

bool Programs::is_program(std::size_t node) const {
  const auto* core = core_of(plan_.nodes[node]);
  return core != nullptr && core->kind != model::CoreNode::Kind::kSegment && !layout_.ends_in_qemu(node);
}

fs::path Programs::file_of(const std::string& node, const char* ending) const {
  return state_.folder() / (node + ending);
}

Result<void> Programs::start(const std::string& name, std::vector<std::string> argv, const std::string& netns) {
  argv.front() = (folder_ / argv.front()).string();
  for (const auto& [path, value] : scenario_.overrides)
    argv.insert(argv.end(), {"--set", fmt::format("{}={}", path, value)});
  const fs::path log = file_of(name, ".log");
  const FileDescriptor file(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  auto process = Process::spawn({.argv = std::move(argv), .netns = netns, .out = file.get(), .err = file.get()});
  if (!process) return tl::unexpected(process.error());
  if (auto noted = state_.add_process(name, process->id()); !noted) return noted;
  running_.emplace(name, Running{name, std::move(*process), log});
  return {};
}

Result<std::vector<std::string>> Programs::endpoint_command(std::size_t node) const {
  const model::Node& plan = plan_.nodes[node];
  std::vector<std::string> argv{"lisper-endpoint", scenario_.path.string(),
                                "--node",          plan.name,
                                "--result",        file_of(plan.name, ".json").string()};
  for (std::size_t p = 0; p < plan.ports.size(); ++p)
    argv.insert(argv.end(), {"--port", fmt::format("{}=packet:{}", plan.ports[p].name, layout_.interface({node, p}))});
  return argv;
}

Result<std::vector<std::string>> Programs::lisper_command(std::size_t node) const {
  const model::Node& plan = plan_.nodes[node];
  HwPlace place{.programs = folder_,
                .scenario = scenario_.path.string(),
                .control = file_of(plan.name, ".ctl").string(),
                .interfaces = {}};
  for (std::size_t p = 0; p < plan.ports.size(); ++p) place.interfaces.push_back(layout_.interface({node, p}));
  for (const std::string& path : {place.control, core_of(plan)->control_sock})
    if (auto noted = path.empty() ? Result<void>() : state_.add_socket(path); !noted)
      return tl::unexpected(noted.error());
  return hw_command(plan, place, nic_);
}

Result<void> Programs::start_node(std::size_t node) {
  auto argv = is_lisper(plan_.nodes[node]) ? lisper_command(node) : endpoint_command(node);
  if (!argv) return tl::unexpected(argv.error());
  return start(plan_.nodes[node].name, std::move(*argv), layout_.netns(node));
}

Result<void> Programs::wait_ready(const std::string& name, const char* word) {
  Running& running = running_.find(name)->second;
  for (const auto deadline = Clock::now() + kPatience; Clock::now() < deadline;) {
    if (has_line_with(read_file(running.log), word)) return {};
    if (interrupted()) return fail("stopped");
    if (const auto status = running.process.wait(kPoll))
      return fail(fmt::format("{} ended with status {}: {}", name, *status, last_words(running.log)));
  }
  return fail(fmt::format("{} is not ready after {} s: {}", name, kPatience.count() / 1000, last_words(running.log)));
}

Result<void> Programs::start_nodes() {
  std::vector<std::size_t> nodes;
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
    if (is_program(i)) nodes.push_back(i);
  for (std::size_t i = 0; i < nodes.size() + kStarting; ++i) {
    if (i < nodes.size())
      if (auto started = start_node(nodes[i]); !started) return started;
    if (i >= kStarting && i - kStarting < nodes.size())
      if (auto ready = wait_ready(plan_.nodes[nodes[i - kStarting]].name, "ready"); !ready) return ready;
  }
  return wait_for_next_hops();
}

Result<void> Programs::boot_guests(const std::function<void(std::string_view)>& tell) {
  const auto& guests = layout_.guests();
  if (guests.empty()) return {};
  const auto image = GuestImage::prepare(cache_folder(), tell);
  if (!image) return tl::unexpected(image.error());
  tell(fmt::format("booting {} virtual machine{} ({})", guests.size(), guests.size() == 1 ? "" : "s",
                   name_of(image->accelerator)));
  std::mutex mutex;
  return parallel(guests.size(), [&](std::size_t i) -> Result<void> {
    if (interrupted()) return fail("stopped");
    auto config = vm_config(plan_, guests[i]);
    if (!config) return tl::unexpected(config.error());
    config->folder = layout_.place(guests[i]).guest;
    config->netns = layout_.netns(*layout_.tunnel_of(guests[i]));
    auto machine = VirtualMachine::boot(*config, *image,
                                        [&](const ProcessId& id) { return state_.add_process(config->name, id); });
    if (!machine) return tl::unexpected(machine.error());
    const std::lock_guard lock(mutex);
    guests_.push_back(std::move(*machine));
    return {};
  });
}

/// Those that never answer are the scenario's affair.
Result<void> Programs::wait_for_next_hops() {
  const auto deadline = Clock::now() + kNextHopPatience;
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    if (!is_lisper(plan_.nodes[i])) continue;
    while (Clock::now() < deadline) {
      if (interrupted()) return fail("stopped");
      const auto answer = lab::ask(file_of(plan_.nodes[i].name, ".ctl"), {{"show", "status"}});
      if (!answer) return tl::unexpected(answer.error());
      const auto neighbours = answer->value("/status/neighbours"_json_pointer, nlohmann::json::array());
      const auto waits = [](const nlohmann::json& n) {
        return n.value("next_hop", "") != "" && n.value("mac", "") == "";
      };
      if (std::ranges::none_of(neighbours, waits)) break;
      std::this_thread::sleep_for(kPoll);
    }
  }
  return {};
}

Result<void> Programs::start_controller() {
  if (!plan_.controller.present) return {};
  bool served = false;
  for (const model::Node& node : plan_.nodes) {
    const auto* core = core_of(node);
    if (core == nullptr) continue;
    served = served || !core->control_sock.empty() || !core->punt_sock.empty();
    if (core->punt_sock.empty()) continue;
    if (auto noted = state_.add_socket(core->punt_sock); !noted) return noted;
  }
  if (!served) return {};
  if (auto started = start(kController, {"lisper-controller", scenario_.path.string()}, {}); !started) return started;
  return wait_ready(kController, "serving");
}

void Programs::release() {
  for (auto& [name, running] : running_) running.process.release();
  for (VirtualMachine& guest : guests_) guest.process().release();
}

Result<void> Programs::check(const std::function<void(std::string_view)>& tell) {
  for (auto& [name, running] : running_) {
    const auto status = running.process.wait(milliseconds(0));
    if (!status) continue;
    const auto what = fmt::format("{} ended with status {}: {}", name, *status, last_words(running.log));
    if (name != kController) return fail(what);
    if (!std::exchange(controller_ended_, true)) tell(what);
  }
  for (VirtualMachine& guest : guests_)
    if (!guest.process().running()) return fail(fmt::format("the virtual machine {} has ended", guest.name()));
  return {};
}

Result<report::NodeResult> Programs::ask(std::size_t node) {
  if (!is_lisper(plan_.nodes[node])) return ask_endpoint(node);
  auto answer = lab::ask(file_of(plan_.nodes[node].name, ".ctl"), {{"show", "status"}, {"rows", kRows}});
  if (!answer) return tl::unexpected(answer.error());
  const auto json = report::Json(answer->value("/status/node"_json_pointer, nlohmann::json()));
  return read_json<report::NodeResult>(json);
}

/// It writes its result whenever it gets SIGUSR1.
Result<report::NodeResult> Programs::ask_endpoint(std::size_t node) {
  const std::string& name = plan_.nodes[node].name;
  const fs::path file = file_of(name, ".json");
  std::error_code ignored;
  fs::remove(file, ignored);
  running_.find(name)->second.process.signal(SIGUSR1);
  for (const auto deadline = Clock::now() + kPatience; Clock::now() < deadline; std::this_thread::sleep_for(kPoll)) {
    if (!fs::exists(file, ignored)) continue;
    const auto json = report::Json::parse(read_file(file), nullptr, false);
    return read_json<report::NodeResult>(json);
  }
  return fail(name + " wrote no result");
}

Result<std::string> Programs::look_up(std::size_t node, Iid iid, const MacAddress& mac) {
  auto answer =
      lab::ask(file_of(plan_.nodes[node].name, ".ctl"), {{"look_up", {{"iid", iid.value}, {"mac", to_string(mac)}}}});
  if (!answer) return tl::unexpected(answer.error());
  return answer->value("leads_to", "");
}

}  // namespace lisper::lab
