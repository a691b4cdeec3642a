#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "model/load.h"

/// The text up to the first NUL is a scenario; what follows, if anything, an override.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\0');
  std::vector<lisper::model::Override> overrides;
  if (end != std::string::npos)
    if (auto parsed = lisper::model::parse_override(input.substr(end + 1))) overrides.push_back(std::move(*parsed));
  const auto loaded = lisper::model::load_scenario_text(input.substr(0, end), "fuzz/x.json", overrides);
  const auto& diagnostics = loaded ? loaded->warnings : loaded.error();
  if (!loaded && diagnostics.list.empty()) std::abort();
  (void)diagnostics.render();
  return 0;
}
