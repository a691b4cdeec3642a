#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/control/group_message.h"
#include "core/wire/igmp.h"

/// A frame; what is read from it must be groups.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lisper;
  const auto message = read_group_message(std::as_bytes(std::span(data, size)));
  if (!message) return 0;
  for (const auto& record : message->records)
    if (!wire::group_mac(record.group).is_group() || wire::is_link_scope(record.group) ||
        record.group.is_v4() == message->ipv6)
      std::abort();
  if (message->membership_interval < TimeNs{}) std::abort();
  return 0;
}
