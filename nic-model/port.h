#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "nic-model/dma_memory.h"
#include "nic-model/errors.h"
#include "nic-model/interrupt.h"
#include "nic-model/limits.h"
#include "nic-model/receive.h"
#include "nic-model/register_file.h"
#include "nic-model/sfp_module.h"
#include "nic-model/statistics.h"
#include "nic-model/transmit.h"

namespace lisper::nic {

/// One port (a PCI function) of an 82599: what its registers do.
class Port {
 public:
  using Mac = std::array<std::uint8_t, 6>;

  /// `index` is its number on the card.
  Port(std::uint32_t index, const Mac& mac, DmaMemory& memory, std::function<void()> interrupt, Limits limits = {});
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Accesses of the program to BAR 0. Any offset and value may come.
  [[nodiscard]] std::uint32_t read(std::uint32_t offset);
  void write(std::uint32_t offset, std::uint32_t value);

  /// Whether the line has brought all that has arrived.
  [[nodiscard]] bool line_free() const noexcept { return limits_.arriving.free(); }
  /// A frame from the wire, without CRC.
  void arrived(Frame frame);
  /// A turn of the transmit and receive engines; with limits, one frame's. False if there was nothing to do, or no room
  /// for it on line and bus.
  bool run(const TransmitPath::Send& send);
  /// Whether something has to wait for line or bus, which will not be long.
  [[nodiscard]] bool waits() const noexcept;
  /// Whether a source that never runs dry has its next frame here: as soon as the line is free; without a limit, when
  /// everything that arrived has been delivered or dropped.
  [[nodiscard]] bool hungry() const noexcept;
  /// Tells the line the time; the bus is the card's.
  void look(ModelTime now) noexcept;

  [[nodiscard]] bool started() const noexcept { return registers_.is_set(reg::kRxCtrl, reg::kRxCtrlEnable); }

  /// Whether light comes in from the far end.
  void set_carrier(bool carrier);
  [[nodiscard]] bool laser() const noexcept { return !registers_.is_set(reg::kEsdp, reg::kEsdpLaserOff); }
  [[nodiscard]] bool link() const noexcept { return carrier_ && laser(); }

  struct Totals {
    std::uint64_t sent = 0;
    std::uint64_t arrived = 0;
  };
  [[nodiscard]] const Totals& totals() const noexcept { return totals_; }
  [[nodiscard]] const Errors& errors() const noexcept { return errors_; }

 private:
  void reset();
  void follow_link();
  [[nodiscard]] std::uint32_t read_plain(std::uint32_t offset) const noexcept;
  void write_receive_queue(std::uint32_t queue, std::uint32_t offset, std::uint32_t value);
  void write_transmit_queue(std::uint32_t queue, std::uint32_t offset, std::uint32_t value);

  std::uint32_t index_;
  Mac mac_;
  RegisterFile registers_;
  Limits limits_;
  Statistics statistics_;
  Errors errors_;
  Interrupt interrupt_;
  SfpModule module_;
  ReceivePath receive_;
  TransmitPath transmit_;
  Totals totals_;
  bool carrier_ = false;
  bool last_link_ = false;
  int lead_ = 0;  // of receiving over sending at the bus, in frames
};

}  // namespace lisper::nic
