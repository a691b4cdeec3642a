#include "nic-model/port.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "nic-model/eeprom.h"

namespace lisper::nic {

namespace {

constexpr int kBudget = 64;  // received frames, or descriptors of a queue, before others have their turn

struct QueueRegister {
  std::uint32_t queue;
  std::uint32_t offset;  // in the queue's registers
};

std::optional<QueueRegister> in_receive_queue(std::uint32_t offset) noexcept {
  constexpr std::uint32_t kSpan = 64 * reg::kQueueStride;
  if (offset - reg::kRxQueueLow < kSpan)
    return QueueRegister{(offset - reg::kRxQueueLow) / reg::kQueueStride, offset % reg::kQueueStride};
  if (offset - reg::kRxQueueHigh < kSpan)
    return QueueRegister{64 + (offset - reg::kRxQueueHigh) / reg::kQueueStride, offset % reg::kQueueStride};
  return std::nullopt;
}

std::optional<QueueRegister> in_transmit_queue(std::uint32_t offset) noexcept {
  if (offset - reg::kTxQueue >= reg::kTxQueues * reg::kQueueStride) return std::nullopt;
  return QueueRegister{(offset - reg::kTxQueue) / reg::kQueueStride, offset % reg::kQueueStride};
}

bool is_word(std::uint32_t offset) noexcept { return offset < reg::kBarBytes && offset % 4 == 0; }

}  // namespace

Port::Port(std::uint32_t index, const Mac& mac, DmaMemory& memory, std::function<void()> interrupt, Limits limits)
    : index_(index),
      mac_(mac),
      limits_(std::move(limits)),
      interrupt_(std::move(interrupt)),
      receive_(registers_, limits_, statistics_, memory, errors_),
      transmit_(registers_, limits_, statistics_, memory, errors_) {
  reset();
}

// 4.2: registers take their initial values, the EEPROM is read anew; rings and packet buffer are gone.
void Port::reset() {
  registers_.clear();
  registers_[reg::kI2cCtl] = reg::kI2cClockOut | reg::kI2cDataOut;
  registers_[reg::kAutoc] = reg::kAutocSerial10G;
  registers_[reg::kRxPbSize] = 512 * 1024;
  registers_[reg::kMaxFrs] = 1518u << 16;
  registers_[reg::kHlreg0] = reg::kHlreg0RxCrcStrip | reg::kHlreg0TxPad;
  registers_[reg::kRal] =
      std::uint32_t{mac_[3]} << 24 | std::uint32_t{mac_[2]} << 16 | std::uint32_t{mac_[1]} << 8 | mac_[0];
  registers_[reg::kRah] = reg::kRahValid | std::uint32_t{mac_[5]} << 8 | mac_[4];
  statistics_.clear();
  interrupt_.reset();
  receive_.reset();
  transmit_.reset();
  follow_link();
}

void Port::follow_link() {
  if (link() == last_link_) return;
  last_link_ = link();
  interrupt_.raise(reg::kCauseLinkChange);
}

void Port::set_carrier(bool carrier) {
  carrier_ = carrier;
  follow_link();
}

std::uint32_t Port::read_plain(std::uint32_t offset) const noexcept {
  const std::uint32_t value = registers_[offset];
  switch (offset) {
    case reg::kStatus:
      return index_ << reg::kStatusLanIdShift |
             (registers_.is_set(reg::kCtrl, reg::kCtrlMasterDisable) ? 0 : reg::kStatusMasterEnabled);
    case reg::kEsdp:
      return value | reg::kEsdpModulePresent;
    case reg::kI2cCtl:
      return (value & (reg::kI2cClockOut | reg::kI2cDataOut)) | (module_.clock() ? reg::kI2cClockIn : 0) |
             (module_.data() ? reg::kI2cDataIn : 0);
    case reg::kEec:
      return (value & reg::kEecRequest) | ((value & reg::kEecRequest) != 0 ? reg::kEecGrant : 0) | reg::kEecPresent |
             reg::kEecAutoReadDone | Eeprom::kSizeCode << reg::kEecSizeShift;
    case reg::kRdrxctl:
      return value | reg::kRdrxctlInitDone;
    case reg::kSecRxStat:
    case reg::kSecTxStat:
      return reg::kSecReady;
    case reg::kFdirCtrl:
      return value | reg::kFdirCtrlInitDone;
    case reg::kAnlp1:
      return reg::kAnlp1State;  // the state machine has left its first state
    case reg::kLinks:
      return link() ? reg::kLinksUp | reg::kLinksSpeed10G : 0;
    case reg::kMsrwd:
      return 0xffff0000;  // no PHY answers on MDIO
    default:
      return value;
  }
}

std::uint32_t Port::read(std::uint32_t offset) {
  if (!is_word(offset)) {
    errors_.count(Error::kBadRegister);
    return ~0u;
  }
  offset = reg::canonical(offset);
  if (const auto count = statistics_.read(offset)) return *count;
  if (const auto at = in_receive_queue(offset)) {
    const Ring& ring = receive_.ring(at->queue);
    if (ring.running() && at->offset == reg::kRdh) return ring.head();
  } else if (const auto tx = in_transmit_queue(offset)) {
    const Ring& ring = transmit_.ring(tx->queue);
    if (ring.running() && tx->offset == reg::kTdh) return ring.head();
  }
  switch (offset) {
    case reg::kEicr:
      return interrupt_.read_causes();
    case reg::kEims:
      return interrupt_.mask();
    // 8.2.3.4.12: who reads zero has the semaphore.
    case reg::kSwsm:
      return std::exchange(registers_[offset], registers_[offset] | reg::kSwsmBusy);
    default:
      return read_plain(offset);
  }
}

void Port::write(std::uint32_t offset, std::uint32_t value) {
  if (!is_word(offset)) return errors_.count(Error::kBadRegister);
  offset = reg::canonical(offset);
  if (Statistics::is_statistic(offset)) return;
  if (const auto rx = in_receive_queue(offset)) return write_receive_queue(rx->queue, rx->offset, value);
  if (const auto tx = in_transmit_queue(offset)) return write_transmit_queue(tx->queue, tx->offset, value);
  switch (offset) {
    case reg::kEicr:
      return interrupt_.clear(value);
    case reg::kEics:
      return interrupt_.raise(value);
    case reg::kEims:
      return interrupt_.enable(value);
    case reg::kEimc:
      return interrupt_.disable(value);
    case reg::kCtrl:
      if ((value & (reg::kCtrlReset | reg::kCtrlLinkReset)) != 0) reset();
      value &= ~(reg::kCtrlReset | reg::kCtrlLinkReset);
      break;
    case reg::kEerd:
      if ((value & reg::kEerdStart) != 0)
        value = (value & 0xfffc) | reg::kEerdDone | std::uint32_t{Eeprom::read(value >> 2 & 0x3fff)} << 16;
      break;
    case reg::kI2cCtl:
      module_.drive((value & reg::kI2cClockOut) != 0, (value & reg::kI2cDataOut) != 0);
      break;
    case reg::kMsca:
      value &= ~reg::kMscaCommand;
      break;
    case reg::kAutoc:
      value &= ~reg::kAutocRestart;
      break;
    case reg::kMrqc:
      if ((value & 0xf) > 1) errors_.count(Error::kUnmodelled);
      break;
    default:
      break;
  }
  registers_[offset] = value;
  if (offset == reg::kEsdp) follow_link();
  if (offset - reg::kRssrk < 40) receive_.set_rss_key();
}

void Port::write_receive_queue(std::uint32_t queue, std::uint32_t offset, std::uint32_t value) {
  std::uint32_t& stored = registers_[reg::rx_queue(queue) + offset];
  stored = value;
  if (offset == reg::kRdt) receive_.set_tail(queue, value);
  if (offset != reg::kRxdctl) return;
  const bool enable = (value & reg::kQueueEnable) != 0;
  if (!enable) receive_.stop(queue);
  if (enable && !receive_.ring(queue).running()) receive_.start(queue);
  if (enable && !receive_.ring(queue).running()) stored &= ~reg::kQueueEnable;
}

void Port::write_transmit_queue(std::uint32_t queue, std::uint32_t offset, std::uint32_t value) {
  std::uint32_t& stored = registers_[reg::tx_queue(queue) + offset];
  stored = value;
  if (offset == reg::kTdt) transmit_.set_tail(queue, value);
  if (offset != reg::kTxdctl) return;
  const bool enable = (value & reg::kQueueEnable) != 0;
  if (!enable) transmit_.stop(queue);
  if (enable && !transmit_.ring(queue).running()) transmit_.start(queue);
  if (enable && !transmit_.ring(queue).running()) stored &= ~reg::kQueueEnable;
}

void Port::arrived(Frame frame) {
  if (!link()) return;
  limits_.arriving.carry(line_bytes(frame.size()));
  ++totals_.arrived;
  receive_.arrived(frame);
}

bool Port::run(const TransmitPath::Send& send) {
  const auto transmit = [&](int budget) {
    return transmit_.run(budget, [&](Frame frame) {
      ++totals_.sent;
      if (link()) send(frame);
    });
  };
  if (!limits_.bus->limited()) {
    const bool drained = receive_.drain(kBudget);
    return transmit(kBudget) || drained;
  }
  // At the bus it is one frame's turn after the other's; who could not use his has it later.
  const bool sent = lead_ > 0 && transmit(1);
  const bool received = !sent && receive_.drain(1);
  if (!sent && !received && !transmit(1)) return false;
  lead_ = std::clamp(lead_ + (received ? 1 : -1), -kBudget, kBudget);
  return true;
}

bool Port::waits() const noexcept {
  return transmit_.pending() ? !limits_.leaving.free() || !limits_.bus->free()
                             : !receive_.empty() && !limits_.bus->free();
}

bool Port::hungry() const noexcept {
  return link() && started() && (limits_.arriving.limited() ? line_free() : receive_.empty());
}

void Port::look(ModelTime now) noexcept {
  limits_.arriving.look(now);
  limits_.leaving.look(now);
}

}  // namespace lisper::nic
