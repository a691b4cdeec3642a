#include "core/forward/explain.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "core/forward/decapsulate.h"
#include "core/forward/deliver.h"
#include "core/forward/group.h"
#include "core/forward/inspect.h"
#include "core/forward/open.h"
#include "core/forward/process.h"
#include "core/forward/replicate.h"
#include "core/forward/scratch_tables.h"
#include "core/tables/mac_prefix.h"
#include "core/wire/esp.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/neighbour_message.h"

namespace lisper {
namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }
std::string bytes_text(std::uint64_t n) { return number(n) + " bytes"; }

std::string ether_type_name(std::uint16_t type) {
  if (type == wire::kEtherTypeIpv4) return "IPv4";
  if (type == wire::kEtherTypeIpv6) return "IPv6";
  if (type == wire::kEtherTypeArp) return "ARP";
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "EtherType 0x";
  for (int shift = 12; shift >= 0; shift -= 4) text += kHex[type >> shift & 0xf];
  return text;
}

class Explainer {
 public:
  Explainer(Bytes frame, PortId port, const Tables& tables, const LisperConfig& config, TimeNs now,
            const CryptoEngine* engine)
      : frame_(frame),
        port_(port),
        tables_(tables),
        config_(config),
        now_(now),
        engine_(engine),
        shard_(std::make_unique<Shard>(tables.port_count(), tables.network_count(), engine)) {}

  [[nodiscard]] std::vector<Step> run() && {
    say("port", port_name(port_) + ", " + bytes_text(frame_.size()));
    Memory memory(frame_);
    Packet packet = memory.packet(port_);
    if (const bool alive = strip(packet); alive) {
      const auto& ethernet = at<wire::Ethernet>(packet.data);
      destination_ = ethernet.destination;
      source_ = ethernet.source;
      network_ = packet.verdict.network;
      ingress_ = packet.verdict.ingress;
      say("decapsulated", bytes_text(packet.len) + ", " + to_string(source_) + " > " + to_string(destination_) + ", " +
                              ether_type_name(find_network_layer(packet.data, packet.len).ether_type));
      if (!source_.is_group() && !source_.is_zero()) {
        say_source();
        read_addresses(packet);
        say_look_up(packet);
      }
    }
    conclude();
    return std::move(steps_);
  }

 private:
  /// A copy of a frame with headroom.
  class Memory {
   public:
    explicit Memory(Bytes frame)
        : size_(static_cast<std::uint32_t>(frame.size())), bytes_(kHeadroom + frame.size() + kTailroom) {
      std::ranges::copy(frame, bytes_.begin() + kHeadroom);
    }
    [[nodiscard]] Packet packet(PortId port) { return {bytes_.data() + kHeadroom, size_, port, {}}; }

   private:
    std::uint32_t size_;
    std::vector<std::byte> bytes_;
  };

  void say(std::string stage, std::string text, std::string_view clause = {}) {
    steps_.push_back({std::move(stage), std::move(text), std::string(clause)});
  }

  [[nodiscard]] std::string port_name(PortId id) const { return config_.ports[id.value].name; }
  [[nodiscard]] std::string iid_text(NetworkId id) const { return "IID " + number(tables_.network(id).iid.value); }
  [[nodiscard]] std::string place(LocationId id) const {
    const Location& location = tables_.location(id);
    if (location.kind == LocationKind::kEthernet) return "interface " + config_.interfaces[location.index].name;
    if (location.kind == LocationKind::kLisper) return "lisper " + to_string(location.peer);
    const auto& tunnel = config_.local_networks[location.index].tunnel;
    return "tunnel " + to_string(location.peer) + " session " + number(tunnel ? tunnel->session_id.value : 0);
  }

