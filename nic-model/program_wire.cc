#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "nic-model/wire.h"
#include "program/file_descriptor.h"

namespace lisper::nic {

namespace {

constexpr int kSocketBuffer = 16 << 20;  // [bytes] nothing is lost while the program does something else

class Sockets : public Wire {
 public:
  Sockets(Ports& ports, std::vector<FileDescriptor> ours, std::vector<FileDescriptor> the_programs)
      : ports_(ports), ours_(std::move(ours)), the_programs_(std::move(the_programs)) {}

  void sent(std::size_t port, Frame frame) override {
    std::ignore = ::send(ours_[port].get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  bool run() override {
    bool worked = false;
    for (std::size_t i = 0; i < ours_.size(); ++i) worked |= receive_from(*ports_[i], [&] { return receive(i); });
    return worked;
  }
  [[nodiscard]] bool carrier(std::size_t) const override { return true; }
  void wait_for(std::vector<pollfd>& list) const override {
    for (const auto& socket : ours_) list.push_back({socket.get(), POLLIN, 0});
  }

 private:
  bool receive(std::size_t port) {
    const ssize_t bytes = ::recv(ours_[port].get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (bytes <= 0) return false;
    ports_[port]->arrived(padded(buffer_, static_cast<std::size_t>(bytes)));
    return true;
  }

  Ports& ports_;
  std::vector<FileDescriptor> ours_;
  std::vector<FileDescriptor> the_programs_;  // open here, too, so that ours stay quiet when it ends
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kMaxFrameBytes);
};

}  // namespace

Result<std::unique_ptr<Wire>> program_wire(Wire::Ports& ports) {
  std::vector<FileDescriptor> ours;
  std::vector<FileDescriptor> the_programs;
  std::string list;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) != 0)
      return fail(fmt::format("cannot make a socket: {}", std::strerror(errno)));
    ours.emplace_back(ends[0]);
    the_programs.emplace_back(ends[1]);
    for (const int end : ends) ::setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &kSocketBuffer, sizeof kSocketBuffer);
    ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    list += fmt::format("{}{}", list.empty() ? "" : ",", ends[1]);
  }
  ::setenv(kWireVariable, list.c_str(), 1);
  return std::make_unique<Sockets>(ports, std::move(ours), std::move(the_programs));
}

}  // namespace lisper::nic
