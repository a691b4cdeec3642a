#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "hw/ctl/protocol.h"
#include "program/exit_code.h"

namespace lisper::hw::ctl {

/// Why something could not be had from a node.
struct Trouble {
  ExitCode code = ExitCode::kEnvironment;
  std::string message;
  std::string hint;  ///< may be empty
};

template <typename T>
using Outcome = tl::expected<T, Trouble>;

/// The control socket of node `name`; of the only one that has one in `folder`, if `name` is empty.
[[nodiscard]] Outcome<std::filesystem::path> find_socket(const std::filesystem::path& folder, std::string_view name);

/// A connection to a node.
class Conversation {
 public:
  [[nodiscard]] static Outcome<Conversation> open(const std::filesystem::path& socket);
  ~Conversation();
  Conversation(Conversation&& other) noexcept;
  Conversation& operator=(Conversation&&) = delete;

  /// The first line of the answer, if the node did not refuse. Waits for five seconds.
  [[nodiscard]] Outcome<nlohmann::ordered_json> ask(const Request& request);
  /// The next line. Without `patience` it may take as long as it likes, or until interrupted().
  [[nodiscard]] Outcome<nlohmann::ordered_json> hear(std::optional<std::chrono::milliseconds> patience = {});

 private:
  explicit Conversation(int fd) : fd_(fd) {}

  int fd_;
  std::string in_;
};

}  // namespace lisper::hw::ctl
