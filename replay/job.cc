#include "replay/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "core/tables/tables.h"
#include "hw/stepped_node.h"
#include "model/load.h"
#include "program/progress.h"
#include "replay/driver.h"
#include "replay/generate.h"
#include "replay/hw_body.h"
#include "replay/mutate.h"
#include "replay/on_wire.h"
#include "replay/sim_body.h"
#include "replay/under_nic.h"
#include "report/run_folder.h"

namespace lisper::replay {

namespace {

constexpr const char* kSummary = "replay.json";

// Which consumer of randomness a stream of the seed belongs to.
constexpr std::uint64_t kGenerateStream = 1;
constexpr std::uint64_t kMutateStream = 2;

tl::unexpected<ExitCode> give_up(ExitCode code, const std::string& message) {
  fmt::print(stderr, "lisper-replay: {}\n", message);
  return tl::unexpected(code);
}

/// A replay under way; each step gives an error as a code, with its message printed.
class Job {
 public:
  explicit Job(const CommandLine& line) : line_(line) {}

  tl::expected<Outcome, ExitCode> operator()() {
    if (auto ok = check_folder(); !ok) return tl::unexpected(ok.error());
    if (auto ok = load(); !ok) return tl::unexpected(ok.error());
    if (on_card() && !under_nic())
      return give_up(ExitCode::kEnvironment, start_under_nic(config().ports.size()).error().message);
    if (auto ok = prepare_frames(); !ok) return tl::unexpected(ok.error());
    std::optional<Outputs> expected;
    if (!line_.expect.empty()) {
      auto read = read_outputs(line_.expect, line_.expect.string(), config());
      if (!read) return give_up(ExitCode::kBadInput, read.error().message);
      expected = std::move(*read);
    }
    using Mode = CommandLine::Mode;
    const bool all = line_.mode == Mode::kAll;
    const bool both = all || line_.mode == Mode::kBoth;
    if (both || line_.mode == Mode::kSim)
      if (auto ok = run("sim", make_sim_body(core())); !ok) return tl::unexpected(ok.error());
    if (both || line_.mode == Mode::kHw)
      if (auto ok = run("hw", make_hw_body(core(), line_.workers, {.nic = false, .eal = line_.eal})); !ok)
        return tl::unexpected(ok.error());
    if (on_card())
      if (auto ok = run("nic", make_hw_body(core(), line_.workers, {.nic = true, .eal = line_.eal})); !ok)
        return tl::unexpected(ok.error());
    compare_runs(expected);
    if (auto ok = write(); !ok) return tl::unexpected(ok.error());
    return std::move(outcome_);
  }

 private:
  using Step = tl::expected<void, ExitCode>;

  [[nodiscard]] const model::Plan& plan() const { return loaded_->plan; }
  [[nodiscard]] const model::CoreNode& core() const { return std::get<model::CoreNode>(plan().nodes[node_].role); }
  [[nodiscard]] const LisperConfig& config() const { return core().config; }

  [[nodiscard]] bool on_card() const {
    return line_.mode == CommandLine::Mode::kNic || line_.mode == CommandLine::Mode::kAll;
  }

  /// Anybody's folder but an earlier replay's is left alone.
  [[nodiscard]] Step check_folder() const {
    std::error_code error;
    if (line_.out.empty() || !std::filesystem::exists(line_.out, error)) return {};
    if (std::filesystem::is_directory(line_.out, error) &&
        (std::filesystem::is_empty(line_.out, error) || std::filesystem::exists(line_.out / kSummary, error)))
      return {};
    return give_up(ExitCode::kBadInput, fmt::format("{} is not an earlier replay's folder", line_.out.string()));
  }

  [[nodiscard]] Step load() {
    auto loaded = model::load_scenario(line_.scenario, line_.overrides);
    if (!loaded) {
      fmt::print(stderr, "{}", loaded.error().render());
      return tl::unexpected(ExitCode::kBadInput);
    }
    loaded_ = std::move(*loaded);
    const auto& nodes = plan().nodes;
    const auto found = std::ranges::find(nodes, line_.node, &model::Node::name);
    if (found == nodes.end() || !std::holds_alternative<model::CoreNode>(found->role)) {
      std::string names;
      for (const model::Node& node : nodes)
        if (std::holds_alternative<model::CoreNode>(node.role)) names += (names.empty() ? "" : ", ") + node.name;
      return give_up(ExitCode::kBadInput, fmt::format("{}: no node \"{}\" that runs the core, only {}",
                                                      line_.scenario.string(), line_.node, names));
    }
    node_ = static_cast<std::size_t>(found - nodes.begin());
    if (const auto tables = Tables::build(config()); !tables)
      return give_up(ExitCode::kBadInput, fmt::format("node \"{}\": {}", line_.node, tables.error().message));
    outcome_.scenario = plan().name;
    outcome_.node = line_.node;
    for (const PortConfig& port : config().ports) outcome_.ports.push_back(port.name);
    return {};
  }

