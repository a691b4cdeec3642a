#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "model/graph/graphml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  if (auto graph = lisper::model::read_graphml(in)) {
    for (const auto& edge : graph->edges)
      if (edge.a == edge.b || edge.a >= graph->names.size() || edge.b >= graph->names.size()) __builtin_trap();
  }
  return 0;
}
