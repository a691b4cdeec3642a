// A driver that writes nonsense: registers, descriptors and frames are all the input's. The program's memory is all
// that may be touched besides the model's own, which AddressSanitizer watches.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "nic-model/testing.h"

namespace {

using namespace lisper::nic;

class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  template <typename T>
  T take() {
    T value{};
    const std::size_t n = std::min(sizeof value, bytes_.size());
    std::memcpy(&value, bytes_.data(), n);
    bytes_ = bytes_.subspan(n);
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Registers that matter come up often.
std::uint32_t offset(Input& input) {
  static constexpr std::uint32_t kKnown[] = {reg::kCtrl,   reg::kFctrl,    reg::kRxCtrl,   reg::kHlreg0,
                                             reg::kMaxFrs, reg::kDmaTxCtl, reg::kMrqc,     reg::kReta,
                                             reg::kRssrk,  reg::kVlnCtrl,  reg::kRxPbSize, reg::kEsdp,
                                             reg::kI2cCtl, reg::kEerd,     reg::kRxCsum,   reg::kRqsmr};
  static constexpr std::uint32_t kOfQueue[] = {reg::kRdbal, reg::kRdlen, reg::kSrrctl,
                                               reg::kRdh,   reg::kRdt,   reg::kRxdctl};
  const auto choice = input.take<std::uint8_t>();
  if (choice < 16) return kKnown[choice];
  if (choice < 64) return reg::rx_queue(choice % 4) + kOfQueue[choice / 8 % std::size(kOfQueue)];
  if (choice < 128) return reg::tx_queue(choice % 4) + kOfQueue[choice / 8 % std::size(kOfQueue)];
  return input.take<std::uint32_t>() % (reg::kBarBytes + 64);
}

/// Addresses in and around the window.
std::uint64_t address(Input& input) {
  const auto raw = input.take<std::uint64_t>();
  return raw % 8 == 0 ? raw : testing::Memory::kBase - 64 + raw % (testing::Memory::kBytes + 128);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({data, size});
  // Benches for all inputs, reset between them: making their memory anew would take most of the time.
  static const auto bus = std::make_shared<Lane>(kBusPerByte);
  static testing::Bench benches[] = {testing::Bench(), testing::Bench({Lane(kLinePerByte), Lane(kLinePerByte), bus})};
  static ModelTime now = 0;
  testing::Bench* const bench = &benches[input.take<std::uint8_t>() % 2];
  std::memset(bench->memory.at(testing::Memory::kBase, testing::Memory::kBytes).data(), 0, testing::Memory::kBytes);
  bench->port.write(reg::kCtrl, reg::kCtrlReset);
  bench->start_receive();
  bench->start_transmit();
  std::vector<std::byte> frame(kMaxFrameBytes);
  while (!input.empty()) {
    switch (input.take<std::uint8_t>() % 6) {
      case 0:
        bench->port.write(offset(input), input.take<std::uint32_t>());
        break;
      case 1:
        std::ignore = bench->port.read(offset(input));
        break;
      case 2: {  // a descriptor, of the rings or anywhere
        const auto at = input.take<std::uint32_t>() % (testing::Memory::kBytes / 16) * 16;
        const Descriptor descriptor{address(input), input.take<std::uint64_t>()};
        bench->memory.put(testing::Memory::kBase + at, descriptor);
        break;
      }
      case 3: {  // of the transmit ring, with a type that is known
        const auto slot = input.take<std::uint8_t>() % testing::kDescriptors;
        const std::uint64_t type = (input.take<std::uint8_t>() % 2 == 0 ? 3u : 2u) << 20 | 1u << 29;
        const Descriptor descriptor{address(input), (input.take<std::uint64_t>() & ~(std::uint64_t{0xf} << 20)) | type};
        bench->memory.put(testing::tx_ring(0) + slot * 16u, descriptor);
        break;
      }
      case 4: {
        const std::size_t bytes = input.take<std::uint16_t>() % frame.size();
        for (std::size_t i = 0; i < std::min<std::size_t>(bytes, 64); ++i) frame[i] = input.take<std::byte>();
        bench->port.arrived(Frame(frame).first(bytes));
        break;
      }
      default:
        bench->port.write(reg::tx_queue(0) + reg::kTdt, input.take<std::uint8_t>());
        now += input.take<std::uint16_t>() * ModelTime{1000};
        bus->look(now);
        bench->port.look(now);
        bench->port.run([bench](Frame sent) {
          if (sent.size() > kMaxFrameBytes + kVlanTagBytes) __builtin_trap();
          bench->port.arrived(sent);
        });
    }
  }
  return 0;
}
