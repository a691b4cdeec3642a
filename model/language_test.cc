#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "model/load.h"
#include "model/read_scenario.h"

// The loader, docs/scenario.schema.json, docs/scenario.md and the shipped scenarios are one language.

namespace lisper::model {
namespace {

using Fields = std::map<std::string, std::set<std::string>>;  // by object

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Fields loader_fields(bool only_required) {
  Fields fields;
  for (const ObjectInfo* object : known_objects()) {
    auto& names = fields[std::string(object->name)];
    for (const FieldInfo& field : object->fields)
      if (field.required || !only_required) names.insert(std::string(field.name));
  }
  return fields;
}

TEST(Language, SchemaHasTheLoadersFields) {
  const std::string text = content("docs/scenario.schema.json");
  const auto document = json::Document::parse(text);
  ASSERT_TRUE(document);
  Fields fields;
  for (const auto& object : document->root().find("$defs")->members()) {
    const auto properties = object.value.find("properties");
    if (!object.value.find("additionalProperties")) continue;  // a choice among objects
    EXPECT_FALSE(object.value.find("additionalProperties")->as_bool()) << object.key;
    auto& names = fields[std::string(object.key)];
    for (const auto& property : properties->members()) {
      names.insert(std::string(property.key));
      EXPECT_TRUE(property.value.find("description") || property.value.find("const"))
          << object.key << "." << property.key;
    }
  }
  EXPECT_EQ(fields, loader_fields(false));
}

TEST(Language, SchemaDemandsWhatTheLoaderDemands) {
  const std::string text = content("docs/scenario.schema.json");
  const auto document = json::Document::parse(text);
  ASSERT_TRUE(document);
  for (const auto& [object, names] : loader_fields(true)) {
    std::set<std::string> required;
    const auto definition = document->root().find("$defs")->find(object);
    ASSERT_TRUE(definition) << object;
    if (const auto list = definition->find("required"))
      for (const auto& name : list->elements()) required.insert(std::string(name.as_string()));
    EXPECT_TRUE(std::ranges::includes(required, names)) << object;
  }
}

TEST(Language, ReferenceHasTheLoadersFields) {
  std::istringstream text(content("docs/scenario.md"));
  Fields fields;
  Fields required;
  std::string object;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) object.clear();
    if (line.starts_with("### ")) object = line.substr(4);
    if (object.empty() || !line.starts_with("| ")) continue;
    const std::size_t begin = line.find('`') + 1;
    if (begin == 0 || line.find('|', 2) < begin) continue;
    const std::string name = line.substr(begin, line.find('`', begin) - begin);
    EXPECT_TRUE(fields[object].insert(name).second) << object << "." << name;
    if (line.starts_with("| **")) required[object].insert(name);
  }
  EXPECT_EQ(fields, loader_fields(false));
  for (const auto& [name, names] : loader_fields(true)) EXPECT_EQ(required[name], names) << name;
}

TEST(Language, ShippedScenariosLoadWithoutErrors) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("scenarios")) {
    if (entry.path().extension() != ".json") continue;
    ++count;
    const auto loaded = load_scenario(entry.path());
    ASSERT_TRUE(loaded) << loaded.error().render();
    EXPECT_EQ(loaded->plan.name, entry.path().stem().string());
    EXPECT_FALSE(loaded->plan.description.empty()) << entry.path();
    EXPECT_FALSE(loaded->plan.expectations.empty()) << entry.path();
  }
  EXPECT_GE(count, 7u);
}

TEST(Language, LoadingTwiceGivesTheSamePlan) {
  const auto first = load_scenario("scenarios/clos.json");
  const auto second = load_scenario("scenarios/clos.json");
  ASSERT_TRUE(first && second);
  ASSERT_EQ(first->plan.nodes.size(), second->plan.nodes.size());
  for (std::size_t i = 0; i < first->plan.nodes.size(); ++i) {
    EXPECT_EQ(first->plan.nodes[i].name, second->plan.nodes[i].name);
    EXPECT_EQ(first->plan.nodes[i].position, second->plan.nodes[i].position);
    for (std::size_t p = 0; p < first->plan.nodes[i].ports.size(); ++p)
      EXPECT_EQ(first->plan.nodes[i].ports[p].mac, second->plan.nodes[i].ports[p].mac);
  }
}

}  // namespace
}  // namespace lisper::model
