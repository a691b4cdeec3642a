#pragma once

#include <pcap/pcap.h>

#include <filesystem>
#include <memory>

#include "core/base/result.h"
#include "endpoint/port.h"

namespace lisper::endpoint {

/// A port all of whose frames, in both directions, are also written to a capture file with nanoseconds.
class CapturedPort final : public Port {
 public:
  [[nodiscard]] static Result<std::unique_ptr<CapturedPort>> create(std::unique_ptr<Port> port,
                                                                    const std::filesystem::path& file);

  [[nodiscard]] int fd() const noexcept override { return port_->fd(); }
  [[nodiscard]] std::size_t receive(std::span<Buffer> buffers) override;
  void send(std::span<const Bytes> frames) override;
  [[nodiscard]] bool carrier() const override { return port_->carrier(); }
  [[nodiscard]] bool gone() const noexcept override { return port_->gone(); }
  [[nodiscard]] Losses losses() override { return port_->losses(); }

 private:
  struct Close {
    void operator()(pcap_t* pcap) const noexcept { pcap_close(pcap); }
    void operator()(pcap_dumper_t* dumper) const noexcept { pcap_dump_close(dumper); }
  };

  explicit CapturedPort(std::unique_ptr<Port> port) : port_(std::move(port)) {}
  void write(Bytes frame);

  std::unique_ptr<Port> port_;
  std::unique_ptr<pcap_t, Close> pcap_;
  std::unique_ptr<pcap_dumper_t, Close> dumper_;
};

}  // namespace lisper::endpoint
