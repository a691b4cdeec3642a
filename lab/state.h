#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/process.h"

namespace lisper::lab {

/// What exists of a lab on this machine, kept in /run/lisper-lab/NAME, so that anybody can remove it
/// whatever became of the program that made it. Everything is noted before it is made or, with
/// processes, at once after.
class State {
 public:
  /// A folder of its own for a lab of that name; fails if there is one already.
  [[nodiscard]] static Result<State> create(const std::string& lab, const std::filesystem::path& scenario);
  [[nodiscard]] static Result<State> open(const std::string& lab);
  /// Names of all labs of which something exists.
  [[nodiscard]] static std::vector<std::string> all();

  /// Where the state of a lab of that name is, if there is one.
  [[nodiscard]] static std::filesystem::path folder_of(const std::string& lab);
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
  [[nodiscard]] Result<void> add_netns(const std::vector<std::string>& names);
  /// A socket that a program of the lab binds.
  [[nodiscard]] Result<void> add_socket(const std::string& path);
  [[nodiscard]] Result<void> add_process(const std::string& name, const ProcessId& id);

  struct Member {
    std::string name;
    ProcessId id;
  };
  [[nodiscard]] std::vector<Member> processes() const;
  [[nodiscard]] std::vector<std::string> netns() const;
  [[nodiscard]] std::vector<std::string> sockets() const;
  [[nodiscard]] std::string scenario() const;
  /// The process that made it, if it still runs it.
  [[nodiscard]] std::optional<Member> owner() const;

  /// Ends all processes but our own, deletes the namespaces, sockets nobody listens to, and the folder.
  /// What cannot be removed stays noted.
  [[nodiscard]] Result<void> remove_lab();

 private:
  explicit State(std::filesystem::path folder) : folder_(std::move(folder)) {}
  [[nodiscard]] Result<void> append(const char* file, const std::string& line);
  [[nodiscard]] std::vector<std::string> lines(const char* file) const;

  std::filesystem::path folder_;
};

/// In a lab's folder: that of a virtual machine.
[[nodiscard]] std::filesystem::path guest_folder(const std::filesystem::path& lab, const std::string& node);

}  // namespace lisper::lab
