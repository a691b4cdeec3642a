#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "lab/layout.h"
#include "lab/process.h"
#include "model/plan.h"

namespace lisper::lab {

/// A frame that passed a port, known again by the hash of its last bytes.
struct Sighting {
  std::int64_t at_ns = 0;  ///< since t = 0
  std::uint64_t tail_hash = 0;
  std::uint32_t length = 0;  ///< [bytes]
  bool towards_node = false;
};

/// What frames are known again by, whatever headers they got or lost on their way.
[[nodiscard]] std::uint64_t tail_hash(std::span<const std::byte> frame);

/// Sees the frames of ports as they are on the wire: writes a capture of each, or remembers them, or
/// both. It has a thread of its own in the panel's namespace.
class Recorder {
 public:
  explicit Recorder(const Layout& layout) : layout_(layout) {}
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Before start().
  void watch(model::PortRef port);
  void capture(model::PortRef port, std::filesystem::path file);
  /// `start_wall_ns` is t = 0.
  [[nodiscard]] Result<void> start();
  void set_origin(std::int64_t start_wall_ns) { origin_ns_ = start_wall_ns; }
  /// No more frames; closes the captures. Fails if one could not be written.
  [[nodiscard]] Result<void> stop();
  /// After stop(), of a port that was watched; in the order of time.
  [[nodiscard]] const std::vector<Sighting>& sightings(model::PortRef port) const;

 private:
  struct Dump;
  struct Port {
    Port();
    ~Port();
    Port(Port&&) noexcept;
    Fd socket;
    bool remembered = false;
    std::filesystem::path file;
    std::unique_ptr<Dump> dump;
    std::vector<Sighting> sightings;
  };

  [[nodiscard]] Result<void> open(model::PortRef ref, Port& port);
  void read(Port& port);
  void loop(std::stop_token stop);

  const Layout& layout_;
  std::map<model::PortRef, Port> ports_;
  std::atomic<std::int64_t> origin_ns_ = INT64_MAX;  ///< until it is set, nothing has happened
  std::jthread thread_;
};

}  // namespace lisper::lab
