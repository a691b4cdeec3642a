#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "model/read_scenario.h"

namespace lisper::model {

constexpr std::uint64_t kMax16 = 0xffff;
constexpr std::uint64_t kMax32 = 0xffff'ffff;
constexpr std::uint64_t kMinMtu = 68;  // RFC 791 3.2: what every IPv4 link carries

void read_dialect(json::Value value, Problems& problems, Dialect& out) {
  static constexpr std::array<std::string_view, 2> kChoices = {"2016", "today"};
  if (const auto choice = read_choice(value, problems, kChoices)) out = *choice == 0 ? Dialect::k2016 : Dialect::kToday;
}

namespace {

void read_transport(json::Value value, Problems& problems, Transport& out) {
  static constexpr std::array<std::string_view, 2> kChoices = {"ip", "udp"};
  if (const auto choice = read_choice(value, problems, kChoices)) out = *choice == 0 ? Transport::kIp : Transport::kUdp;
}

void read_cookie_length(json::Value value, Problems& problems, std::uint8_t& out) {
  const auto length = value.is(json::Type::kNumber) ? value.as_int() : std::nullopt;
  if (length == 0 || length == 4 || length == 8) {
    out = static_cast<std::uint8_t>(*length);
  } else {
    expected(value, problems, "0, 4 or 8 (bytes)");
  }
}

void read_salt(json::Value value, Problems& problems, std::array<std::byte, 4>& out) {
  const std::string_view digits = value.is(json::Type::kString) ? value.as_string() : std::string_view();
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (digits.size() != 2 * out.size() || end != digits.data() + digits.size())
    return expected(value, problems, "8 hex digits");
  out = std::bit_cast<std::array<std::byte, 4>>(Be32(number));
}

void read_seconds(json::Value value, Problems& problems, double& out) {
  constexpr double kYear = 365 * 86400.0;
  if (!value.is(json::Type::kNumber) || value.as_double() <= 0 || value.as_double() > kYear)
    return expected(value, problems, "a number of seconds > 0");
  out = value.as_double();
}

void read_statistics_interval(json::Value value, Problems& problems, TimeNs& out) {
  // Shorter ones would keep the controller from its work; longer ones do not fit into 32-bit counters.
  constexpr TimeNs kMin = milliseconds(100), kMax = seconds(60);
  TimeNs interval = kMin;
  read(value, problems, interval);
  if (interval != TimeNs{} && (interval < kMin || interval > kMax))
    return expected(value, problems, "\"0\", or a duration from \"100ms\" to \"60s\"");
  out = interval;
}

void read_unknown_unicast(json::Value value, Problems& problems, UnknownUnicast& out) {
  static constexpr std::array<std::string_view, 3> kChoices = {"flood", "drop", "queue"};
  static constexpr std::array kValues = {UnknownUnicast::kFlood, UnknownUnicast::kDrop, UnknownUnicast::kQueue};
  if (const auto choice = read_choice(value, problems, kChoices)) out = kValues[*choice];
}

void read_broadcast(json::Value value, Problems& problems, Broadcast& out) {
  static constexpr std::array<std::string_view, 2> kChoices = {"flood", "drop"};
  if (const auto choice = read_choice(value, problems, kChoices))
    out = *choice == 0 ? Broadcast::kFlood : Broadcast::kDrop;
}

void read_multicast(json::Value value, Problems& problems, Multicast& out) {
  static constexpr std::array<std::string_view, 2> kChoices = {"flood", "snoop"};
  if (const auto choice = read_choice(value, problems, kChoices))
    out = *choice == 0 ? Multicast::kFlood : Multicast::kSnoop;
}

}  // namespace

static const Object<StormLimitsSpec>& fields_of(const StormLimitsSpec*) {
  using F = FieldsOf<StormLimitsSpec>;
  static const Object<StormLimitsSpec> kObject{
      "storm_limits",
      {F::integer<&StormLimitsSpec::broadcast, 1, kMax32>("broadcast"),
       F::integer<&StormLimitsSpec::multicast, 1, kMax32>("multicast"),
       F::integer<&StormLimitsSpec::unknown_unicast, 1, kMax32>("unknown_unicast")}};
  return kObject;
}

static const Object<InterfaceSpec>& fields_of(const InterfaceSpec*) {
  using F = FieldsOf<InterfaceSpec>;
  static const Object<InterfaceSpec> kObject{
      "interface",
      {F::required<&InterfaceSpec::name>("name"), F::required<&InterfaceSpec::mac>("mac"),
       F::field<&InterfaceSpec::pci>("pci"), F::integer<&InterfaceSpec::vlan_id, 1, 4094>("vlan_id"),
       F::integer<&InterfaceSpec::mtu, kMinMtu, kMax16>("mtu"),
       F::field<&InterfaceSpec::storm_limits>("storm_limits")}};
  return kObject;
}

static const Object<ExitSpec>& fields_of(const ExitSpec*) {
  using F = FieldsOf<ExitSpec>;
  static const Object<ExitSpec> kObject{
      "exit",
      {F::required<&ExitSpec::name>("name"), F::required<&ExitSpec::ip>("ip"),
       F::required<&ExitSpec::interface>("interface"), F::field<&ExitSpec::next_hop>("next_hop"),
       F::field<&ExitSpec::next_hop_mac>("next_hop_mac")}};
  return kObject;
}

static const Object<LisperPeerSpec>& fields_of(const LisperPeerSpec*) {
  using F = FieldsOf<LisperPeerSpec>;
  static const Object<LisperPeerSpec> kObject{
      "lisper_peer",
      {F::required<&LisperPeerSpec::ip>("ip"), F::required<&LisperPeerSpec::exit>("exit"),
       F::with<&LisperPeerSpec::cookie, read_cookie>("cookie")}};
  return kObject;
}

/// `T` is TunnelSpec or what derives from it.
template <typename T>
static std::vector<Field<T>> tunnel_fields() {
  using F = FieldsOf<T>;
  return {F::template field<&T::ip>("ip"),
          F::template integer<&T::session_id, 1, kMax32>("session_id"),
          F::template with<&T::cookie, read_cookie>("cookie"),
          F::template with<&T::cookie_length, read_cookie_length>("cookie_length"),
          F::template integer<&T::remote_session_id, 1, kMax32>("remote_session_id"),
          F::template with<&T::remote_cookie, read_cookie>("remote_cookie"),
          F::template with<&T::transport, read_transport>("transport"),
          F::template field<&T::counter>("counter"),
          F::template integer<&T::local_port, 1, kMax16>("local_port"),
          F::template integer<&T::remote_port, 1, kMax16>("remote_port"),
          F::template integer<&T::source_port, 1, kMax16>("source_port")};
}

static const Object<TunnelSpec>& fields_of(const TunnelSpec*) {
  static const Object<TunnelSpec> kObject("tunnel", tunnel_fields<TunnelSpec>());
  return kObject;
}

static const Object<LocalNetworkSpec>& fields_of(const LocalNetworkSpec*) {
  using F = FieldsOf<LocalNetworkSpec>;
  static const Object<LocalNetworkSpec> kObject("local_network", [] {
    auto fields = tunnel_fields<LocalNetworkSpec>();
    fields.insert(
        fields.begin(),
        {F::integer<&LocalNetworkSpec::iid, 1, kMax32>("iid", true), F::field<&LocalNetworkSpec::type>("type"),
         F::field<&LocalNetworkSpec::interface>("interface"), F::field<&LocalNetworkSpec::exit>("exit"),
         F::integer<&LocalNetworkSpec::max_macs, 1, 1u << 24>("max_macs")});
    return fields;
  }());
  return kObject;
}

static const Object<PolicySpec>& fields_of(const PolicySpec*) {
  using F = FieldsOf<PolicySpec>;
  static const Object<PolicySpec> kObject{
      "policy",
      {F::integer<&PolicySpec::iid, 1, kMax32>("iid", true),
       F::with<&PolicySpec::unknown_unicast, read_unknown_unicast>("unknown_unicast"),
       F::with<&PolicySpec::broadcast, read_broadcast>("broadcast"),
       F::with<&PolicySpec::multicast, read_multicast>("multicast"),
       F::field<&PolicySpec::suppress_arp>("suppress_arp")}};
  return kObject;
}

static const Object<AddressedPortSpec>& fields_of(const AddressedPortSpec*) {
  using F = FieldsOf<AddressedPortSpec>;
  static const Object<AddressedPortSpec> kObject{
      "port",
      {F::required<&AddressedPortSpec::name>("name"), F::field<&AddressedPortSpec::mac>("mac"),
       F::field<&AddressedPortSpec::ip>("ip"), F::integer<&AddressedPortSpec::mtu, kMinMtu, kMax16>("mtu"),
       F::field<&AddressedPortSpec::gateway>("gateway")}};
  return kObject;
}

static const Object<LisperSpec>& fields_of(const LisperSpec*) {
  using F = FieldsOf<LisperSpec>;
  static const Object<LisperSpec> kObject{
      "lisper",
      {F::ignored("type", true), F::field<&LisperSpec::interfaces>("interfaces"), F::field<&LisperSpec::exits>("exits"),
       F::field<&LisperSpec::lispers>("lispers"), F::field<&LisperSpec::local_networks>("local_networks"),
       F::field<&LisperSpec::policies>("policies"), F::field<&LisperSpec::control_sock>("control_sock"),
       F::field<&LisperSpec::punt_sock>("punt_sock"), F::with<&LisperSpec::arp_timeout, read_seconds>("arp_timeout"),
       F::with<&LisperSpec::esp_salt, read_salt>("esp_salt"), F::with<&LisperSpec::dialect, read_dialect>("dialect"),
       F::field<&LisperSpec::dynamic_eid_timeout>("dynamic_eid_timeout"),
       F::with<&LisperSpec::statistics_interval, read_statistics_interval>("statistics_interval"),
       F::integer<&LisperSpec::max_macs, 1, 1u << 24>("max_macs"), F::field<&LisperSpec::management>("management")}};
  return kObject;
}

static const Object<HostSpec>& fields_of(const HostSpec*) {
  using F = FieldsOf<HostSpec>;
  static const Object<HostSpec> kObject{"host",
                                        {F::ignored("type", true), F::required<&HostSpec::interfaces>("interfaces")}};
  return kObject;
}

static const Object<RouterSpec>& fields_of(const RouterSpec*) {
  using F = FieldsOf<RouterSpec>;
  static const Object<RouterSpec> kObject{
      "router", {F::ignored("type", true), F::required<&RouterSpec::interfaces>("interfaces")}};
  return kObject;
}

static const Object<UnderlaySpec>& fields_of(const UnderlaySpec*) {
  using F = FieldsOf<UnderlaySpec>;
  static const Object<UnderlaySpec> kObject{
      "underlay",
      {F::field<&UnderlaySpec::name>("name"), F::field<&UnderlaySpec::mac>("mac"), F::required<&UnderlaySpec::ip>("ip"),
       F::field<&UnderlaySpec::gateway>("gateway"), F::integer<&UnderlaySpec::mtu, kMinMtu, kMax16>("mtu")}};
  return kObject;
}

static const Object<VmSpec>& fields_of(const VmSpec*) {
  using F = FieldsOf<VmSpec>;
  static const Object<VmSpec> kObject{
      "vm",
      {F::field<&VmSpec::mac>("mac"), F::field<&VmSpec::ip>("ip"), F::integer<&VmSpec::mtu, kMinMtu, kMax16>("mtu"),
       F::field<&VmSpec::gateway>("gateway")}};
  return kObject;
}

static const Object<AppSpec>& fields_of(const AppSpec*) {
  using F = FieldsOf<AppSpec>;
  static const Object<AppSpec> kObject{"app",
                                       {F::ignored("type", true), F::required<&AppSpec::underlay>("underlay"),
                                        F::required<&AppSpec::tunnel>("tunnel"), F::field<&AppSpec::vm>("vm")}};
  return kObject;
}

static const Object<SegmentSpec>& fields_of(const SegmentSpec*) {
  static const Object<SegmentSpec> kObject{"segment", {FieldsOf<SegmentSpec>::ignored("type", true)}};
  return kObject;
}

static const Object<ReplaySpec>& fields_of(const ReplaySpec*) {
  static const Object<ReplaySpec> kObject{"replay", {FieldsOf<ReplaySpec>::ignored("type", true)}};
  return kObject;
}

static void read(json::Value value, Problems& problems, decltype(NodeSpec::role)& role) {
  static constexpr std::array<std::string_view, 6> kTypes = {"lisper", "host", "app", "router", "segment", "replay"};
  if (!value.is(json::Type::kObject)) return expected(value, problems, "an object (a node)");
  const auto type = value.find("type");
  if (!type)
    return problems.error({value.offset()}, "a node needs the field \"type\"",
                          "one of lisper, host, app, router, segment, replay");
  const auto choice = read_choice(*type, problems, kTypes);
  if (!choice) return;
  switch (*choice) {
    case 0:
      return read(value, problems, role.emplace<LisperSpec>());
    case 1:
      return read(value, problems, role.emplace<HostSpec>());
    case 2:
      return read(value, problems, role.emplace<AppSpec>());
    case 3:
      return read(value, problems, role.emplace<RouterSpec>());
    case 4:
      return read(value, problems, role.emplace<SegmentSpec>());
    default:
      return read(value, problems, role.emplace<ReplaySpec>());
  }
}

void read_nodes(json::Value value, Problems& problems, std::vector<NodeSpec>& out) {
  if (!value.is(json::Type::kObject)) return expected(value, problems, "an object with a member for each node");
  for (const json::Value::Member& member : value.members()) {
    NodeSpec& node = out.emplace_back();
    node.name = {std::string(member.key), {member.key_offset}};
    read(member.value, problems, node.role);
  }
}

std::vector<const ObjectInfo*> node_objects() {
  return {&fields_of(static_cast<const LisperSpec*>(nullptr)),
          &fields_of(static_cast<const InterfaceSpec*>(nullptr)),
          &fields_of(static_cast<const StormLimitsSpec*>(nullptr)),
          &fields_of(static_cast<const ExitSpec*>(nullptr)),
          &fields_of(static_cast<const LisperPeerSpec*>(nullptr)),
          &fields_of(static_cast<const LocalNetworkSpec*>(nullptr)),
          &fields_of(static_cast<const PolicySpec*>(nullptr)),
          &fields_of(static_cast<const HostSpec*>(nullptr)),
          &fields_of(static_cast<const AddressedPortSpec*>(nullptr)),
          &fields_of(static_cast<const RouterSpec*>(nullptr)),
          &fields_of(static_cast<const AppSpec*>(nullptr)),
          &fields_of(static_cast<const UnderlaySpec*>(nullptr)),
          &fields_of(static_cast<const TunnelSpec*>(nullptr)),
          &fields_of(static_cast<const VmSpec*>(nullptr)),
          &fields_of(static_cast<const SegmentSpec*>(nullptr)),
          &fields_of(static_cast<const ReplaySpec*>(nullptr))};
}

}  // namespace lisper::model
