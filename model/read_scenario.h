#pragma once

#include <vector>

#include "core/base/json.h"
#include "model/problems.h"
#include "model/reader.h"
#include "model/scenario.h"

namespace lisper::model {

/// Reads whatever of a scenario can be read. What is wrong goes to `problems`; the result is whole
/// only if there are no errors.
[[nodiscard]] Scenario read_scenario(json::Value root, Problems& problems);

/// Every object type of the language, for the tests that hold schema and documentation against it.
[[nodiscard]] std::vector<const ObjectInfo*> known_objects();

// Its parts.
void read_nodes(json::Value value, Problems& problems, std::vector<NodeSpec>& out);
void read(json::Value value, Problems& problems, TrafficSpec& out);
void read(json::Value value, Problems& problems, ExpectSpec& out);
const Object<LinkSpec>& fields_of(const LinkSpec*);
const Object<LinkDefaultsSpec>& fields_of(const LinkDefaultsSpec*);
const Object<ControllerSpec>& fields_of(const ControllerSpec*);
const Object<EventSpec>& fields_of(const EventSpec*);
const Object<GenerateSpec>& fields_of(const GenerateSpec*);
const Object<ImportSpec>& fields_of(const ImportSpec*);
void read_dialect(json::Value value, Problems& problems, Dialect& out);
[[nodiscard]] std::vector<const ObjectInfo*> node_objects();
[[nodiscard]] std::vector<const ObjectInfo*> network_objects();
[[nodiscard]] std::vector<const ObjectInfo*> traffic_objects();
[[nodiscard]] std::vector<const ObjectInfo*> expect_objects();

}  // namespace lisper::model