  [[nodiscard]] Step prepare_frames() {
    std::vector<InputSpec> specs;
    for (const auto& [name, file] : line_.captures) {
      const auto port = find_port(config(), name);
      if (!port) return give_up(ExitCode::kBadInput, port.error().message);
      specs.push_back({*port, file, {}});
    }
    for (const auto& [name, text] : line_.filters) {
      const auto port = find_port(config(), name);
      if (!port) return give_up(ExitCode::kBadInput, port.error().message);
      for (InputSpec& spec : specs)
        if (spec.port == *port) spec.filter = text;
    }
    auto inputs = read_inputs(config(), specs, line_.start);
    if (!inputs) return give_up(ExitCode::kBadInput, inputs.error().message);
    outcome_.inputs = std::move(inputs->files);
    frames_ = std::move(inputs->frames);

    const Random random(line_.seed);
    if (line_.generate != 0) {
      auto more = generate(plan(), node_, line_.generate, line_.start, random.derive(kGenerateStream));
      outcome_.generated = more.size();
      frames_.insert(frames_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
      sort_frames(frames_);
    }
    if (line_.mutate > 0) mutate(frames_, line_.mutate, random.derive(kMutateStream));
    std::erase_if(frames_, [this, limit = hw::SteppedNode::max_frame(config())](const PortFrame& frame) {
      return frame.bytes.size() > limit || (on_card() && !fits_card(frame.bytes, limit));
    });
    outcome_.frames = frames_.size();
    return {};
  }

  [[nodiscard]] Step run(const std::string& name, Result<std::unique_ptr<Body>> body) {
    // The configuration has passed; what is left is the machine.
    if (!body) return give_up(ExitCode::kEnvironment, body.error().message);
    if (on_card()) body = on_wire(std::move(*body));
    Progress progress(!line_.quiet);
    auto recording = replay::run({.plan = plan(),
                                  .node = node_,
                                  .frames = frames_,
                                  .stand_in = line_.stand_in,
                                  .progress =
                                      [&progress](double done) {
                                        progress.show(done);
                                        return !interrupted();
                                      }},
                                 **body);
    if (!recording) return give_up(ExitCode::kInterrupted, "stopped");
    outcome_.runs.push_back(
        {to_outputs(name, config().ports.size(), std::move(recording->sent), std::move(recording->punts)),
         std::move(recording->result), recording->lost});
    return {};
  }

  /// Each of several workers remembers for itself what it has reported to the control plane and which fragments it has.
  /// So it is what leaves the ports that must not depend on their number.
  [[nodiscard]] Outcome::Comparison compare(const Outcome::Run& first, const Outcome::Run& other) const {
    Outcome::Comparison comparison{first.outputs.name, other.outputs.name, {}, {}};
    comparison.differences = replay::compare(first.outputs, other.outputs, config());
    if (line_.workers == 1) {
      comparison.counters = replay::compare(first.result, other.result, first.outputs.name, other.outputs.name);
    } else {
      std::erase_if(comparison.differences, [](const Difference& difference) { return difference.port == kPunts; });
    }
    return comparison;
  }

  void compare_runs(const std::optional<Outputs>& expected) {
    const auto& runs = outcome_.runs;
    for (std::size_t i = 1; i < runs.size(); ++i) outcome_.comparisons.push_back(compare(runs[0], runs[i]));
    if (expected)
      for (const Outcome::Run& run : runs)
        outcome_.comparisons.push_back(
            {expected->name, run.outputs.name, replay::compare(*expected, run.outputs, config()), {}});
  }

  /// The summary first: it marks the folder as ours.
  [[nodiscard]] Step write() const {
    if (line_.out.empty()) return {};
    std::error_code ignored;
    std::filesystem::create_directories(line_.out, ignored);
    if (auto ok = report::replace_file(line_.out / kSummary, to_json(outcome_)); !ok)
      return give_up(ExitCode::kEnvironment, ok.error().message);
    std::vector<Outputs> all{to_outputs("in", config().ports.size(), frames_, {})};
    for (const Outcome::Run& run : outcome_.runs) all.push_back(run.outputs);
    for (const char* name : {"in", "sim", "hw", "nic"}) std::filesystem::remove_all(line_.out / name, ignored);
    for (const Outputs& outputs : all)
      if (auto ok = write_outputs(line_.out / outputs.name, outputs, config()); !ok)
        return give_up(ExitCode::kEnvironment, ok.error().message);
    return {};
  }

  const CommandLine& line_;
  std::optional<model::Loaded> loaded_;
  std::size_t node_ = 0;
  std::vector<PortFrame> frames_;
  Outcome outcome_;
};

}  // namespace

tl::expected<Outcome, ExitCode> execute(const CommandLine& line) { return Job(line)(); }

}  // namespace lisper::replay
