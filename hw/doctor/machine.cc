#include "hw/doctor/machine.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace lisper::hw::doctor {

namespace fs = std::filesystem;

fs::path Machine::at(const fs::path& path) const { return path.is_absolute() ? root_ / path.relative_path() : path; }

std::optional<std::string> Machine::text(const fs::path& path) const {
  std::ifstream file(at(path));
  if (!file) return std::nullopt;
  std::ostringstream content;
  content << file.rdbuf();
  // Some files of /sys open and then fail to be read.
  if (file.bad()) return std::nullopt;
  std::string text = content.str();
  text.erase(text.find_last_not_of(" \t\n") + 1);
  return text;
}

std::uint64_t Machine::number(const fs::path& path) const {
  const std::string digits = text(path).value_or("");
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::vector<std::string> Machine::list(const fs::path& folder) const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(at(folder), error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename());
  std::ranges::sort(names);
  return names;
}

bool Machine::exists(const fs::path& path) const {
  std::error_code error;
  return fs::exists(at(path), error);
}

std::string Machine::link_name(const fs::path& path) const {
  std::error_code error;
  return fs::read_symlink(at(path), error).filename();
}

bool Machine::usable(const fs::path& path) const { return access(at(path).c_str(), R_OK | W_OK) == 0; }

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> list;
  for (std::string word; in >> word;) list.push_back(word);
  return list;
}

std::vector<std::string> lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> list;
  for (std::string line; std::getline(in, line);) list.push_back(line);
  return list;
}

std::vector<unsigned> parse_cpu_list(const std::string& text) {
  constexpr unsigned kMost = 8192;  // as many as Linux can have
  std::vector<unsigned> cpus;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) {
    unsigned first = 0;
    const char* const end = part.data() + part.size();
    const auto [stop, error] = std::from_chars(part.data(), end, first);
    if (error != std::errc{}) continue;
    unsigned last = first;
    if (stop != end && *stop == '-') std::from_chars(stop + 1, end, last);
    for (unsigned cpu = first; cpu <= std::min(last, kMost); ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace lisper::hw::doctor
