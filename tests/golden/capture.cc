#include "tests/golden/capture.h"

#include <pcap/pcap.h>

#include <memory>
#include <stdexcept>

namespace lisper::golden {

std::vector<Frame> read_capture(const std::string& path, const std::string& filter) {
  char error[PCAP_ERRBUF_SIZE] = "";
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> file(pcap_open_offline(path.c_str(), error), pcap_close);
  if (!file) throw std::runtime_error(path + ": " + error);
  bpf_program program{};
  if (pcap_compile(file.get(), &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0 ||
      pcap_setfilter(file.get(), &program) != 0)
    throw std::runtime_error(path + ": " + pcap_geterr(file.get()));
  pcap_freecode(&program);

  std::vector<Frame> frames;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(file.get(), &header, &bytes)) == 1) {
    const auto* begin = reinterpret_cast<const std::byte*>(bytes);
    frames.emplace_back(begin, begin + header->caplen);
  }
  if (status == PCAP_ERROR) throw std::runtime_error(path + ": " + pcap_geterr(file.get()));
  return frames;
}

}  // namespace lisper::golden
