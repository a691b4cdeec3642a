#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace lisper::hw {

/// A node's end of its controller's two sockets, AF_UNIX datagrams both: it binds the control socket, and sends to the
/// punt socket, which comes and goes with the controller. No call blocks.
class ControllerSockets {
 public:
  /// Either path may be empty: no such socket. Replaces a control socket that nobody reads any more; refuses to
  /// replace anything else.
  [[nodiscard]] static Result<ControllerSockets> open(std::string control_path, std::string punt_path);
  ControllerSockets(ControllerSockets&& other) noexcept;
  ControllerSockets& operator=(ControllerSockets&&) = delete;
  ~ControllerSockets();  ///< removes the control socket

  /// To wait on for messages; -1: none will come.
  [[nodiscard]] int fd() const noexcept { return control_; }
  /// The next datagram, valid until the next call; nullopt if none waits. One too large to be whole is left out and
  /// counted.
  [[nodiscard]] std::optional<std::string_view> receive();

  /// Sends, or keeps it until there is room; what cannot be kept is counted as lost. A controller reads a few hundred
  /// a second and has a queue of ten.
  void punt(std::string_view message);
  /// Sends what was kept, and looks whether the controller is there. True if it has (re)appeared: it knows nothing of
  /// what was said before.
  [[nodiscard]] bool look_for_controller(TimeNs now);

  [[nodiscard]] bool connected() const noexcept { return punt_ >= 0; }
  [[nodiscard]] std::uint64_t punts_lost() const noexcept { return punts_lost_; }
  [[nodiscard]] std::uint64_t truncated() const noexcept { return truncated_; }
  [[nodiscard]] const std::string& control_path() const noexcept { return control_path_; }
  [[nodiscard]] const std::string& punt_path() const noexcept { return punt_path_; }

 private:
  ControllerSockets(std::string control_path, std::string punt_path);
  [[nodiscard]] Result<void> bind_control();
  [[nodiscard]] bool connect_punt();
  void disconnect_punt();
  void flush();

  /// The same file name may be another socket by now.
  struct FileId {
    std::uint64_t device = 0, inode = 0;
    friend bool operator==(const FileId&, const FileId&) = default;
  };
  [[nodiscard]] static std::optional<FileId> file_id(const std::string& path);

  std::string control_path_;
  std::string punt_path_;
  int control_ = -1;
  int punt_ = -1;
  FileId punt_file_;
  std::optional<FileId> control_file_;
  std::vector<char> buffer_;
  std::deque<std::string> waiting_;
  TimeNs next_look_{};
  std::uint64_t punts_lost_ = 0;
  std::uint64_t truncated_ = 0;
};

}  // namespace lisper::hw
