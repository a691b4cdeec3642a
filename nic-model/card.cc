#include "nic-model/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

namespace lisper::nic {

namespace {

/// As a driver in the kernel tells it to readers of /dev/uioN: a count, which nobody looks at.
void interrupt(int fd) {
  const std::int32_t count = 1;
  // A full FIFO is an interrupt that is pending already.
  std::ignore = ::write(fd, &count, sizeof count);
}

}  // namespace

Card::Card(Tree& tree)
    : tree_(tree), server_(*tree.channel), memory_([this] { return program_.find(server_.owner()); }) {
  for (std::uint32_t i = 0; i < tree.interrupts.size(); ++i) {
    const Port::Mac mac{0x02, 0x82, 0x59, 0x90, 0x00, static_cast<std::uint8_t>(i)};
    // Two ports a card: the LAN ID is 0 or 1.
    ports_.push_back(std::make_unique<Port>(i % 2, mac, memory_, [fd = tree.interrupts[i].get()] { interrupt(fd); }));
  }
}

bool Card::serve_registers() {
  constexpr int kBurst = 64;
  int served = 0;
  for (; served < kBurst; ++served) {
    const auto request = server_.take();
    if (!request) break;
    std::uint32_t answer = ~0u;
    if (request->port < ports_.size()) {
      Port& port = *ports_[request->port];
      if (request->write) {
        port.write(request->offset, request->value);
      } else {
        answer = port.read(request->offset);
      }
    }
    server_.done(*request, answer);
  }
  return served > 0;
}

void Card::follow_carriers() {
  for (std::size_t i = 0; i < ports_.size(); ++i) ports_[i]->set_carrier(plugged_ && wire_->carrier(i));
}

void Card::toggle_cables() {
  plugged_ = !plugged_;
  follow_carriers();
}

bool Card::run() {
  bool worked = serve_registers();
  if (worked) follow_carriers();
  for (std::size_t i = 0; i < ports_.size(); ++i) worked |= ports_[i]->run([&](Frame frame) { wire_->sent(i, frame); });
  return wire_->run() || worked;
}

void Card::wait(std::vector<pollfd> others) {
  others.push_back({tree_.doorbell.get(), POLLIN, 0});
  wire_->wait_for(others);
  server_.sleeping(true);
  if (!run()) {
    ::poll(others.data(), others.size(), -1);
    std::array<char, 256> rings;
    std::ignore = ::read(tree_.doorbell.get(), rings.data(), rings.size());
  }
  server_.sleeping(false);
}

bool Card::started() const noexcept {
  return std::ranges::any_of(ports_, [](const auto& port) { return port->started(); });
}

std::string Card::summary(const std::vector<std::string>& names) const {
  std::string text;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const Port& port = *ports_[i];
    fmt::format_to(std::back_inserter(text), "nic82599: {}: {} sent, {} arrived\n", names[i], port.totals().sent,
                   port.totals().arrived);
    for (std::size_t e = 0; e < kErrorTexts.size(); ++e)
      if (const auto count = port.errors()[static_cast<Error>(e)]; count > 0)
        fmt::format_to(std::back_inserter(text), "nic82599: {}: {} x {}: {}\n", names[i], count, kErrorTexts[e].name,
                       kErrorTexts[e].meaning);
  }
  return text;
}

}  // namespace lisper::nic
