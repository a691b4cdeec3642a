// lisper-ctl: what a running lisper-hw does.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "hw/ctl/client/command_line.h"
#include "hw/ctl/client/conversation.h"
#include "hw/ctl/client/explain.h"
#include "hw/ctl/client/show.h"
#include "hw/ctl/socket_path.h"
#include "hw/ctl/status_json.h"
#include "program/progress.h"
#include "report/archive.h"

namespace lisper::hw::ctl {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

bool to_a_terminal() { return isatty(STDOUT_FILENO) != 0; }
bool colour() { return to_a_terminal() && std::getenv("NO_COLOR") == nullptr; }

Trouble not_understood(const Error& error) {
  return {ExitCode::kInternal, "the node's answer is not understood: " + error.message,
          "are lisper-ctl and lisper-hw of one version?"};
}

Outcome<Conversation> converse(const CommandLine& line) {
  if (!line.socket.empty()) return Conversation::open(line.socket);
  auto socket = find_socket(socket_directory(), line.node);
  if (!socket) return tl::unexpected(std::move(socket.error()));
  return Conversation::open(*socket);
}

Outcome<Json> ask(const CommandLine& line, const Request& request) {
  auto conversation = converse(line);
  if (!conversation) return tl::unexpected(std::move(conversation.error()));
  return conversation->ask(request);
}

Outcome<void> show_once(const CommandLine& line) {
  const bool has_rows = line.view == View::kFib || line.view == View::kMapCache;
  const auto answer = ask(line, ShowStatus{has_rows ? line.rows : 0});
  if (!answer) return tl::unexpected(answer.error());
  const auto status = status_from_json(answer->value("status", Json()));
  if (!status) return tl::unexpected(not_understood(status.error()));
  if (line.json) {
    fmt::print("{}\n", report::dump(select(line.view, *status, line.all)));
  } else {
    if (line.watch && to_a_terminal()) fmt::print("\x1b[H\x1b[2J");
    fmt::print("{}", show(line.view, *status, {{.colour = colour(), .rows = {}}, line.all}));
  }
  std::fflush(stdout);
  return {};
}

/// In short naps, because a signal that comes just before one does not end it.
void sleep_until(std::chrono::steady_clock::time_point end) {
  while (!interrupted() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now(), 100ms));
}

Outcome<void> show(const CommandLine& line) {
  auto shown = show_once(line);
  if (!line.watch) return shown;
  const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(*line.watch));
  while (shown && !interrupted()) {
    sleep_until(std::chrono::steady_clock::now() + pause);
    if (!interrupted()) shown = show_once(line);
  }
  return shown;
}

Outcome<void> clear(const CommandLine& line) {
  const auto answer = ask(line, ClearCounters{});
  return answer ? Outcome<void>() : tl::unexpected(answer.error());
}

Outcome<void> look_up(const CommandLine& line) {
  const auto answer = ask(line, line.look_up);
  if (!answer) return tl::unexpected(answer.error());
  if (line.json) {
    fmt::print("{}\n", report::dump(*answer));
  } else {
    fmt::print("{}\n", report::printable(answer->value("leads_to", "")));
  }
  return {};
}

Outcome<void> trace(const CommandLine& line) {
  auto conversation = converse(line);
  if (!conversation) return tl::unexpected(std::move(conversation.error()));
  if (auto begun = conversation->ask(line.trace); !begun) return tl::unexpected(std::move(begun.error()));
  std::optional<TimeNs> origin;
  while (true) {
    const auto heard = conversation->hear();
    if (!heard) return tl::unexpected(heard.error());
    if (heard->contains("done")) {
      if (const auto lost = heard->value("lost", 0u); lost > 0)
        fmt::print(stderr, "lisper-ctl: {} packets came too fast to be shown\n", lost);
      return {};
    }
    const Json& json = heard->value("packet", Json());
    const auto packet = packet_from_json(json);
    if (!packet) return tl::unexpected(not_understood(packet.error()));
    if (!origin) origin = packet->time;
    fmt::print("{}", line.json ? report::dump(json) + "\n" : explain(*packet, *origin, colour()));
    std::fflush(stdout);
  }
}

Outcome<void> carry_out(const CommandLine& line) {
  switch (line.command) {
    case CommandLine::Command::kShow:
      return show(line);
    case CommandLine::Command::kClear:
      return clear(line);
    case CommandLine::Command::kTrace:
      return trace(line);
    case CommandLine::Command::kLookUp:
      return look_up(line);
  }
  return {};
}

ExitCode run(int argc, char** argv) {
  const auto line = parse_command_line(argc, argv);
  if (!line) return line.error();
  catch_interrupts();
  const auto done = carry_out(*line);
  if (interrupted()) return ExitCode::kInterrupted;
  if (done) return std::fflush(stdout) == 0 ? ExitCode::kOk : ExitCode::kEnvironment;
  fmt::print(stderr, "lisper-ctl: {}\n", report::printable(done.error().message));
  if (!done.error().hint.empty()) fmt::print(stderr, "  hint: {}\n", report::printable(done.error().hint));
  return done.error().code;
}

}  // namespace

}  // namespace lisper::hw::ctl

int main(int argc, char** argv) {
  try {
    return static_cast<int>(lisper::hw::ctl::run(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "lisper-ctl: internal error: {}\n", error.what());
    return static_cast<int>(lisper::ExitCode::kInternal);
  }
}
