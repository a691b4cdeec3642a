#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller-mock/punt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)lisper::controller::parse_punt({reinterpret_cast<const char*>(data), size});
  return 0;
}
