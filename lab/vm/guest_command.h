#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/process.h"

namespace lisper::lab {

/// How many commands a guest carries out at a time.
inline constexpr std::size_t kGuestCommands = 16;

/// Socket number `index` of a virtual machine whose files are in `folder`.
[[nodiscard]] std::filesystem::path guest_socket(const std::filesystem::path& folder, std::size_t index);

/// A program that runs in a guest, whoever booted it. The guest ends it after `timeout`.
class GuestCommand {
 public:
  /// Fails if nobody is there, or all kGuestCommands sockets are in use. The guest need not have booted yet.
  [[nodiscard]] static Result<GuestCommand> start(const std::filesystem::path& folder, std::vector<std::string> argv,
                                                  std::chrono::seconds timeout);

  /// Readable when `poll` has something to do.
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  /// Waits at most so long for the program's end; nullopt: it still runs. Fails if the machine has ended.
  [[nodiscard]] Result<std::optional<Output>> poll(std::chrono::milliseconds wait);
  /// Sends the program a signal. Nothing happens if it has ended already.
  [[nodiscard]] Result<void> signal(int number) const;

 private:
  GuestCommand(std::filesystem::path folder, FileDescriptor lock, FileDescriptor socket, std::string token)
      : folder_(std::move(folder)), lock_(std::move(lock)), socket_(std::move(socket)), token_(std::move(token)) {}
  [[nodiscard]] std::optional<Output> parse();

  std::filesystem::path folder_;
  FileDescriptor lock_;
  FileDescriptor socket_;
  std::string token_;
  std::string received_;
};

/// Runs a program in a guest to its end.
[[nodiscard]] Result<Output> run_in_guest(const std::filesystem::path& folder, std::vector<std::string> argv,
                                          std::chrono::seconds timeout);

}  // namespace lisper::lab
