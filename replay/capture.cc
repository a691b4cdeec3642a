#include "replay/capture.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace lisper::replay {

namespace {

// What fits an int64 of nanoseconds: until the year 2262.
constexpr std::int64_t kMaxSeconds = INT64_MAX / 1'000'000'000 - 1;

using Pcap = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

/// A compiled filter; matches everything if the text is empty.
class Filter {
 public:
  Filter() = default;
  ~Filter() { pcap_freecode(&program_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  /// False if libpcap does not understand it; pcap_geterr() says why.
  bool compile(pcap_t* pcap, const std::string& text) {
    wanted_ = !text.empty();
    return !wanted_ || pcap_compile(pcap, &program_, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
  }
  [[nodiscard]] bool matches(const pcap_pkthdr* header, const u_char* data) const {
    return !wanted_ || pcap_offline_filter(&program_, header, data) != 0;
  }

 private:
  bpf_program program_{};
  bool wanted_ = false;
};

}  // namespace

Result<Capture> read_capture(const std::filesystem::path& path, const std::string& filter_text) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const Pcap pcap(pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()),
                  &pcap_close);
  if (pcap == nullptr) return fail(fmt::format("{}: {}", path.string(), error.data()));
  if (const int type = pcap_datalink(pcap.get()); type != DLT_EN10MB) {
    const char* name = pcap_datalink_val_to_name(type);
    return fail(fmt::format("{}: its link type is {}, not Ethernet (EN10MB)", path.string(),
                            name != nullptr ? name : std::to_string(type)));
  }
  Filter filter;
  if (!filter.compile(pcap.get(), filter_text))
    return fail(fmt::format("filter \"{}\": {}", filter_text, pcap_geterr(pcap.get())));

  Capture capture;
  std::uint64_t number = 0;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(pcap.get(), &header, &data)) == 1) {
    ++number;
    if (header->ts.tv_sec < 0 || header->ts.tv_sec > kMaxSeconds)
      return fail(fmt::format("{}: packet {}: its time is out of range", path.string(), number));
    if (!filter.matches(header, data)) {
      ++capture.filtered;
    } else if (header->caplen < header->len) {
      ++capture.cut_short;
    } else {
      TimeNs at = seconds(header->ts.tv_sec) + TimeNs{header->ts.tv_usec};  // which holds ns, as asked for above
      if (!capture.frames.empty()) at = std::max(at, capture.frames.back().at);
      const auto* bytes = reinterpret_cast<const std::byte*>(data);
      capture.frames.push_back({at, {bytes, bytes + header->caplen}});
    }
  }
  if (status == PCAP_ERROR)
    return fail(fmt::format("{}: packet {}: {}", path.string(), number + 1, pcap_geterr(pcap.get())));
  return capture;
}

}  // namespace lisper::replay