  /// Up to the bare frame. False: there is none.
  bool strip(Packet& packet) {
    const Tables scratch = scratch_tables(tables_, config_, kNoNetwork, {}, {}, {});
    Parsed parsed;
    parse(packet, scratch, *shard_, now_, parsed);
    if (parsed.kind == Parsed::Kind::kFrame) {
      say("port", place(packet.verdict.ingress) + " of " + iid_text(packet.verdict.network));
      return true;
    }
    if (!parsed.source.is_unspecified())
      say("outer", to_string(parsed.source) + " > " + to_string(parsed.destination) +
                       (parsed.kind == Parsed::Kind::kEsp      ? ", ESP"
                        : parsed.kind != Parsed::Kind::kTunnel ? ""
                        : parsed.carrier == Carrier::kUdp      ? ", L2TPv3 over UDP"
                                                               : ", L2TPv3 over IP"));
    if (parsed.kind == Parsed::Kind::kEsp) decrypt(packet, scratch, parsed);
    if (parsed.kind == Parsed::Kind::kDone) return false;
    const std::string name = "session " + number(parsed.session_id) + " of " + to_string(parsed.source);
    const Session* session = tables_.sessions().find(parsed.session_hash, parsed.source, parsed.session_id);
    if (session == nullptr) {
      say("session", "no " + name + " is configured", "RFC 3931 4.1");
      return false;
    }
    say("session",
        name + " is " + iid_text(session->network) + (session->from_lisper ? ", from a LISPER" : ", a tunnel"));
    const bool alive = decapsulate(packet, scratch, *shard_, parsed);
    if (packet.verdict.reason == Reason::kBadCookie) say("cookie", "cookie differs", text(Reason::kBadCookie).clause);
    if (alive)
      say("cookie", session->cookie_length == 0 ? "no cookie"
                    : session->cookie_mask == 0 ? "any cookie is accepted"
                                                : "cookie matches");
    return alive;
  }

  void decrypt(Packet& packet, const Tables& scratch, Parsed& parsed) {
    std::string name = "ESP of " + to_string(parsed.source);
    if (packet.len >= parsed.session_offset + sizeof(wire::Esp)) {
      const auto& header = at<wire::Esp>(packet.data, parsed.session_offset);
      name += ", SPI " + number(header.spi.value()) + ", number " + number(header.sequence.value());
    }
    const EspPacket esp{&packet, &parsed};
    open({&esp, 1}, scratch, *shard_);
    if (parsed.kind != Parsed::Kind::kDone) return say("esp", name + ", decrypted");
    say("esp", name + ": " + std::string(text(packet.verdict.reason).help), text(packet.verdict.reason).clause);
  }

  void say_source() {
    const std::string mac = to_string(source_);
    if (tables_.location(ingress_).kind == LocationKind::kLisper)
      return say("source", mac + " is behind " + place(ingress_) + ", and not learned");
    const Fib::Entry* entry = tables_.fib().find(FibKey(network_, source_));
    const FibValue value = entry == nullptr ? FibValue{} : entry->load();
    if (value == FibValue{FibKind::kLocal, ingress_.value})
      return say("source", mac + " is known at " + place(ingress_));
    if (value.kind == FibKind::kNone) return say("source", mac + " is new at " + place(ingress_));
    say("source", mac + " has moved to " + place(ingress_) + " from " + target(value));
  }

  [[nodiscard]] std::string target(FibValue value) const {
    switch (value.kind) {
      case FibKind::kNone:
        return "the flood list";
      case FibKind::kLocal:
      case FibKind::kMapped:
        return place(LocationId(value.target));
      case FibKind::kSet:
        return number(tables_.locator_set(LocatorSetId(value.target)).locators.size()) + " locators";
      case FibKind::kReplicate:
        return number(tables_.replication(ReplicationListId(value.target)).size()) + " places, each of them";
      case FibKind::kNoLocator:
        break;
    }
    return "no locator";
  }

  /// Of a frame to a group, before the FIB is asked.
  GroupPath say_group(Packet packet) {
    const Tables scratch = scratch_tables(tables_, config_, network_, source_, destination_, addresses_);
    const GroupPath path = group_path(packet, scratch, *shard_, now_);
    if (packet.verdict.snooped)
      say("look up", "IGMP, MLD or PIM: snooped, and on to " + place_list(packet.verdict.list), "RFC 4541 2.1.1");
    if (path == GroupPath::kFlood)
      say("look up", "a group of the link: to the flood list of " + iid_text(network_), "RFC 4541 2.1.2");
    return path;
  }

  [[nodiscard]] std::string place_list(ReplicationListId list) const {
    if (list == Tables::flood_list(network_)) return "the flood list of " + iid_text(network_);
    if (list == tables_.network(network_).queries) return "all places of " + iid_text(network_);
    return number(tables_.replication(list).size()) + " places of routers and LISPERs";
  }

  /// Whose bindings count, if ARP is suppressed.
  void read_addresses(const Packet& packet) {
    if (!tables_.network(network_).policy.suppress_arp) return;
    const Bytes frame(packet.data, packet.len);
    auto message = decode_neighbour_message(frame);
    if (!message) message = decode_router_advertisement(frame);
    if (message) addresses_ = {message->sender, message->target};
  }

