#include "endpoint/tap_port.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

namespace lisper::endpoint {

Result<std::unique_ptr<TapPort>> TapPort::open(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ)
    return fail(fmt::format("\"{}\" cannot be the name of a network device", name));
  FileDescriptor file(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!file) return fail(fmt::format("cannot open /dev/net/tun: {}", std::strerror(errno)));
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(file.get(), TUNSETIFF, &request) != 0)
    return fail(fmt::format("cannot open TAP device {}: {}{}", name, std::strerror(errno),
                            errno == EPERM ? " (it needs CAP_NET_ADMIN)" : ""));
  // Whoever had the device before may have offered to do checksums and segmentation.
  if (::ioctl(file.get(), TUNSETOFFLOAD, 0) != 0)
    return fail(fmt::format("cannot switch off the offloads of {}: {}", name, std::strerror(errno)));
  auto device = Device::find(name);
  if (!device) return tl::unexpected(device.error());
  if (auto up = device->set_up(); !up) return tl::unexpected(up.error());
  return std::unique_ptr<TapPort>(new TapPort(std::move(*device), std::move(file)));
}

std::size_t TapPort::receive(std::span<Buffer> buffers) {
  std::size_t count = 0;
  for (Buffer& buffer : buffers) {
    const auto size = ::read(file_.get(), buffer.frame(), kMaxFrame);
    if (size <= 0) {
      gone_ = size < 0 && errno == EBADFD;
      break;
    }
    buffer.hold(static_cast<std::uint32_t>(size));
    ++count;
  }
  return count;
}

void TapPort::send(std::span<const Bytes> frames) {
  for (const Bytes frame : frames)
    if (::write(file_.get(), frame.data(), frame.size()) < 0) ++losses_.tx_refused;  // EIO: it is down
}

}  // namespace lisper::endpoint
