#include "replay/outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "replay/capture.h"
#include "sim/pcap.h"

namespace lisper::replay {

namespace {

constexpr std::uint32_t kSnaplen = 262'144;  // [bytes]
constexpr const char* kPunts = "punts.jsonl";

std::filesystem::path port_file(const std::filesystem::path& folder, std::string port) {
  std::replace(port.begin(), port.end(), '/', '_');
  return folder / (port + ".pcap");
}

Result<void> write_port(const std::filesystem::path& path, const std::vector<PortFrame>& frames) {
  auto file = sim::PcapFile::create(path, kSnaplen);
  if (!file) return tl::unexpected(file.error());
  for (const PortFrame& frame : frames) (*file)->on_sent(frame.at.ns, frame.bytes);
  return (*file)->close();
}

Result<std::vector<Punt>> read_punts(const std::filesystem::path& path) {
  std::vector<Punt> punts;
  std::ifstream file(path);
  std::uint64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const bool good = json.is_object() && json.contains("at_ns") && json["at_ns"].is_number_integer() &&
                      json.contains("punt") && json["punt"].is_string();
    if (!good) return fail(fmt::format("{}:{}: not a punt", path.string(), number));
    punts.push_back({{json["at_ns"].get<std::int64_t>()}, json["punt"].get<std::string>()});
  }
  return punts;
}

}  // namespace

Outputs to_outputs(std::string name, std::size_t ports, std::vector<PortFrame> sent, std::vector<Punt> punts) {
  Outputs outputs{
      .name = std::move(name), .ports = std::vector<std::vector<PortFrame>>(ports), .punts = std::move(punts)};
  for (PortFrame& frame : sent) outputs.ports[frame.port.value].push_back(std::move(frame));
  return outputs;
}

Result<void> write_outputs(const std::filesystem::path& folder, const Outputs& outputs, const LisperConfig& config) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  std::filesystem::create_directories(folder, error);
  if (error) return fail(fmt::format("cannot write {}: {}", folder.string(), error.message()));
  for (std::size_t i = 0; i < outputs.ports.size(); ++i)
    if (auto written = write_port(port_file(folder, config.ports[i].name), outputs.ports[i]); !written) return written;
  std::ofstream punts(folder / kPunts);
  for (const Punt& punt : outputs.punts)
    punts << nlohmann::ordered_json{{"at_ns", punt.at.ns}, {"punt", punt.text}}.dump() << '\n';
  punts.close();
  if (!punts) return fail(fmt::format("cannot write {}", (folder / kPunts).string()));
  return {};
}

Result<Outputs> read_outputs(const std::filesystem::path& folder, std::string name, const LisperConfig& config) {
  if (!std::filesystem::is_directory(folder)) return fail(fmt::format("{} is not a folder", folder.string()));
  Outputs outputs = to_outputs(std::move(name), config.ports.size(), {}, {});
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    const auto path = port_file(folder, config.ports[i].name);
    if (!std::filesystem::exists(path)) continue;
    auto capture = read_capture(path, {});
    if (!capture) return tl::unexpected(capture.error());
    for (CapturedFrame& frame : capture->frames)
      outputs.ports[i].push_back({PortId(static_cast<std::uint16_t>(i)), frame.at, std::move(frame.bytes)});
  }
  auto punts = read_punts(folder / kPunts);
  if (!punts) return tl::unexpected(punts.error());
  outputs.punts = std::move(*punts);
  return outputs;
}

}  // namespace lisper::replay
