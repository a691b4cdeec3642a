#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/control/testing.h"

/// Datagrams, separated by zero bytes, to a site that applies what comes of them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lisper::testing::Site site;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const auto malformed_before = site.counters().malformed;
    const std::string_view datagram = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), datagram.size() + 1));
    site.message(datagram);
    const bool malformed = site.counters().malformed != malformed_before;
    if (malformed && !site.out().empty()) std::abort();
  }
  // After a flush nothing is left.
  site.message(R"({"type": "entire-map-cache", "entries": []})");
  if (!site.control().map_cache().empty() || site.tables().fib().size() != 0 || site.flood() != site.local())
    std::abort();
  return 0;
}
