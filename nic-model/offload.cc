#include "nic-model/offload.h"

#include <utility>

namespace lisper::nic {

namespace {

void put16(std::vector<std::byte>& frame, std::size_t at, std::uint16_t value) {
  frame[at] = static_cast<std::byte>(value >> 8);
  frame[at + 1] = static_cast<std::byte>(value);
}

bool refuse(Errors& errors, Error error) noexcept {
  errors.count(error);
  return false;
}

bool ip_checksum(const Context& context, std::vector<std::byte>& frame, Errors& errors) {
  if (!context.ipv4 || context.ip_bytes < 20 || frame.size() < std::size_t{context.mac_bytes} + context.ip_bytes)
    return refuse(errors, Error::kBadContext);
  put16(frame, context.mac_bytes + 10u, 0);
  const Frame header = Frame(frame).subspan(context.mac_bytes, context.ip_bytes);
  put16(frame, context.mac_bytes + 10u, static_cast<std::uint16_t>(~fold(sum16(header))));
  return true;
}

// 7.2.5.2: the driver has put the sum of the pseudo header where the checksum goes.
bool transport_checksum(const Context& context, std::vector<std::byte>& frame, Errors& errors) {
  const std::size_t start = std::size_t{context.mac_bytes} + context.ip_bytes;
  const bool tcp = context.transport == Transport::kTcp;
  if (!tcp && context.transport != Transport::kUdp) return refuse(errors, Error::kUnmodelled);
  const std::size_t at = start + (tcp ? 16 : 6);
  if (frame.size() < start + (tcp ? 20 : 8)) return refuse(errors, Error::kBadContext);
  auto sum = static_cast<std::uint16_t>(~fold(sum16(Frame(frame).subspan(start))));
  if (!tcp && sum == 0) sum = 0xffff;  // RFC 768
  put16(frame, at, sum);
  return true;
}

}  // namespace

Context read_context(const Descriptor& descriptor) noexcept {
  const auto word = static_cast<std::uint32_t>(descriptor.low);
  constexpr Transport kTransports[] = {Transport::kUdp, Transport::kTcp, Transport::kSctp, Transport::kNone};
  return {.valid = true,
          .ipv4 = (descriptor.high >> 10 & 1) != 0,
          .transport = kTransports[descriptor.high >> 11 & 3],
          .mac_bytes = static_cast<std::uint16_t>(word >> 9 & 0x7f),
          .ip_bytes = static_cast<std::uint16_t>(word & 0x1ff),
          .vlan = static_cast<std::uint16_t>(word >> 16)};
}

FrameOptions read_options(const Descriptor& descriptor) noexcept {
  const std::uint64_t high = descriptor.high;
  return {.insert_vlan = (high >> 30 & 1) != 0,
          .ip_checksum = (high >> 40 & 1) != 0,
          .transport_checksum = (high >> 41 & 1) != 0,
          .segmentation = (high >> 31 & 1) != 0,
          .context = static_cast<std::uint8_t>(high >> 36 & 1)};
}

bool apply(const FrameOptions& options, const Context& context, std::vector<std::byte>& frame, Errors& errors) {
  if (options.segmentation) return refuse(errors, Error::kUnmodelled);
  if (!options.insert_vlan && !options.ip_checksum && !options.transport_checksum) return true;
  if (!context.valid) return refuse(errors, Error::kBadContext);
  if (options.transport_checksum && !transport_checksum(context, frame, errors)) return false;
  if (options.ip_checksum && !ip_checksum(context, frame, errors)) return false;
  if (options.insert_vlan) {
    const std::byte tag[] = {std::byte{0x81}, std::byte{0x00}, static_cast<std::byte>(context.vlan >> 8),
                             static_cast<std::byte>(context.vlan)};
    frame.insert(frame.begin() + 12, std::begin(tag), std::end(tag));
  }
  return true;
}

}  // namespace lisper::nic
