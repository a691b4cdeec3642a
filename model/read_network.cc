#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include "model/read_scenario.h"

namespace lisper::model {

constexpr std::uint64_t kMax16 = 0xffff;
constexpr std::uint64_t kMax32 = 0xffff'ffff;
constexpr std::uint64_t kMaxSites = 2'000;

template <typename T>
static std::vector<Field<T>> direction_fields() {
  using F = FieldsOf<T>;
  return {F::template with<&T::rate, read_bit_rate>("rate"), F::template field<&T::delay>("delay"),
          F::template integer<&T::queue, 1, 1'000'000>("queue"), F::template with<&T::loss, read_probability>("loss")};
}

static const Object<DirectionSpec>& fields_of(const DirectionSpec*) {
  static const Object<DirectionSpec> kObject("reverse", direction_fields<DirectionSpec>());
  return kObject;
}

template <typename T>
static std::vector<Field<T>> link_fields() {
  auto fields = direction_fields<T>();
  fields.push_back(FieldsOf<T>::template integer<&T::mtu, 68, kMax16>("mtu"));
  return fields;
}

const Object<LinkDefaultsSpec>& fields_of(const LinkDefaultsSpec*) {
  static const Object<LinkDefaultsSpec> kObject("link_defaults", link_fields<LinkDefaultsSpec>());
  return kObject;
}

const Object<LinkSpec>& fields_of(const LinkSpec*) {
  using F = FieldsOf<LinkSpec>;
  static const Object<LinkSpec> kObject("link", [] {
    auto fields = link_fields<LinkSpec>();
    fields.insert(fields.end(),
                  {F::required<&LinkSpec::endpoints>("endpoints"), F::field<&LinkSpec::reverse>("reverse"),
                   F::field<&LinkSpec::up>("up"), F::field<&LinkSpec::name>("name")});
    return fields;
  }());
  return kObject;
}

// ---- Controller

static void read_aes_key(json::Value value, Problems& problems, std::string& out) {
  constexpr std::size_t kDigits128 = 32;
  constexpr std::size_t kDigits256 = 64;
  std::string text;
  if (value.is(json::Type::kString)) text = value.as_string();
  const bool hex = std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
  if (!hex || (text.size() != kDigits128 && text.size() != kDigits256))
    return expected(value, problems, "a key of 32 or 64 hex digits");
  out = std::move(text);
}

static const Object<KeysSpec>& fields_of(const KeysSpec*) {
  using F = FieldsOf<KeysSpec>;
  static const Object<KeysSpec> kObject{
      "keys",
      {F::integer<&KeysSpec::key_id, 1, kMax32>("key_id"), F::with<&KeysSpec::encap_key, read_aes_key>("encap_key"),
       F::with<&KeysSpec::decap_key, read_aes_key>("decap_key")}};
  return kObject;
}

static const Object<RlocSpec>& fields_of(const RlocSpec*) {
  using F = FieldsOf<RlocSpec>;
  static const Object<RlocSpec> kObject{
      "rloc",
      {F::required<&RlocSpec::rloc>("rloc"), F::integer<&RlocSpec::priority, 0, 255>("priority"),
       F::integer<&RlocSpec::weight, 0, 255>("weight"), F::field<&RlocSpec::keys>("keys")}};
  return kObject;
}

static const Object<RleSpec>& fields_of(const RleSpec*) {
  using F = FieldsOf<RleSpec>;
  static const Object<RleSpec> kObject{"rle",
                                       {F::required<&RleSpec::rle>("rle"), F::integer<&RleSpec::level, 0, 255>("level"),
                                        F::field<&RleSpec::keys>("keys")}};
  return kObject;
}

template <typename T>
static std::vector<Field<T>> entry_fields() {
  using F = FieldsOf<T>;
  return {F::template field<&T::time>("at"),
          F::template field<&T::to>("to"),
          F::template integer<&T::iid, 0, kMax32>("iid"),
          F::template field<&T::eid>("eid"),
          F::template field<&T::source>("source"),
          F::template field<&T::rlocs>("rlocs"),
          F::template field<&T::rles>("rles")};
}

static const Object<EntrySpec>& fields_of(const EntrySpec*) {
  static const Object<EntrySpec> kObject("mapping", entry_fields<EntrySpec>());
  return kObject;
}

static void read_action_kind(json::Value value, Problems& problems, ControllerAction::Kind& out) {
  using Kind = ControllerAction::Kind;
  static constexpr std::array<std::string_view, 5> kChoices = {"delete", "raw", "flush", "stop", "start"};
  static constexpr std::array kKinds = {Kind::kDelete, Kind::kRaw, Kind::kFlush, Kind::kStop, Kind::kStart};
  if (const auto choice = read_choice(value, problems, kChoices)) out = kKinds[*choice];
}

static const Object<ActionSpec>& fields_of(const ActionSpec*) {
  using F = FieldsOf<ActionSpec>;
  static const Object<ActionSpec> kObject("action", [] {
    auto fields = entry_fields<ActionSpec>();
    Field<ActionSpec> kind = F::with<&ActionSpec::kind, read_action_kind>("do");
    kind.info.required = true;
    fields.push_back(kind);
    fields.push_back(F::field<&ActionSpec::message>("message"));
    return fields;
  }());
  return kObject;
}

const Object<ControllerSpec>& fields_of(const ControllerSpec*) {
  using F = FieldsOf<ControllerSpec>;
  using C = ControllerSpec;
  static const Object<ControllerSpec> kObject{
      "controller",
      {F::with<&C::dialect, read_dialect>("dialect"), F::field<&C::node>("node"),
       F::integer<&C::udp_port, 1, kMax16>("udp_port"), F::field<&C::delay>("delay"), F::field<&C::resend>("resend"),
       F::integer<&C::burst, 0, 1'000'000>("burst"), F::with<&C::lose, read_probability>("lose"),
       F::with<&C::garble, read_probability>("garble"), F::with<&C::truncate, read_probability>("truncate"),
       F::field<&C::duplicate>("duplicate"), F::field<&C::follow_hosts>("follow_hosts"),
       F::field<&C::dynamic_eid_timeout>("dynamic_eid_timeout"), F::field<&C::mappings>("mappings"),
       F::field<&C::actions>("actions")}};
  return kObject;
}

// ---- Generators

template <typename T>
static std::vector<Field<T>> site_fields() {
  using F = FieldsOf<T>;
  return {F::template integer<&T::sites, 1, kMaxSites>("sites"),
          F::template integer<&T::hosts_per_site, 0, 1000>("hosts_per_site"),
          F::template integer<&T::apps_per_site, 0, 1000>("apps_per_site"),
          F::template integer<&T::iids, 1, 250>("iids"), F::template field<&T::link>("link")};
}

static void read_shape(json::Value value, Problems& problems, Shape& out) {
  static constexpr std::array<std::string_view, 5> kChoices = {"mesh", "star", "ring", "line", "clos"};
  if (const auto choice = read_choice(value, problems, kChoices)) out = static_cast<Shape>(*choice);
}

const Object<GenerateSpec>& fields_of(const GenerateSpec*) {
  using F = FieldsOf<GenerateSpec>;
  static const Object<GenerateSpec> kObject("generate", [] {
    auto fields = site_fields<GenerateSpec>();
    fields.front().info.required = true;
    Field<GenerateSpec> shape = F::with<&GenerateSpec::shape, read_shape>("shape");
    shape.info.required = true;
    fields.insert(fields.end(), {shape, F::integer<&GenerateSpec::spines, 1, 1000>("spines"),
                                 F::integer<&GenerateSpec::leaves, 1, 1000>("leaves")});
    return fields;
  }());
  return kObject;
}

const Object<ImportSpec>& fields_of(const ImportSpec*) {
  static const Object<ImportSpec> kObject("import", [] {
    auto fields = site_fields<ImportSpec>();
    fields.push_back(FieldsOf<ImportSpec>::required<&ImportSpec::graphml>("graphml"));
    return fields;
  }());
  return kObject;
}

std::vector<const ObjectInfo*> network_objects() {
  return {&fields_of(static_cast<const LinkSpec*>(nullptr)),
          &fields_of(static_cast<const DirectionSpec*>(nullptr)),
          &fields_of(static_cast<const LinkDefaultsSpec*>(nullptr)),
          &fields_of(static_cast<const ControllerSpec*>(nullptr)),
          &fields_of(static_cast<const EntrySpec*>(nullptr)),
          &fields_of(static_cast<const KeysSpec*>(nullptr)),
          &fields_of(static_cast<const RlocSpec*>(nullptr)),
          &fields_of(static_cast<const RleSpec*>(nullptr)),
          &fields_of(static_cast<const ActionSpec*>(nullptr)),
          &fields_of(static_cast<const GenerateSpec*>(nullptr)),
          &fields_of(static_cast<const ImportSpec*>(nullptr))};
}

}  // namespace lisper::model
