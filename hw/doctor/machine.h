#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lisper::hw::doctor {

/// What Linux says of a machine in files, read below a root: "/", or a tree that a test made.
class Machine {
 public:
  explicit Machine(std::filesystem::path root) : root_(std::move(root)) {}

  /// Where a path is to be looked for. Relative ones are the process's own.
  [[nodiscard]] std::filesystem::path at(const std::filesystem::path& path) const;
  /// A file's content without trailing white space; absent if it cannot be read.
  [[nodiscard]] std::optional<std::string> text(const std::filesystem::path& path) const;
  /// A file's content as a number; 0 if it is none.
  [[nodiscard]] std::uint64_t number(const std::filesystem::path& path) const;
  /// The names in a folder, sorted; none if it cannot be read.
  [[nodiscard]] std::vector<std::string> list(const std::filesystem::path& folder) const;
  [[nodiscard]] bool exists(const std::filesystem::path& path) const;
  /// The last name of what a symbolic link leads to; empty if it is none.
  [[nodiscard]] std::string link_name(const std::filesystem::path& path) const;
  /// Whether this process may read and write it.
  [[nodiscard]] bool usable(const std::filesystem::path& path) const;

 private:
  std::filesystem::path root_;
};

/// The words of a text.
[[nodiscard]] std::vector<std::string> words(const std::string& text);
[[nodiscard]] std::vector<std::string> lines(const std::string& text);

/// "0-2,5" as the kernel writes lists of CPUs.
[[nodiscard]] std::vector<unsigned> parse_cpu_list(const std::string& text);

}  // namespace lisper::hw::doctor
