#include "sim/pcap.h"

#include <gmock/gmock.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <array>

namespace lisper::sim {
namespace {

class PcapTest : public ::testing::Test {
 protected:
  PcapTest() : path(std::filesystem::temp_directory_path() / ("lisper-pcap-" + std::to_string(getpid()))) {}
  ~PcapTest() override { std::filesystem::remove(path); }
  std::filesystem::path path;
};

TEST_F(PcapTest, LibpcapReadsItBack) {
  auto file = PcapFile::create(path, 100);
  ASSERT_TRUE(file);
  std::vector<std::byte> frame(300, std::byte{0xab});
  // More than one buffer, so that the file is opened again and again.
  for (int i = 0; i < 2000; ++i) (*file)->on_sent(5'000'000'000 + i, frame);
  (*file)->on_received(6'123'456'789, Bytes(frame).first(60));
  ASSERT_TRUE((*file)->close());

  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* pcap = pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data());
  ASSERT_NE(pcap, nullptr) << error.data();
  EXPECT_EQ(pcap_datalink(pcap), DLT_EN10MB);
  EXPECT_EQ(pcap_snapshot(pcap), 100);
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(pcap_next_ex(pcap, &header, &data), 1);
    ASSERT_EQ(header->ts.tv_sec, 5);
    ASSERT_EQ(header->ts.tv_usec, i);
    ASSERT_EQ(header->caplen, 100u);
    ASSERT_EQ(header->len, 300u);
    ASSERT_EQ(data[99], 0xab);
  }
  ASSERT_EQ(pcap_next_ex(pcap, &header, &data), 1);
  EXPECT_EQ(header->ts.tv_sec, 6);
  EXPECT_EQ(header->ts.tv_usec, 123'456'789);
  EXPECT_EQ(header->caplen, 60u);
  EXPECT_EQ(pcap_next_ex(pcap, &header, &data), PCAP_ERROR_BREAK);
  pcap_close(pcap);
}

TEST_F(PcapTest, FolderThatIsNotThere) { EXPECT_FALSE(PcapFile::create("/nonexistent/x.pcap", 100)); }

}  // namespace
}  // namespace lisper::sim
