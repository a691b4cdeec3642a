#include "sim/pcap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace lisper::sim {

namespace {

// draft-ietf-opsawg-pcap: the file header and the record header, in the writer's byte order.
struct FileHeader {
  std::uint32_t magic = 0xa1b23c4d;  // nanoseconds
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::uint32_t reserved[2] = {};
  std::uint32_t snaplen;
  std::uint32_t link_type = 1;  // LINKTYPE_ETHERNET
};
static_assert(sizeof(FileHeader) == 24);

struct RecordHeader {
  std::uint32_t seconds;
  std::uint32_t nanoseconds;
  std::uint32_t captured;
  std::uint32_t original;
};
static_assert(sizeof(RecordHeader) == 16);

constexpr std::size_t kBuffer = 64 * 1024;

template <typename T>
void append(std::string& to, const T& value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

Result<std::unique_ptr<PcapFile>> PcapFile::create(std::filesystem::path path, std::uint32_t snaplen) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return fail(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  std::unique_ptr<PcapFile> pcap(new PcapFile(std::move(path), snaplen));
  append(pcap->buffer_, FileHeader{.snaplen = snaplen});
  return pcap;
}

void PcapFile::write(std::int64_t now_ns, Bytes frame) {
  const auto captured = std::min(frame.size(), static_cast<std::size_t>(snaplen_));
  if (buffer_.size() + sizeof(RecordHeader) + captured > kBuffer) flush();
  append(buffer_, RecordHeader{static_cast<std::uint32_t>(now_ns / 1'000'000'000),
                               static_cast<std::uint32_t>(now_ns % 1'000'000'000), static_cast<std::uint32_t>(captured),
                               static_cast<std::uint32_t>(frame.size())});
  buffer_.append(reinterpret_cast<const char*>(frame.data()), captured);
}

void PcapFile::flush() {
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  file.close();
  failed_ = failed_ || !file;
  buffer_.clear();
}

Result<void> PcapFile::close() {
  flush();
  if (failed_) return fail(fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
  return {};
}

}  // namespace lisper::sim
