#include <cstdint>
#include <cstdlib>

#include "hw/ctl/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lisper::hw::ctl;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (const auto request = parse_request(line)) {
    // What is understood can be said again, and means the same.
    const std::string said = to_line(*request);
    const auto again = parse_request(said);
    if (!again || to_line(*again) != said) std::abort();
  }
  const auto json = nlohmann::ordered_json::parse(line, nullptr, false);
  if (!json.is_discarded()) (void)packet_from_json(json);
  return 0;
}
