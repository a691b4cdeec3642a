#include "lab/interface_counters.h"

#include <fstream>
#include <sstream>

#include "lab/netns.h"

namespace lisper::lab {

Result<std::map<std::string, InterfaceCounters, std::less<>>> read_interfaces(const std::string& netns) {
  std::map<std::string, InterfaceCounters, std::less<>> interfaces;
  auto done = in_netns(netns, [&]() -> Result<void> {
    // Two lines of headings, and then, as proc(5) has it, "name: bytes packets errs drop fifo frame
    // compressed multicast" of what was received, and as many of what was sent.
    std::ifstream file("/proc/thread-self/net/dev");
    for (std::string line; std::getline(file, line);) {
      const auto colon = line.find(':');
      const auto name = line.find_first_not_of(' ');
      if (colon == std::string::npos) continue;
      std::istringstream fields(line.substr(colon + 1));
      std::uint64_t values[12] = {};
      for (std::uint64_t& value : values) fields >> value;
      interfaces[line.substr(name, colon - name)] = {values[1], values[0], values[3], values[9], values[8], values[11]};
    }
    return {};
  });
  if (!done) return tl::unexpected(done.error());
  return interfaces;
}

}  // namespace lisper::lab
