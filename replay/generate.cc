#include "replay/generate.h"

#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "core/control/neighbour_message.h"
#include "core/wire/ethernet.h"
#include "hw/stepped_node.h"
#include "replay/fragment.h"
#include "replay/packets.h"

namespace lisper::replay {

namespace {

constexpr std::size_t kHostsEach = 3;   // at each place
constexpr std::size_t kLongest = 1600;  // [bytes] of an inner frame's payload: some need fragments, some do not fit

/// Where the frames of a network's hosts come in.
struct Place {
  Iid iid;
  std::optional<InterfaceId> interface;  ///< bare frames
  Envelope envelope;                     ///< else
  bool lisper = false;
  std::vector<MacAddress> hosts;
};

class Generator {
 public:
  Generator(const model::Plan& plan, std::size_t node, TimeNs start, Random random)
      : config_(std::get<model::CoreNode>(plan.nodes[node].role).config), now_(start), random_(random) {
    for (const LocalNetworkConfig& network : config_.local_networks) {
      Place place{.iid = network.iid, .interface = network.interface, .envelope = {}, .hosts = {}};
      if (network.tunnel) place.envelope = to_envelope(config_, *network.tunnel);
      add(std::move(place));
    }
    std::set<Iid> iids;
    for (const LocalNetworkConfig& network : config_.local_networks) iids.insert(network.iid);
    for (const LisperPeerConfig& peer : config_.lispers)
      for (const Iid iid : iids)
        add({.iid = iid, .interface = {}, .envelope = to_envelope(config_, peer, iid), .lisper = true, .hosts = {}});
    for (const model::ControllerAction& action : plan.controller.actions)
      if (action.kind == model::ControllerAction::Kind::kSet) mapped_.push_back(action.mapping.eid);
  }

  std::vector<PortFrame> operator()(std::size_t count) {
    while (!places_.empty() && frames_.size() < count) {
      pause();
      if (!config_.exits.empty() && one_in(25)) {
        ask_for_own_address();
      } else {
        send(pick(places_));
      }
    }
    return std::move(frames_);
  }

 private:
  template <typename T>
  [[nodiscard]] const T& pick(const std::vector<T>& from) {
    return from[random_.below(from.size())];
  }
  [[nodiscard]] bool one_in(std::uint64_t n) { return random_.below(n) == 0; }

  void add(Place place) {
    for (std::size_t i = 0; i < kHostsEach; ++i)
      place.hosts.push_back(MacAddress::from_u64(0x02'00'00'00'00'00 | places_.size() << 8 | i));
    places_.push_back(std::move(place));
  }

  /// Most frames follow each other closely, many at the same time.
  void pause() {
    if (one_in(500)) {
      now_ = now_ + seconds(static_cast<std::int64_t>(1 + random_.below(70)));
    } else if (!one_in(3)) {
      now_ = now_ + TimeNs{static_cast<std::int64_t>(random_.below(5'000'000))};
    }
  }

  [[nodiscard]] MacAddress destination() {
    switch (random_.below(8)) {
      case 0:
        return kBroadcastMac;
      case 1:
        return MacAddress::from_u64(0x33'33'00'00'00'00 | random_.below(256));
      case 2:
        return MacAddress::from_u64(0x02'aa'00'00'00'00 | random_.below(64));  // nobody's
      case 3:
        if (!mapped_.empty()) return pick(mapped_);
        break;
      default:
        break;
    }
    return pick(pick(places_).hosts);
  }

  void send(const Place& place) {
    // Now and then a host has moved here.
    const MacAddress source = one_in(20) ? pick(pick(places_).hosts) : pick(place.hosts);
    FrameBytes inner = make_frame(source, destination(), kLongest, random_);
    if (place.interface) {
      const InterfaceConfig& interface = config_.interfaces[place.interface->value];
      if (interface.vlan_id) insert_vlan(inner, *interface.vlan_id);
      return put(interface.port, std::move(inner));
    }
    FrameBytes packet = wrap(place.envelope, inner, ++counter_, random_);
    if (packet.size() <= max_frame_ && !one_in(30)) return put(place.envelope.port, std::move(packet));
    std::vector<FrameBytes> fragments = fragment(packet, 8 * (8 + random_.below(160)), random_);
    if (one_in(4)) std::swap(fragments.front(), fragments.back());
    if (one_in(20)) fragments.pop_back();
    for (FrameBytes& part : fragments) put(place.envelope.port, std::move(part));
  }

  void ask_for_own_address() {
    const ExitConfig& exit = pick(config_.exits);
    const InterfaceConfig& interface = config_.interfaces[exit.interface.value];
    const MacAddress mac = MacAddress::from_u64(0x02'bb'00'00'00'00 | random_.below(4));
    const IpAddress asker = exit.next_hop.value_or(exit.ip);
    put(interface.port, encode_solicitation({mac, asker, interface.vlan_id}, exit.ip, std::nullopt));
  }

  void put(PortId port, FrameBytes bytes) {
    if (bytes.size() <= max_frame_) frames_.push_back({port, now_, std::move(bytes)});
  }

  const LisperConfig& config_;
  std::size_t max_frame_ = hw::SteppedNode::max_frame(config_);
  TimeNs now_;
  Random random_;
  std::vector<Place> places_;
  std::vector<MacAddress> mapped_;  ///< by the controller
  std::uint32_t counter_ = 0;
  std::vector<PortFrame> frames_;
};

}  // namespace

std::vector<PortFrame> generate(const model::Plan& plan, std::size_t node, std::size_t count, TimeNs start,
                                Random random) {
  return Generator(plan, node, start, random)(count);
}

}  // namespace lisper::replay
