#include "nic-model/sfp_module.h"

namespace lisper::nic {

std::uint8_t SfpModule::description(std::uint8_t offset) noexcept {
  switch (offset) {
    case 0:
      return 0x03;  // SFP or SFP+
    case 2:
      return 0x07;  // LC connector
    case 3:
      return 0x10;  // 10GBASE-SR
    case 37:
      return 0x00;  // Intel's OUI
    case 38:
      return 0x1b;
    case 39:
      return 0x21;
    default:
      return 0;
  }
}

// UM10204 3.1.4: while the clock is high, a fall of data starts, and a rise stops.
void SfpModule::drive(bool clock, bool data) noexcept {
  if (clock && clock_ && host_data_ != data) {
    phase_ = data ? Phase::kIdle : Phase::kReceive;
    bits_ = 0;
    addressed_ = false;
  } else if (clock && !clock_) {
    clock_rises(data);
  } else if (!clock && clock_) {
    clock_falls();
  }
  clock_ = clock;
  host_data_ = data;
}

bool SfpModule::released() const noexcept {
  if (phase_ == Phase::kAcknowledge) return false;
  return phase_ != Phase::kSend || (byte_ >> (7 - bits_) & 1) != 0;
}

void SfpModule::clock_rises(bool data) noexcept {
  if (phase_ == Phase::kAcknowledged) host_wants_more_ = !data;
  if (phase_ != Phase::kReceive) return;
  byte_ = static_cast<std::uint8_t>(byte_ << 1 | (data ? 1 : 0));
  ++bits_;
}

void SfpModule::clock_falls() noexcept {
  switch (phase_) {
    case Phase::kReceive:
      if (bits_ == 8) take_byte();
      break;
    case Phase::kAcknowledge:
      bits_ = 0;
      phase_ = Phase::kReceive;
      if (reading_) load_byte();
      break;
    case Phase::kSend:
      if (++bits_ == 8) phase_ = Phase::kAcknowledged;
      break;
    case Phase::kAcknowledged:
      phase_ = Phase::kIdle;
      if (host_wants_more_) load_byte();
      break;
    case Phase::kIdle:
      break;
  }
}

void SfpModule::take_byte() noexcept {
  constexpr std::uint8_t kAddress = 0xa0;
  if (!addressed_) {
    if ((byte_ & 0xfe) != kAddress) {
      phase_ = Phase::kIdle;  // not for us: no acknowledgement
      return;
    }
    addressed_ = true;
    reading_ = (byte_ & 1) != 0;
  } else {
    offset_ = byte_;
  }
  phase_ = Phase::kAcknowledge;
}

void SfpModule::load_byte() noexcept {
  byte_ = description(offset_++);
  bits_ = 0;
  phase_ = Phase::kSend;
}

}  // namespace lisper::nic
