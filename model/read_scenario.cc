#include "model/read_scenario.h"

namespace lisper::model {

static const Object<Scenario>& fields_of(const Scenario*) {
  using F = FieldsOf<Scenario>;
  static const Object<Scenario> kObject{
      "scenario",
      {F::ignored("$schema"), F::field<&Scenario::name>("name"), F::field<&Scenario::description>("description"),
       F::integer<&Scenario::seed, 0, 0x7fff'ffff'ffff'ffff>("seed"), F::field<&Scenario::end>("end"),
       F::with<&Scenario::nodes, read_nodes>("nodes"), F::field<&Scenario::links>("links"),
       F::field<&Scenario::link_defaults>("link_defaults"), F::field<&Scenario::controller>("controller"),
       F::field<&Scenario::traffic>("traffic"), F::field<&Scenario::events>("events"),
       F::field<&Scenario::expect>("expect"), F::field<&Scenario::generate>("generate"),
       F::field<&Scenario::import>("import")}};
  return kObject;
}

Scenario read_scenario(json::Value root, Problems& problems) {
  Scenario scenario;
  read(root, problems, scenario);
  return scenario;
}

std::vector<const ObjectInfo*> known_objects() {
  std::vector<const ObjectInfo*> result = {&fields_of(static_cast<const Scenario*>(nullptr))};
  for (auto* part : {node_objects, network_objects, traffic_objects, expect_objects}) {
    const auto objects = part();
    result.insert(result.end(), objects.begin(), objects.end());
  }
  return result;
}

}  // namespace lisper::model
