#include "lab/commands.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "lab/compare.h"
#include "lab/lab.h"
#include "lab/machine.h"
#include "lab/netns.h"
#include "lab/runner.h"
#include "lab/state.h"
#include "lab/vm/virtual_machine.h"
#include "model/load.h"
#include "program/progress.h"
#include "report/expectations.h"
#include "report/json.h"
#include "report/run_folder.h"
#include "report/table.h"

namespace lisper::lab {

namespace {

namespace fs = std::filesystem;

ExitCode give_up(ExitCode code, const std::string& message) {
  fmt::print(stderr, "lisper-lab: {}\n", message);
  return interrupted() ? ExitCode::kInterrupted : code;
}

report::TableStyle style_of(FILE* stream) {
  return {.colour = isatty(fileno(stream)) != 0 && std::getenv("NO_COLOR") == nullptr, .rows = {}};
}

struct Ready {
  model::Loaded loaded;
  std::string name;
};

/// A scenario that this machine can be a lab of.
tl::expected<Ready, ExitCode> prepare(const CommandLine& line) {
  auto loaded = model::load_scenario(line.scenario, line.overrides);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error().render());
    return tl::unexpected(ExitCode::kBadInput);
  }
  if (!line.quiet) fmt::print(stderr, "{}", loaded->warnings.render());
  if (auto able = check_machine(loaded->plan, line.nic); !able)
    return tl::unexpected(give_up(ExitCode::kEnvironment, able.error().message));
  std::string name = line.name.empty() ? lab_name(loaded->plan) : line.name;
  return Ready{std::move(*loaded), std::move(name)};
}

LabOptions options_of(const CommandLine& line) {
  LabOptions options{.apps = line.apps, .nic = line.nic};
  if (!line.quiet) options.tell = [](std::string_view what) { fmt::print(stderr, "lisper-lab: {}\n", what); };
  return options;
}

ScenarioSource source_of(const CommandLine& line) { return {fs::absolute(line.scenario), line.overrides}; }

void print_warnings(const model::Plan& plan, Lab& lab) {
  for (const std::string& difference : differences(plan, lab.network().abilities()))
    fmt::print(stderr, "lisper-lab: note: {}\n", difference);
}

/// Returns only if it cannot.
ExitCode replace_by(const std::vector<std::string>& program) {
  std::vector<char*> argv;
  for (const std::string& argument : program) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  return give_up(ExitCode::kBadInput, fmt::format("{}: {}", program.front(), std::strerror(errno)));
}

/// By its name, or by the scenario that it was made of.
Result<std::string> find_lab(const std::string& text) {
  const auto labs = State::all();
  if (std::ranges::find(labs, text) != labs.end()) return text;
  std::vector<std::string> found;
  for (const std::string& name : labs)
    if (auto state = State::open(name); state && state->scenario() == fs::absolute(text)) found.push_back(name);
  if (found.size() == 1) return found.front();
  return fail(found.empty() ? fmt::format("no lab {} is up", text)
                            : fmt::format("there are several labs of {}; name one", text));
}

}  // namespace

ExitCode up(const CommandLine& line) {
  auto ready = prepare(line);
  if (!ready) return ready.error();
  auto lab = Lab::bring_up(ready->name, ready->loaded.plan, source_of(line), options_of(line));
  if (!lab) return give_up(ExitCode::kEnvironment, lab.error().message);
  print_warnings(ready->loaded.plan, **lab);
  if (auto started = (*lab)->programs().start_controller(); !started)
    return give_up(ExitCode::kEnvironment, started.error().message);
  (*lab)->stay();
  fmt::print("Lab {0} is up. lisper-lab exec {0} NODE -- PROGRAM...; lisper-lab down {0}\n", ready->name);
  return ExitCode::kOk;
}

ExitCode run_scenario(const CommandLine& line) {
  auto ready = prepare(line);
  if (!ready) return ready.error();
  const model::Plan& plan = ready->loaded.plan;
  auto folder = report::RunFolder::begin(line.out.empty() ? fs::path("runs") / (plan.name + "-lab") : line.out);
  if (!folder) return give_up(ExitCode::kBadInput, folder.error().message);
  auto lab = Lab::bring_up(ready->name, plan, source_of(line), options_of(line));
  if (!lab) return give_up(ExitCode::kEnvironment, lab.error().message);
  if (!line.quiet) print_warnings(plan, **lab);

  Progress progress(!line.quiet);
  RunOptions options;
  if (line.captures) options.captures = folder->pcaps();
  options.tell = options_of(line).tell;
  options.progress = [&progress](double done) {
    progress.show(done);
    return !interrupted();
  };
  auto result = run(plan, **lab, options);
  if (auto removed = (*lab)->take_down(); !removed) return give_up(ExitCode::kEnvironment, removed.error().message);
  if (!result) return give_up(ExitCode::kEnvironment, result.error().message);
  result->expectations = report::check(plan, *result);
  if (auto committed = folder->commit(*result, ready->loaded.text); !committed)
    return give_up(ExitCode::kEnvironment, committed.error().message);

  const bool passed = std::ranges::all_of(result->expectations, &report::ExpectationResult::passed);
  if (line.json) {
    fmt::print("{}", report::to_text(*result));
  } else if (!line.quiet) {
    fmt::print("{}{}", report::flow_table(*result, style_of(stdout)),
               report::expectation_summary(*result, style_of(stdout)));
  }
  if (!passed && (line.json || line.quiet))
    fmt::print(stderr, "{}", report::expectation_summary(*result, style_of(stderr)));
  std::fflush(stdout);
  if (!line.quiet) fmt::print(stderr, "Results in {}\n", folder->path().string());
  return passed ? ExitCode::kOk : ExitCode::kExpectationFailed;
}

