#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "report/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lisper::report;
  const auto result = from_text({reinterpret_cast<const char*>(data), size});
  // What was accepted is written as text that reads as the same.
  if (result && from_text(to_text(*result)).value() != *result) std::abort();
  return 0;
}
