#pragma once

#include <cstddef>
#include <cstdint>

// Offsets in BAR 0 and bits, by sections of the Intel 82599 10 GbE Controller Datasheet, revision 3.x. Only what the
// model acts upon is here; other registers keep what is written to them.
namespace lisper::nic::reg {

constexpr std::uint32_t kBarBytes = 512 * 1024;

// 8.2.3.1 General control
constexpr std::uint32_t kCtrl = 0x00000;
constexpr std::uint32_t kCtrlMasterDisable = 1u << 2;
constexpr std::uint32_t kCtrlLinkReset = 1u << 3;
constexpr std::uint32_t kCtrlReset = 1u << 26;
constexpr std::uint32_t kStatus = 0x00008;
constexpr std::uint32_t kStatusLanIdShift = 2;
constexpr std::uint32_t kStatusMasterEnabled = 1u << 19;
constexpr std::uint32_t kEsdp = 0x00020;
constexpr std::uint32_t kEsdpModulePresent = 1u << 2;  // SDP2, as X520 boards wire it
constexpr std::uint32_t kEsdpLaserOff = 1u << 3;       // SDP3, as X520 boards wire it
constexpr std::uint32_t kI2cCtl = 0x00028;
constexpr std::uint32_t kI2cClockIn = 1u << 0;
constexpr std::uint32_t kI2cClockOut = 1u << 1;
constexpr std::uint32_t kI2cDataIn = 1u << 2;
constexpr std::uint32_t kI2cDataOut = 1u << 3;

// 8.2.3.2 EEPROM and flash
constexpr std::uint32_t kEec = 0x10010;
constexpr std::uint32_t kEecRequest = 1u << 6;
constexpr std::uint32_t kEecGrant = 1u << 7;
constexpr std::uint32_t kEecPresent = 1u << 8;
constexpr std::uint32_t kEecAutoReadDone = 1u << 9;
constexpr std::uint32_t kEecSizeShift = 11;
constexpr std::uint32_t kEerd = 0x10014;
constexpr std::uint32_t kEerdStart = 1u << 0;
constexpr std::uint32_t kEerdDone = 1u << 1;

// 8.2.3.4 PCIe: the semaphore between driver instances
constexpr std::uint32_t kSwsm = 0x10140;
constexpr std::uint32_t kSwsmBusy = 1u << 0;

// 8.2.3.5 Interrupts
constexpr std::uint32_t kEicr = 0x00800;
constexpr std::uint32_t kEics = 0x00808;
constexpr std::uint32_t kEims = 0x00880;
constexpr std::uint32_t kEimc = 0x00888;
constexpr std::uint32_t kCauseLinkChange = 1u << 20;

// 8.2.3.7 Receive
constexpr std::uint32_t kRxCsum = 0x05000;
constexpr std::uint32_t kRxCsumPacketDisable = 1u << 13;  // the descriptor carries the RSS hash instead
constexpr std::uint32_t kFctrl = 0x05080;
constexpr std::uint32_t kFctrlMulticastPromiscuous = 1u << 8;
constexpr std::uint32_t kFctrlUnicastPromiscuous = 1u << 9;
constexpr std::uint32_t kFctrlBroadcastAccept = 1u << 10;
constexpr std::uint32_t kVlnCtrl = 0x05088;
constexpr std::uint32_t kVlnCtrlFilter = 1u << 30;
constexpr std::uint32_t kMcstCtrl = 0x05090;
constexpr std::uint32_t kMcstCtrlEnable = 1u << 2;
constexpr std::uint32_t kMta = 0x05200;   // 128 of 32 bits
constexpr std::uint32_t kVfta = 0x0a000;  // 128 of 32 bits
constexpr std::uint32_t kRal = 0x0a200;   // 128, 8 bytes apart
constexpr std::uint32_t kRah = 0x0a204;
constexpr std::uint32_t kRahValid = 1u << 31;
constexpr std::uint32_t kReceiveAddresses = 128;
constexpr std::uint32_t kMrqc = 0x0ec80;
constexpr std::uint32_t kReta = 0x0eb00;   // 32 of 4 entries
constexpr std::uint32_t kRssrk = 0x0eb80;  // 10 of 4 bytes

// 8.2.3.8 Receive DMA: queues are 40h apart, 64 of them from 1000h, 64 from D000h
constexpr std::uint32_t kQueueStride = 0x40;
constexpr std::uint32_t kRxQueues = 128;
constexpr std::uint32_t kRxQueueLow = 0x01000;
constexpr std::uint32_t kRxQueueHigh = 0x0d000;
constexpr std::uint32_t kRdbal = 0x00;
constexpr std::uint32_t kRdbah = 0x04;
constexpr std::uint32_t kRdlen = 0x08;
constexpr std::uint32_t kDcaRxCtrl = 0x0c;
constexpr std::uint32_t kRdh = 0x10;
constexpr std::uint32_t kSrrctl = 0x14;
constexpr std::uint32_t kSrrctlBufferMask = 0x1f;  // KB
constexpr std::uint32_t kSrrctlTypeShift = 25;
constexpr std::uint32_t kSrrctlTypeMask = 7;
constexpr std::uint32_t kSrrctlAdvancedOneBuffer = 1;
constexpr std::uint32_t kSrrctlDrop = 1u << 28;
constexpr std::uint32_t kRdt = 0x18;
constexpr std::uint32_t kRxdctl = 0x28;
constexpr std::uint32_t kRxdctlVlanStrip = 1u << 30;
constexpr std::uint32_t kQueueEnable = 1u << 25;  // RXDCTL and TXDCTL
constexpr std::uint32_t kRdrxctl = 0x02f00;
constexpr std::uint32_t kRdrxctlInitDone = 1u << 3;
constexpr std::uint32_t kRxCtrl = 0x03000;
constexpr std::uint32_t kRxCtrlEnable = 1u << 0;
constexpr std::uint32_t kRxPbSize = 0x03c00;

// 8.2.3.9 Transmit
constexpr std::uint32_t kDmaTxCtl = 0x04a80;
constexpr std::uint32_t kDmaTxCtlEnable = 1u << 0;
constexpr std::uint32_t kTxQueues = 128;
constexpr std::uint32_t kTxQueue = 0x06000;
constexpr std::uint32_t kTdbal = 0x00;
constexpr std::uint32_t kTdbah = 0x04;
constexpr std::uint32_t kTdlen = 0x08;
constexpr std::uint32_t kTdh = 0x10;
constexpr std::uint32_t kTdt = 0x18;
constexpr std::uint32_t kTxdctl = 0x28;

// 8.2.3.12, 8.2.3.13 Security: the paths are drained and ready at once
constexpr std::uint32_t kSecTxStat = 0x08804;
constexpr std::uint32_t kSecRxStat = 0x08d04;
constexpr std::uint32_t kSecReady = 1u << 0;

// 8.2.3.21 Flow director
constexpr std::uint32_t kFdirCtrl = 0x0ee00;
constexpr std::uint32_t kFdirCtrlInitDone = 1u << 3;

// 8.2.3.22 MAC
constexpr std::uint32_t kHlreg0 = 0x04240;
constexpr std::uint32_t kHlreg0RxCrcStrip = 1u << 1;
constexpr std::uint32_t kHlreg0Jumbo = 1u << 2;
constexpr std::uint32_t kHlreg0TxPad = 1u << 10;
constexpr std::uint32_t kMsca = 0x0425c;
constexpr std::uint32_t kMscaCommand = 1u << 30;
constexpr std::uint32_t kMsrwd = 0x04260;
constexpr std::uint32_t kMaxFrs = 0x04268;  // the upper half: bytes with the CRC
constexpr std::uint32_t kAutoc = 0x042a0;
constexpr std::uint32_t kAutocSerial10G = 3u << 13;
constexpr std::uint32_t kAutocRestart = 1u << 12;
constexpr std::uint32_t kAnlp1 = 0x042b0;
constexpr std::uint32_t kAnlp1State = 0xfu << 16;
constexpr std::uint32_t kLinks = 0x042a4;
constexpr std::uint32_t kLinksUp = 1u << 30;
constexpr std::uint32_t kLinksSpeed10G = 3u << 28;

// 8.2.3.23 Statistics that a queue is mapped to
constexpr std::uint32_t kRqsmr = 0x02300;
constexpr std::uint32_t kTqsm = 0x08600;

/// The one offset of a register that has two (8.2.3: the lower range repeats that of the 82598).
[[nodiscard]] constexpr std::uint32_t canonical(std::uint32_t offset) noexcept {
  struct Range {
    std::uint32_t from, bytes, step, to, stride;
  };
  constexpr Range kRanges[] = {
      {0x02100, 16 * 4, 4, kRxQueueLow + kSrrctl, kQueueStride},
      {0x02200, 16 * 4, 4, kRxQueueLow + kDcaRxCtrl, kQueueStride},
      {0x05400, 16 * 8, 4, kRal, 4},
      {0x05818, 4, 4, kMrqc, 4},
      {0x05c00, 32 * 4, 4, kReta, 4},
      {0x05c80, 10 * 4, 4, kRssrk, 4},
      {0x00004, 4, 4, kCtrl, 4},
  };
  for (const Range& r : kRanges)
    if (offset - r.from < r.bytes) return r.to + (offset - r.from) / r.step * r.stride;
  return offset;
}

/// Where the registers of a receive queue begin.
[[nodiscard]] constexpr std::uint32_t rx_queue(std::uint32_t queue) noexcept {
  return queue < 64 ? kRxQueueLow + queue * kQueueStride : kRxQueueHigh + (queue - 64) * kQueueStride;
}
[[nodiscard]] constexpr std::uint32_t tx_queue(std::uint32_t queue) noexcept { return kTxQueue + queue * kQueueStride; }

}  // namespace lisper::nic::reg
