#include "lab/netns.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

namespace lisper::lab {

namespace {

constexpr const char* kFolder = "/run/netns";

std::string batch(std::string_view command, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += fmt::format("netns {} {}\n", command, name);
  return text;
}

}  // namespace

Result<FileDescriptor> open_netns(const std::string& name) {
  FileDescriptor fd(open(fmt::format("{}/{}", kFolder, name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(fmt::format("network namespace {}: {}", name, std::strerror(errno)));
  return fd;
}

std::vector<std::string> netns_names() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder, ignored))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> add_netns(const std::vector<std::string>& names) {
  auto done = must_run({"ip", "-batch", "-"}, {}, batch("add", names));
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<void> delete_netns(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  auto done = must_run({"ip", "-force", "-batch", "-"}, {}, batch("delete", names));
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<void> in_netns(const std::string& name, const std::function<Result<void>()>& work) {
  auto fd = open_netns(name);
  if (!fd) return tl::unexpected(fd.error());
  Result<void> result;
  // setns() moves one thread only.
  std::thread([&] {
    if (setns(fd->get(), CLONE_NEWNET) == 0) {
      result = work();
    } else {
      result = fail(fmt::format("network namespace {}: {}", name, std::strerror(errno)));
    }
  }).join();
  return result;
}

}  // namespace lisper::lab
