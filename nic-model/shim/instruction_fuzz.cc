#include <cstddef>
#include <cstdint>

#include "nic-model/shim/instruction.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto instruction = lisper::nic::decode({data, size});
  if (instruction && (instruction->length > size || instruction->register_number > 15)) __builtin_trap();
  return 0;
}