  void say_look_up(const Packet& packet) {
    const std::string mac = to_string(destination_);
    const GroupPath path = destination_.is_group() ? say_group(packet) : GroupPath::kLookUp;
    if (path == GroupPath::kDone || path == GroupPath::kFlood) return;
    if (const SourceEntry* entry = tables_.sources().find({FibKey(network_, source_), FibKey(network_, destination_)}))
      return say("look up", mac + ", from this source, is at " + target({FibKind::kReplicate, entry->list.value}));
    FibValue value;
    if (const Fib::Entry* entry = tables_.fib().find(FibKey(network_, destination_))) {
      value = entry->load();
      if (value.kind == FibKind::kLocal && !tables_.location(LocationId(value.target)).up) {
        say("look up", mac + " was at " + target(value) + ", which is down");
        value = {};
      } else {
        say("look up", mac + " is at " + target(value));
      }
    }
    if (value.kind == FibKind::kNone) {
      if (const MacPrefix* prefix = find_prefix(tables_.network(network_).prefixes, destination_)) {
        value = prefix->value;
        say("look up",
            mac + " is in " + to_string(prefix->mac) + "/" + number(prefix->length) + ", at " + target(value));
      } else if (path == GroupPath::kRegistered) {
        say("look up", "nobody has reported " + mac + ": to multicast routers", "RFC 4541 2.1.2");
      } else if (destination_.is_group()) {
        say("look up", mac + " goes to the flood list of " + iid_text(network_));
      } else {
        const bool floods = tables_.location(ingress_).kind == LocationKind::kLisper ||
                            tables_.network(network_).policy.unknown_unicast == UnknownUnicast::kFlood;
        say("look up",
            mac + " has no entry: " + (floods ? "to the flood list of " : "by the policy of ") + iid_text(network_),
            "RFC 9301 5.3");
      }
    }
    LocationId to(value.target);
    if (value.kind == FibKind::kSet) {
      to = tables_.locator_set(LocatorSetId(value.target)).pick(inspect(packet.data, packet.len).hash);
      if (to == kNoLocation) return;
      say("look up", "of the locators this flow has " + place(to), "RFC 9301 5.4");
    } else if (value.kind != FibKind::kMapped) {
      return;
    }
    if (from_lisper_to(to) && !destination_.is_group() && !tables_.relays(Tables::flood_list(network_)).empty())
      say("look up", "the sender's LISPER may not know: relayed to the flood list of " + iid_text(network_),
          "RFC 8060 4.6");
  }

  [[nodiscard]] bool from_lisper_to(LocationId to) const {
    return tables_.location(ingress_).kind == LocationKind::kLisper &&
           tables_.location(to).kind == LocationKind::kLisper;
  }

  /// Has it processed, of tables that may be changed.
  void conclude() {
    const Tables scratch = scratch_tables(tables_, config_, network_, source_, destination_, addresses_);
    *shard_ = Shard(tables_.port_count(), tables_.network_count(), engine_);
    Memory memory(frame_);
    Packet packet = memory.packet(port_);
    process({&packet, 1}, scratch, *shard_, now_);
    if (packet.verdict.action == Action::kReplicate) return say_copies(packet, scratch);
    if (was(Reason::kAnsweredHere)) say_answer();
    say_encapsulated(packet);
    say("verdict", verdict_text(packet), text(packet.verdict.reason).clause);
  }

  [[nodiscard]] bool was(Reason reason) const {
    return shard_->port(port_).reasons[static_cast<std::size_t>(reason)] != 0;
  }

  void say_answer() {
    const ReasonText why = text(Reason::kAnsweredHere);
    say("answer", to_string(addresses_.back()) + " is known: " + std::string(why.help), why.clause);
  }

  void say_encapsulated(const Packet& packet) {
    const Action action = packet.verdict.action;
    if (action != Action::kForward && action != Action::kHold) return;
    if (was(Reason::kMtuExceeded))
      say("encapsulate", "larger than the MTU there: an ICMP error goes back instead", "RFC 9300 7");
    const auto outer =
        outer_header(packet, action == Action::kForward ? packet.verdict.port : tables_.exit(packet.verdict.exit).port);
    if (outer) say("encapsulate", *outer);
  }

