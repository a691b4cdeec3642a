#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lisper {

enum class Reason : std::uint8_t {
#define LISPER_REASON(enumerator, name, help, clause) k##enumerator,
#include "core/forward/reasons.def"
#undef LISPER_REASON
};

struct ReasonText {
  std::string_view name;    ///< of the counter, stable
  std::string_view help;    ///< one line for a person
  std::string_view clause;  ///< what demands it, may be empty
};

inline constexpr auto kReasonTexts = std::to_array<ReasonText>({
#define LISPER_REASON(enumerator, name, help, clause) {name, help, clause},
#include "core/forward/reasons.def"
#undef LISPER_REASON
});
inline constexpr std::size_t kReasonCount = kReasonTexts.size();

[[nodiscard]] constexpr const ReasonText& text(Reason reason) noexcept {
  return kReasonTexts[static_cast<std::size_t>(reason)];
}

}  // namespace lisper
