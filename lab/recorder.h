#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/address.h"
#include "core/base/big_endian.h"
#include "core/base/result.h"
#include "lab/layout.h"
#include "lab/process.h"
#include "model/plan.h"

namespace lisper::lab {

/// A frame that passed a port, and what it is known again by.
struct Sighting {
  std::int64_t at_ns = 0;  ///< since t = 0
  std::uint64_t identity = 0;
  std::uint64_t stream = 0;  ///< of a datagram: stream_of() its addresses
  std::uint32_t length = 0;  ///< [bytes]
  bool towards_node = false;
};

/// What datagrams from an address to a port of another have in common.
[[nodiscard]] std::uint64_t stream_of(const IpAddress& source, const IpAddress& destination, std::uint16_t port);

/// How a frame is known again.
enum class Identity : std::uint8_t {
  kTail,      ///< by its last bytes, whatever headers it gets or loses on its way
  kDatagram,  ///< by the time and number that iperf3 begins a UDP datagram with; nothing else is
};
/// `at_ns` and `towards_node` are the caller's.
[[nodiscard]] std::optional<Sighting> identify_frame(Bytes frame, Identity by);

/// Frames that are to be remembered.
struct Watch {
  model::PortRef port;
  Identity by = Identity::kTail;
  std::size_t headers = 0;  ///< [bytes] before the frame; see Wire
  friend constexpr auto operator<=>(const Watch&, const Watch&) noexcept = default;
};

/// Sees the frames of ports as they are on the wire: writes a capture of each, or remembers them, or
/// both. It has a thread of its own in the panel's namespace.
class Recorder {
 public:
  explicit Recorder(const Layout& layout) : layout_(layout) {}
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Before start():
  void watch(const Watch& watch);
  void capture(model::PortRef port, std::filesystem::path file);
  /// `start_wall_ns` is t = 0.
  [[nodiscard]] Result<void> start();
  void set_origin(std::int64_t start_wall_ns) { origin_ns_ = start_wall_ns; }
  /// No more frames; closes the captures. Fails if one could not be written.
  [[nodiscard]] Result<void> stop();
  /// After stop(), of what was watched; in the order of time.
  [[nodiscard]] const std::vector<Sighting>& sightings(const Watch& watch) const;

 private:
  struct Dump;
  struct Port {
    Port();
    ~Port();
    Port(Port&&) noexcept;
    FileDescriptor socket;
    std::filesystem::path file;
    std::unique_ptr<Dump> dump;
    std::map<Watch, std::vector<Sighting>> sightings;
  };

  [[nodiscard]] Result<void> open(model::PortRef ref, Port& port);
  void read(Port& port);
  static void remember(Port& port, std::int64_t at_ns, Bytes frame, bool towards_node);
  void loop(std::stop_token stop);

  const Layout& layout_;
  std::map<model::PortRef, Port> ports_;
  std::atomic<std::int64_t> origin_ns_ = INT64_MAX;  ///< until it is set, nothing has happened
  std::jthread thread_;
};

}  // namespace lisper::lab
