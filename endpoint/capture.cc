#include "endpoint/capture.h"

#include <fmt/format.h>

#include <ctime>

namespace lisper::endpoint {

Result<std::unique_ptr<CapturedPort>> CapturedPort::create(std::unique_ptr<Port> port,
                                                           const std::filesystem::path& file) {
  std::unique_ptr<CapturedPort> captured(new CapturedPort(std::move(port)));
  captured->pcap_.reset(pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kMaxFrame, PCAP_TSTAMP_PRECISION_NANO));
  captured->dumper_.reset(pcap_dump_open(captured->pcap_.get(), file.c_str()));
  if (!captured->dumper_) return fail(fmt::format("cannot write {}", pcap_geterr(captured->pcap_.get())));
  return captured;
}

std::size_t CapturedPort::receive(std::span<Buffer> buffers) {
  const std::size_t count = port_->receive(buffers);
  for (const Buffer& buffer : buffers.first(count)) write(buffer.bytes());
  return count;
}

void CapturedPort::send(std::span<const Bytes> frames) {
  for (const Bytes frame : frames) write(frame);
  port_->send(frames);
}

void CapturedPort::write(Bytes frame) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  pcap_pkthdr header{};
  header.ts = {now.tv_sec, now.tv_nsec};  // nanoseconds, as the precision says
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  pcap_dump(reinterpret_cast<u_char*>(dumper_.get()), &header, reinterpret_cast<const u_char*>(frame.data()));
}

}  // namespace lisper::endpoint
