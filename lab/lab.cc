#include "lab/lab.h"

#include <fmt/format.h>

#include <algorithm>

#include "program/progress.h"

namespace lisper::lab {

Lab::Lab(const std::string& name, const model::Plan& plan, ScenarioSource scenario, const LabOptions& options,
         State state)
    : layout_(name, plan, options.apps),
      network_(layout_, plan),
      state_(std::move(state)),
      programs_(layout_, plan, std::move(scenario), state_, options.nic) {}

Result<std::unique_ptr<Lab>> Lab::bring_up(const std::string& name, const model::Plan& plan, ScenarioSource scenario,
                                           const LabOptions& options) {
  auto state = State::create(name, scenario.path);
  if (!state) return tl::unexpected(state.error());
  std::unique_ptr<Lab> lab(new Lab(name, plan, std::move(scenario), options, std::move(*state)));
  if (auto noted = lab->state_.add_netns(lab->layout_.all_netns()); !noted) return tl::unexpected(noted.error());
  if (auto built = lab->network_.build(); !built) return tl::unexpected(built.error());
  if (interrupted()) return fail("stopped");
  if (auto booted = lab->programs_.boot_guests(options.tell); !booted) return tl::unexpected(booted.error());
  if (auto started = lab->programs_.start_nodes(); !started) return tl::unexpected(started.error());
  return lab;
}

Lab::~Lab() {
  if (down_) return;
  if (auto removed = take_down(); !removed) fmt::print(stderr, "lisper-lab: {}\n", removed.error().message);
}

void Lab::stay() {
  programs_.release();
  down_ = true;
}

Result<void> Lab::take_down() {
  down_ = true;
  return state_.remove_lab();
}

std::string lab_name(const model::Plan& plan) {
  std::string name = plan.name;
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return !fits(c); }, '_');
  return name;
}

}  // namespace lisper::lab
