#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "nic-model/wire.h"

namespace lisper::nic {

namespace {

struct CloseInput {
  void operator()(pcap_t* file) const noexcept { pcap_close(file); }
};
struct CloseOutput {
  void operator()(pcap_dumper_t* file) const noexcept { pcap_dump_close(file); }
};

struct Capture {
  std::unique_ptr<pcap_t, CloseInput> input;  // empty at its end
  std::unique_ptr<pcap_t, CloseInput> format;
  std::unique_ptr<pcap_dumper_t, CloseOutput> output;
};

class Captures : public Wire {
 public:
  Captures(Ports& ports, std::vector<Capture> captures) : ports_(ports), captures_(std::move(captures)) {}

  void sent(std::size_t port, Frame frame) override {
    pcap_pkthdr header{};
    timespec now{};
    std::ignore = clock_gettime(CLOCK_REALTIME, &now);
    header.ts = {now.tv_sec, now.tv_nsec};  // of a file in nanoseconds
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    auto* file = captures_[port].output.get();
    pcap_dump(reinterpret_cast<u_char*>(file), &header, reinterpret_cast<const u_char*>(frame.data()));
    pcap_dump_flush(file);
  }

  bool run() override {
    bool worked = false;
    for (std::size_t i = 0; i < captures_.size(); ++i) worked |= receive_from(*ports_[i], [&] { return play(i); });
    return worked;
  }

  [[nodiscard]] bool carrier(std::size_t) const override { return true; }

 private:
  bool play(std::size_t port) {
    if (captures_[port].input == nullptr || !ports_[port]->hungry()) return false;
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    if (pcap_next_ex(captures_[port].input.get(), &header, &data) != 1) {
      captures_[port].input.reset();
      return true;
    }
    std::vector<std::byte> frame(std::max<std::size_t>(header->caplen, kMinFrameBytes));
    std::copy_n(reinterpret_cast<const std::byte*>(data), header->caplen, frame.begin());
    ports_[port]->arrived(frame);
    return true;
  }

  Ports& ports_;
  std::vector<Capture> captures_;
};

}  // namespace

Result<std::unique_ptr<Wire>> pcap_wire(Wire::Ports& ports, const std::string& folder) {
  std::vector<Capture> captures;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    Capture capture;
    const std::filesystem::path base(folder);
    const auto input = base / fmt::format("{}-in.pcap", i);
    const auto output = base / fmt::format("{}-out.pcap", i);
    char error[PCAP_ERRBUF_SIZE] = {};
    if (std::filesystem::exists(input)) {
      capture.input.reset(pcap_open_offline(input.c_str(), error));
      if (capture.input == nullptr) return fail(fmt::format("{}: {}", input.string(), error));
      if (pcap_datalink(capture.input.get()) != DLT_EN10MB)
        return fail(fmt::format("{}: not a capture of Ethernet frames", input.string()));
    }
    constexpr int kSnapLength = 65535;
    capture.format.reset(pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kSnapLength, PCAP_TSTAMP_PRECISION_NANO));
    capture.output.reset(pcap_dump_open(capture.format.get(), output.c_str()));
    if (capture.output == nullptr)
      return fail(fmt::format("{}: {}", output.string(), pcap_geterr(capture.format.get())));
    captures.push_back(std::move(capture));
  }
  return std::make_unique<Captures>(ports, std::move(captures));
}

}  // namespace lisper::nic
