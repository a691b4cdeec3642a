#pragma once

#include <cstdint>
#include <functional>
#include <utility>

namespace lisper::nic {

/// 8.2.3.5, as a single INTx line: up while a cause is set that the mask lets through.
class Interrupt {
 public:
  /// `rise` is called each time the line goes up.
  explicit Interrupt(std::function<void()> rise) : rise_(std::move(rise)) {}

  void reset() noexcept { causes_ = mask_ = 0, line_ = false; }
  void raise(std::uint32_t causes) { causes_ |= causes, update(); }
  void enable(std::uint32_t causes) { mask_ |= causes, update(); }
  void disable(std::uint32_t causes) { mask_ &= ~causes, update(); }
  void clear(std::uint32_t causes) { causes_ &= ~causes, update(); }
  /// EICR: a read clears it.
  [[nodiscard]] std::uint32_t read_causes() {
    const std::uint32_t causes = std::exchange(causes_, 0);
    update();
    return causes;
  }
  [[nodiscard]] std::uint32_t mask() const noexcept { return mask_; }

 private:
  void update() {
    const bool up = (causes_ & mask_) != 0;
    if (up && !line_) rise_();
    line_ = up;
  }

  std::function<void()> rise_;
  std::uint32_t causes_ = 0;
  std::uint32_t mask_ = 0;
  bool line_ = false;
};

}  // namespace lisper::nic
