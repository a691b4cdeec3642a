#include <array>

#include "model/read_scenario.h"

namespace lisper::model {

namespace {

constexpr std::uint64_t kMax63 = 0x7fff'ffff'ffff'ffff;
using T = TrafficSpec;
using F = FieldsOf<TrafficSpec>;

void read_pairs(json::Value value, Problems& problems, Pairs& out) {
  static constexpr std::array<std::string_view, 2> kChoices = {"random", "all"};
  if (const auto choice = read_choice(value, problems, kChoices)) out = *choice == 0 ? Pairs::kRandom : Pairs::kAll;
}

void read_pattern(json::Value value, Problems& problems, bool& poisson) {
  static constexpr std::array<std::string_view, 2> kChoices = {"constant", "poisson"};
  if (const auto choice = read_choice(value, problems, kChoices)) poisson = *choice == 1;
}

/// The fields of flows between hosts, and some more.
std::vector<Field<T>> host_flow(std::initializer_list<Field<T>> more) {
  std::vector<Field<T>> fields = {F::ignored("type", true),
                                  F::field<&T::name>("name"),
                                  F::field<&T::from>("from"),
                                  F::field<&T::to>("to"),
                                  F::field<&T::to_address>("to_address"),
                                  F::with<&T::pairs, read_pairs>("pairs"),
                                  F::integer<&T::number, 1, 100'000>("number"),
                                  F::field<&T::start>("start"),
                                  F::field<&T::stop>("stop")};
  fields.insert(fields.end(), more);
  return fields;
}

// RFC 791: a datagram has at most 65535 bytes, headers of 20 + 8 included.
constexpr std::uint64_t kMaxPayload = 65'507;

const Object<T>& fields_of(TrafficType type) {
  static const std::array<Object<T>, 4> kObjects = {
      Object<T>("ping", host_flow({F::integer<&T::count, 1, kMax63>("count"), F::field<&T::interval>("interval"),
                                   F::integer<&T::size, 0, kMaxPayload>("size")})),
      Object<T>("udp",
                host_flow({F::integer<&T::count, 1, kMax63>("count"), F::integer<&T::size, 16, kMaxPayload>("size"),
                           F::field<&T::rate>("rate", true), F::with<&T::poisson, read_pattern>("pattern"),
                           F::integer<&T::port, 1, 65535>("port")})),
      Object<T>("tcp", host_flow({F::integer<&T::bytes, 1, kMax63>("bytes", true),
                                  F::integer<&T::size, 1, 1'000'000>("size"), F::integer<&T::port, 1, 65535>("port")})),
      Object<T>("capture", {F::ignored("type", true), F::field<&T::name>("name"), F::required<&T::from>("from"),
                            F::field<&T::start>("start"), F::field<&T::stop>("stop"),
                            F::required<&T::capture>("capture"), F::field<&T::source_mac>("source_mac"),
                            F::field<&T::destination_mac>("destination_mac"), F::field<&T::ip_source>("ip_source"),
                            F::integer<&T::loops, 1, 1'000'000>("loops"), F::field<&T::rate>("rate")})};
  return kObjects[static_cast<std::size_t>(type)];
}

}  // namespace

void read(json::Value value, Problems& problems, TrafficSpec& out) {
  static constexpr std::array<std::string_view, 4> kTypes = {"ping", "udp", "tcp", "replay"};
  out.at = {value.offset()};
  if (!value.is(json::Type::kObject)) return expected(value, problems, "an object (traffic)");
  const auto type = value.find("type");
  if (!type) return problems.error(out.at, "traffic needs the field \"type\"", "one of ping, udp, tcp, replay");
  const auto choice = read_choice(*type, problems, kTypes);
  if (!choice) return;
  out.type = static_cast<TrafficType>(*choice);
  read_object(value, problems, fields_of(out.type), out);
}

const Object<EventSpec>& fields_of(const EventSpec*) {
  using E = FieldsOf<EventSpec>;
  static const Object<EventSpec> kObject{
      "event",
      {E::field<&EventSpec::time>("at", true), E::field<&EventSpec::link_down>("link_down"),
       E::field<&EventSpec::link_up>("link_up"), E::field<&EventSpec::move>("move"), E::field<&EventSpec::to>("to"),
       E::field<&EventSpec::join>("join"), E::field<&EventSpec::leave>("leave"), E::field<&EventSpec::group>("group")}};
  return kObject;
}

std::vector<const ObjectInfo*> traffic_objects() {
  return {&fields_of(TrafficType::kPing), &fields_of(TrafficType::kUdp), &fields_of(TrafficType::kTcp),
          &fields_of(TrafficType::kReplay), &fields_of(static_cast<const EventSpec*>(nullptr))};
}

}  // namespace lisper::model
