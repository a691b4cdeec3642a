#pragma once

#include <cstdint>

namespace lisper::nic {

/// The EEPROM (6.): an image that a driver accepts, unprogrammed but for what the stock driver asks for.
class Eeprom {
 public:
  static constexpr std::uint32_t kWords = 16 * 1024;
  static constexpr std::uint32_t kSizeCode = 8;  // EEC.EE_SIZE (8.2.3.2.1): 2^(6 + code) words

  [[nodiscard]] static constexpr std::uint16_t read(std::uint32_t word) noexcept {
    if (word == kChecksumWord) return checksum();
    return content(word);
  }

 private:
  static constexpr std::uint32_t kChecksumWord = 0x3f;

  static constexpr std::uint16_t content(std::uint32_t word) noexcept {
    constexpr std::uint16_t kFirmware = 0x100;
    constexpr std::uint16_t kModules = 0x180;
    constexpr std::uint16_t kNoCommands = 0x190;
    constexpr std::uint16_t kPassThroughPatch = 0x200;
    switch (word) {
      case 0x0f:
        return kFirmware;  // firmware module pointer (6.3.1)
      case 0x2b:
        return kModules;  // what is to be written to the analog core for each kind of SFP+ module
      case kModules + 1:
        return 5;  // SR or LR on port 0
      case kModules + 3:
        return 6;  // on port 1
      case kModules + 2:
      case kModules + 4:
        return kNoCommands;
      case 0x2c:
        return 0;  // device capabilities: SFP modules are watched
      case kFirmware + 4:
        return kPassThroughPatch;  // pointer to the pass-through patch
      case kPassThroughPatch + 7:
        return 0x17;  // its version: above 5 is no pre-production card
      default:
        return 0xffff;
    }
  }
  // 6.1.7: words 00h to 3Fh, and what the pointers 03h to 0Eh lead to, which is nothing here, sum up to BABAh.
  static constexpr std::uint16_t checksum() noexcept {
    std::uint16_t sum = 0xbaba;
    for (std::uint32_t word = 0; word < kChecksumWord; ++word) sum = static_cast<std::uint16_t>(sum - content(word));
    return sum;
  }
};

}  // namespace lisper::nic
