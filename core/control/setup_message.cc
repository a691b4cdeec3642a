#include "core/control/setup_message.h"

#include <string_view>

#include "core/control/json_fields.h"

namespace lisper {
namespace {

using json::Type;
using json::Value;

constexpr std::uint32_t kMaxPort = 0xffff;

Result<SetupMessage> read_xtr_parameters(const Value& root) {
  ControllerView::XtrParameters parameters;
  for (const auto& [key, field] :
       {std::pair{"control-plane-logging", &parameters.control_plane_logging},
        std::pair{"data-plane-logging", &parameters.data_plane_logging}, std::pair{"rtr", &parameters.rtr}}) {
    const auto value = root.find(key);
    if (!value || !value->is(Type::kBool)) return fail(std::string(key) + " is absent or not a boolean");
    *field = value->as_bool();
  }
  return parameters;
}

/// The objects of the array member `key`.
Result<std::vector<Value>> read_objects(const Value& root, std::string_view key) {
  const auto list = root.find(key);
  if (!list || !list->is(Type::kArray)) return fail(std::string(key) + " is absent or not an array");
  auto elements = list->elements();
  for (const Value& element : elements)
    if (!element.is(Type::kObject)) return fail("an element of " + std::string(key) + " is not an object");
  return elements;
}

Result<SetupMessage> read_database_mappings(const Value& root) {
  const auto elements = read_objects(root, "database-mappings");
  if (!elements) return tl::unexpected(elements.error());
  DatabaseMappingsMessage message;
  for (const Value& element : *elements) {
    const auto iid = read_iid(element);
    if (!iid) return tl::unexpected(iid.error());
    const auto text = read_string(element, "eid-prefix");
    if (!text) return fail("eid-prefix is absent or not a string");
    if (const auto prefix = read_eid_prefix(*text); !prefix) return tl::unexpected(prefix.error());
    message.mappings.push_back({*iid, std::string(*text)});
  }
  return message;
}

Result<SetupMessage> read_interfaces(const Value& root) {
  const auto elements = read_objects(root, "interfaces");
  if (!elements) return tl::unexpected(elements.error());
  InterfacesMessage message;
  for (const Value& element : *elements) {
    const auto iid = read_iid(element);
    if (!iid) return tl::unexpected(iid.error());
    const auto name = read_string(element, "interface");
    if (!name) return fail("interface is absent or not a string");
    message.interfaces.push_back({std::string(*name), *iid});
  }
  return message;
}

template <typename Message>
Result<SetupMessage> read_port(const Value& root) {
  const auto port = read_number(root, "port", kMaxPort);
  if (!port) return fail("port is absent or not a number from 0 to 65535");
  return Message{static_cast<std::uint16_t>(*port)};
}

Result<SetupMessage> read_decap_keys(const Value& root) {
  DecapKeysMessage message;
  auto address = read_string(root, "rloc");
  if (!address) return fail("rloc is absent or not a string");
  std::optional<std::uint32_t> port;
  if (const auto value = root.find("port")) {
    port = read_number(*value, kMaxPort);
    if (!port) return fail("port is not a number from 0 to 65535");
  } else if (const auto colon = address->rfind(':'); !parse_ip(*address) && colon != std::string_view::npos) {
    // Until 0.436 the port stood behind the address, "198.51.100.10:51163".
    port = parse_number(address->substr(colon + 1), kMaxPort);
    if (!port) return fail("rloc has a bad port");
    address = address->substr(0, colon);
  }
  const auto rloc = parse_ip(*address);
  if (!rloc) return fail("rloc is not an IP address");
  if (!root.find("keys")) return fail("keys is absent");
  auto keys = read_keys(root);
  if (!keys) return tl::unexpected(keys.error());
  message.rloc = *rloc;
  if (port) message.port = static_cast<std::uint16_t>(*port);
  message.keys = *std::move(keys);
  return message;
}

}  // namespace

Result<SetupMessage> read_setup_message(std::string_view type, const Value& root) {
  if (type == "xtr-parameters") return read_xtr_parameters(root);
  if (type == "database-mappings") return read_database_mappings(root);
  if (type == "interfaces") return read_interfaces(root);
  if (type == "etr-nat-port") return read_port<EtrNatPortMessage>(root);
  if (type == "itr-crypto-port") return read_port<ItrCryptoPortMessage>(root);
  if (type == "decap-keys") return read_decap_keys(root);
  return UnknownMessage{};
}

}  // namespace lisper
