#include "lab/tool.h"

#include <csignal>

#include "lab/vm/virtual_machine.h"

namespace lisper::lab {

Result<void> Tool::start(State& state, const std::string& name, std::vector<std::string> argv, const Place& place) {
  if (!place.guest.empty()) argv = guest_exec_command(place.guest, argv);
  auto out = memory_file();
  auto err = memory_file();
  if (!out) return tl::unexpected(out.error());
  if (!err) return tl::unexpected(err.error());
  out_ = std::move(*out);
  err_ = std::move(*err);
  auto process = Process::spawn({.argv = std::move(argv), .netns = place.netns, .out = out_.get(), .err = err_.get()});
  if (!process) return tl::unexpected(process.error());
  if (auto noted = state.add_process(name, process->id()); !noted) return noted;
  process_ = std::move(*process);
  return {};
}

void Tool::signal(int number) {
  if (running()) process_->signal(number);
}

void Tool::finish(std::chrono::milliseconds patience) {
  if (!process_ || process_->wait(patience)) return;
  process_->end(std::chrono::milliseconds(500));
}

}  // namespace lisper::lab