  /// Outer addresses of a frame that leaves by `port`; nullopt if it leaves as it is.
  [[nodiscard]] std::optional<std::string> outer_header(const Packet& packet, PortId port) const {
    const PortTable& roles = tables_.port(port);
    InterfaceRole role = roles.untagged;
    std::size_t offset = sizeof(wire::Ethernet);
    std::uint16_t type = at<wire::Ethernet>(packet.data).ether_type.value();
    if (type == wire::kEtherTypeVlan && !roles.by_vlan.empty() && packet.len >= offset + sizeof(wire::VlanTag)) {
      const std::uint16_t vlan = at<Be16>(packet.data, offset).value() & wire::kVlanIdMask;
      if (roles.by_vlan[vlan].kind != InterfaceRole::Kind::kUnused) role = roles.by_vlan[vlan];
      type = at<Be16>(packet.data, offset + 2).value();
      offset += sizeof(wire::VlanTag);
    }
    if (role.kind != InterfaceRole::Kind::kExit) return std::nullopt;
    const auto addresses = [&](const auto& ip, std::uint8_t protocol) {
      std::string text = to_string(ip.source) + " > " + to_string(ip.destination);
      const std::size_t payload = offset + sizeof ip;
      if (protocol == wire::kProtocolEsp && packet.len >= payload + sizeof(wire::Esp))
        text += ", ESP with SPI " + number(at<wire::Esp>(packet.data, payload).spi.value());
      return text;
    };
    if (type == wire::kEtherTypeIpv6 && packet.len >= offset + sizeof(wire::Ipv6))
      return addresses(at<wire::Ipv6>(packet.data, offset), at<wire::Ipv6>(packet.data, offset).next_header);
    if (type == wire::kEtherTypeIpv4 && packet.len >= offset + sizeof(wire::Ipv4))
      return addresses(at<wire::Ipv4>(packet.data, offset), at<wire::Ipv4>(packet.data, offset).protocol);
    return std::nullopt;
  }

  void say_copies(const Packet& packet, const Tables& scratch) {
    const auto members = scratch.replication(packet.verdict.list);
    std::size_t copies = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!copy_wanted(packet.verdict, scratch, i)) {
        Reason reason = Reason::kNone;
        static_cast<void>(may_send(scratch, ingress_, members[i], reason));
        say("copy", "none to " + place(members[i]) + ": " + std::string(text(reason).help), text(reason).clause);
        continue;
      }
      Memory memory(Bytes(packet.data, packet.len));
      Packet copy = memory.packet(port_);
      copy.verdict = packet.verdict;
      encapsulate_copy(copy, scratch, *shard_, i, now_);
      const bool relay = from_lisper_to(members[i]);
      say("copy", (relay ? "relayed to " : "to ") + place(members[i]) + ": " + verdict_text(copy),
          text(copy.verdict.reason).clause);
      ++copies;
    }
    say("verdict", "replicate, " + number(copies) + " copies");
  }

  [[nodiscard]] std::string verdict_text(const Packet& packet) const {
    const Verdict& verdict = packet.verdict;
    switch (verdict.action) {
      case Action::kForward:
        return "forward to " + port_name(verdict.port) + ", " + bytes_text(packet.len);
      case Action::kHold:
        return "hold for exit " + config_.exits[verdict.exit.value].name + ", " + bytes_text(packet.len);
      case Action::kControl:
        return "control";
      case Action::kQueue:
        return "queue until the controller answers";
      case Action::kReplicate:
      case Action::kDrop:
        break;
    }
    return "drop: " + std::string(text(verdict.reason).name) + ": " + std::string(text(verdict.reason).help);
  }

  Bytes frame_;
  PortId port_;
  const Tables& tables_;
  const LisperConfig& config_;
  TimeNs now_;
  const CryptoEngine* engine_;
  std::unique_ptr<Shard> shard_;
  std::vector<Step> steps_;
  NetworkId network_ = kNoNetwork;
  LocationId ingress_ = kNoLocation;
  MacAddress source_;
  MacAddress destination_;
  std::vector<IpAddress> addresses_;  ///< of an ARP or ND message: sender and target
};

}  // namespace

std::vector<Step> explain(Bytes frame, PortId port, const Tables& tables, const LisperConfig& config, TimeNs now,
                          const CryptoEngine* engine) {
  return Explainer(frame, port, tables, config, now, engine).run();
}

}  // namespace lisper
