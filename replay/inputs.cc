#include "replay/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/wire/ethernet.h"
#include "hw/stepped_node.h"
#include "replay/capture.h"

namespace lisper::replay {

namespace {

bool is_own(const LisperConfig& config, PortId port, Bytes frame) {
  if (frame.size() < sizeof(wire::Ethernet)) return false;
  const MacAddress& source = at<wire::Ethernet>(frame.data()).source;
  return std::any_of(config.interfaces.begin(), config.interfaces.end(),
                     [&](const InterfaceConfig& own) { return own.port == port && own.mac == source; });
}

}  // namespace

Result<PortId> find_port(const LisperConfig& config, const std::string& name) {
  for (std::size_t i = 0; i < config.ports.size(); ++i)
    if (config.ports[i].name == name) return PortId(static_cast<std::uint16_t>(i));
  for (const InterfaceConfig& interface : config.interfaces)
    if (interface.name == name) return interface.port;
  std::string names;
  for (const PortConfig& port : config.ports) names += (names.empty() ? "" : ", ") + port.name;
  return fail(fmt::format("the node has no port \"{}\", only {}", name, names));
}

Result<Inputs> read_inputs(const LisperConfig& config, const std::vector<InputSpec>& specs, TimeNs start) {
  Inputs inputs;
  for (const InputSpec& spec : specs) {
    auto capture = read_capture(spec.file, spec.filter);
    if (!capture) return tl::unexpected(capture.error());
    InputSummary summary{.port = config.ports[spec.port.value].name,
                         .file = spec.file.string(),
                         .filtered = capture->filtered,
                         .cut_short = capture->cut_short};
    for (CapturedFrame& frame : capture->frames) {
      if (frame.bytes.size() > hw::SteppedNode::max_frame(config)) {
        ++summary.too_long;
        continue;
      }
      if (is_own(config, spec.port, frame.bytes)) {
        ++summary.own;
        continue;
      }
      ++summary.replayed;
      inputs.frames.push_back({spec.port, frame.at, std::move(frame.bytes)});
    }
    inputs.files.push_back(std::move(summary));
  }
  if (inputs.frames.empty()) return inputs;
  sort_frames(inputs.frames);
  const TimeNs first = inputs.frames.front().at;
  if (inputs.frames.back().at - first > kMaxSpan)
    return fail(fmt::format("the captures' frames span {} hours, more than the {} that are replayed",
                            (inputs.frames.back().at - first).ns / seconds(3600).ns, kMaxSpan.ns / seconds(3600).ns));
  for (PortFrame& frame : inputs.frames) frame.at = frame.at - first + start;
  return inputs;
}

void sort_frames(std::vector<PortFrame>& frames) {
  std::stable_sort(frames.begin(), frames.end(), [](const PortFrame& a, const PortFrame& b) {
    return std::tie(a.at, a.port) < std::tie(b.at, b.port);
  });
}

}  // namespace lisper::replay
