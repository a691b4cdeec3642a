#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lisper::hw {

struct Label {
  std::string_view name;
  std::string_view value;
};

/// Writes Prometheus' text exposition format 0.0.4. Samples of a family follow its begin().
class Exposition {
 public:
  enum class Type : std::uint8_t { kCounter, kGauge };

  /// `common` are the first labels of every sample.
  explicit Exposition(std::vector<Label> common) : common_(std::move(common)) {}

  void begin(Type type, std::string_view name, std::string_view help);
  void sample(const std::vector<Label>& labels, std::uint64_t value);
  void sample(const std::vector<Label>& labels, double value);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void add(const std::vector<Label>& labels, std::string_view value);

  std::vector<Label> common_;
  std::string name_;
  std::string text_;
};

}  // namespace lisper::hw