ExitCode exec(const CommandLine& line) {
  const auto lab = find_lab(line.scenario);
  if (!lab) return give_up(ExitCode::kBadInput, lab.error().message);
  auto state = State::open(*lab);
  if (!state) return give_up(ExitCode::kBadInput, state.error().message);
  if (const auto guest = guest_folder(state->folder(), line.node); fs::exists(guest))
    return replace_by(guest_exec_command(guest, line.program));
  const std::string netns = fmt::format("ll-{}.{}", *lab, line.node);
  const auto known = state->netns();
  if (std::ranges::find(known, netns) == known.end())
    return give_up(ExitCode::kBadInput, fmt::format("lab {} has no node {}", *lab, line.node));
  const auto fd = open_netns(netns);
  if (!fd) return give_up(ExitCode::kEnvironment, fd.error().message);
  // The same process: the terminal, signals and the exit code are the program's.
  if (setns(fd->get(), CLONE_NEWNET) != 0) return give_up(ExitCode::kEnvironment, std::strerror(errno));
  if (auto noted = state->add_process("exec", identify(getpid()).value_or(ProcessId{})); !noted)
    return give_up(ExitCode::kEnvironment, noted.error().message);
  return replace_by(line.program);
}

ExitCode list(const CommandLine& line) {
  nlohmann::ordered_json labs = nlohmann::ordered_json::array();
  std::vector<std::vector<report::Cell>> rows;
  for (const std::string& name : State::all()) {
    const auto state = State::open(name);
    if (!state) continue;
    const auto members = state->processes();
    const auto alive = std::ranges::count_if(members, [](const auto& m) { return identify(m.id.pid) == m.id; });
    const bool running = state->owner().has_value();
    const std::size_t nodes = state->netns().size();
    const char* what = running ? "running" : alive == 0 && nodes == 0 ? "left behind" : "up";
    labs.push_back({{"name", name},
                    {"state", what},
                    {"namespaces", nodes},
                    {"processes", alive},
                    {"scenario", state->scenario()}});
    rows.push_back({{name}, {what}, {state->scenario()}, {std::to_string(nodes)}, {std::to_string(alive)}});
  }
  if (line.json) {
    fmt::print("{}\n", labs.dump(2));
  } else if (!rows.empty()) {
    fmt::print("{}",
               report::aligned({"lab", "state", "scenario", "namespaces", "processes"}, rows, 3, style_of(stdout)));
  }
  return ExitCode::kOk;
}

ExitCode down(const CommandLine& line) {
  std::vector<std::string> names;
  if (line.all) {
    names = State::all();
  } else {
    auto name = find_lab(line.scenario);
    if (!name) return give_up(ExitCode::kBadInput, name.error().message);
    names.push_back(std::move(*name));
  }
  ExitCode code = ExitCode::kOk;
  for (const std::string& name : names) {
    auto state = State::open(name);
    if (!state) continue;
    if (auto removed = state->remove_lab(); !removed)
      code = give_up(ExitCode::kEnvironment, fmt::format("{}: {}", name, removed.error().message));
  }
  return code;
}

ExitCode compare_runs(const CommandLine& line) {
  const auto a = report::load(line.a);
  if (!a) return give_up(ExitCode::kBadInput, a.error().message);
  const auto b = report::load(line.b);
  if (!b) return give_up(ExitCode::kBadInput, b.error().message);
  if (a->scenario != b->scenario)
    fmt::print(stderr, "lisper-lab: note: these are results of two scenarios, {} and {}\n", a->scenario, b->scenario);
  const Comparison comparison = compare(*a, *b);
  if (line.json) {
    fmt::print("{}\n", comparison_json(comparison).dump(2));
  } else {
    fmt::print("{}", comparison_text(comparison, style_of(stdout)));
  }
  return comparison.verdicts_differ() ? ExitCode::kExpectationFailed : ExitCode::kOk;
}

}  // namespace lisper::lab
