#include "endpoint/offload.h"

#include <cstring>

#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"

namespace lisper::endpoint {

bool finish_checksum(const OffloadHeader& header, std::span<std::byte> frame) noexcept {
  if ((header.flags & OffloadHeader::kNeedsChecksum) == 0) return true;
  const std::size_t start = header.checksum_start;
  const std::size_t field = start + header.checksum_offset;
  if (field + 2 > frame.size()) return false;
  // The field holds the sum of the pseudo header already, so that it may just be added.
  Be16 checksum = wire::checksum(frame.subspan(start));
  // RFC 768: zero would mean "none" in UDP. In one's complement both are the same number (RFC 1071 2).
  if (checksum == Be16(0)) checksum = Be16(0xffff);
  std::memcpy(frame.data() + field, &checksum, sizeof checksum);
  return true;
}

void restore_tag(StrippedTag tag, Buffer& buffer) noexcept {
  constexpr std::size_t kAddresses = 12;
  const wire::VlanTag header{Be16(tag.tpid), Be16(tag.tci)};
  std::byte* const data = buffer.data - sizeof header;
  std::memmove(data, buffer.data, kAddresses);
  std::memcpy(data + kAddresses, &header, sizeof header);
  buffer.data = data;
  buffer.len += sizeof header;
}

}  // namespace lisper::endpoint
