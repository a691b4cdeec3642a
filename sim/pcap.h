#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "sim/link.h"

namespace lisper::sim {

/// A capture file of one port: classic pcap with nanoseconds, Ethernet, simulated time. It is open only
/// while it writes, so that a network may have more ports than a process may have files.
class PcapFile final : public FrameTap {
 public:
  /// Creates or truncates the file. Frames are cut to `snaplen` bytes.
  [[nodiscard]] static Result<std::unique_ptr<PcapFile>> create(std::filesystem::path path, std::uint32_t snaplen);

  void on_sent(std::int64_t now_ns, Bytes frame) override { write(now_ns, frame); }
  void on_received(std::int64_t now_ns, Bytes frame) override { write(now_ns, frame); }
  /// Writes what is still buffered; refuses if any write since the start went wrong.
  [[nodiscard]] Result<void> close();

 private:
  PcapFile(std::filesystem::path path, std::uint32_t snaplen) : path_(std::move(path)), snaplen_(snaplen) {}
  void write(std::int64_t now_ns, Bytes frame);
  void flush();

  std::filesystem::path path_;
  std::uint32_t snaplen_;
  std::string buffer_;
  bool failed_ = false;
};

}  // namespace lisper::sim
