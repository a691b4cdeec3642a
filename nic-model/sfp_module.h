#pragma once

#include <cstdint>

namespace lisper::nic {

/// What is in the port's SFP+ cage: a 10GBASE-SR transceiver of Intel's, whose description (SFF-8472, at address A0h) a
/// driver reads over an I2C bus that it works by hand.
class SfpModule {
 public:
  /// The levels that the host drives on the bus; high is released.
  void drive(bool clock, bool data) noexcept;
  /// The level of the data line.
  [[nodiscard]] bool data() const noexcept { return host_data_ && released(); }
  [[nodiscard]] bool clock() const noexcept { return clock_; }

  [[nodiscard]] static std::uint8_t description(std::uint8_t offset) noexcept;

 private:
  enum class Phase { kIdle, kReceive, kAcknowledge, kSend, kAcknowledged };

  [[nodiscard]] bool released() const noexcept;
  void clock_rises(bool data) noexcept;
  void clock_falls() noexcept;
  void take_byte() noexcept;
  void load_byte() noexcept;

  bool clock_ = true;
  bool host_data_ = true;
  Phase phase_ = Phase::kIdle;
  std::uint8_t byte_ = 0;
  std::uint8_t bits_ = 0;
  std::uint8_t offset_ = 0;  ///< of the next byte to read
  bool addressed_ = false;   ///< the first byte after a start has come
  bool reading_ = false;
  bool host_wants_more_ = false;
};

}  // namespace lisper::nic
