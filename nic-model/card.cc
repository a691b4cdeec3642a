#include "nic-model/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

namespace lisper::nic {

namespace {

constexpr double kLineRate = 1e10;  // [bit/s]

/// As a driver in the kernel tells it to readers of /dev/uioN: a count, which nobody looks at.
void interrupt(int fd) {
  const std::int32_t count = 1;
  // A full FIFO is an interrupt that is pending already.
  std::ignore = ::write(fd, &count, sizeof count);
}

}  // namespace

Card::Card(Tree& tree, std::optional<std::uint64_t> rate)
    : tree_(tree), server_(*tree.channel), memory_([this] { return program_.find(server_.owner()); }), rate_(rate) {
  for (std::uint32_t i = 0; i < tree.interrupts.size(); ++i) {
    // Two ports a card: the LAN ID is 0 or 1.
    if (i % 2 == 0) buses_.push_back(std::make_shared<Lane>(rate_ ? kBusPerByte : 0));
    const Lane line(rate_ ? kLinePerByte : 0);
    const Port::Mac mac{0x02, 0x82, 0x59, 0x90, 0x00, static_cast<std::uint8_t>(i)};
    ports_.push_back(std::make_unique<Port>(
        i % 2, mac, memory_, [fd = tree.interrupts[i].get()] { interrupt(fd); }, Limits{line, line, buses_.back()}));
  }
}

void Card::look() {
  if (!rate_) return;
  const std::chrono::duration<double, std::pico> real = std::chrono::steady_clock::now() - start_;
  const auto now = static_cast<ModelTime>(real.count() * static_cast<double>(*rate_) / kLineRate);
  for (const auto& bus : buses_) bus->look(now);
  for (const auto& port : ports_) port->look(now);
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
  look();
  const bool served = serve_registers();
  bool worked = wire_->run() || served;
  if (worked) follow_carriers();
  constexpr int kRounds = 64;
  bool moved = true;
  for (int round = 0; moved && round < (rate_ ? kRounds : 1); ++round) {
    moved = false;
    for (std::size_t i = 0; i < ports_.size(); ++i)
      moved |= ports_[i]->run([&](Frame frame) { wire_->sent(i, frame); });
    worked |= moved;
  }
  return worked || std::ranges::any_of(ports_, [](const auto& port) { return port->waits(); });
}

void Card::wait(std::vector<pollfd> others) {
  others.push_back({tree_.doorbell.get(), POLLIN, 0});
  wire_->wait_for(others);
  server_.sleeping(true);
  if (!run()) {
    ::poll(others.data(), others.size(), -1);
    std::array<char, 256> rings;
    std::ignore = ::read(tree_.doorbell.get(), rings.data(), rings.size());
    look();  // nothing of the time that was slept through is made up for
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
