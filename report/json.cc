#include "report/json.h"

#include <fmt/format.h>

#include <charconv>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

namespace lisper::report {
namespace {

using Json = nlohmann::ordered_json;

/// T or const T: one list of fields serves writing and reading.
template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

void fields(auto& ar, Is<Latency> auto& latency) {
  ar("min", latency.min);
  ar("median", latency.median);
  ar("p99", latency.p99);
  ar("max", latency.max);
}

void fields(auto& ar, Is<FlowResult> auto& flow) {
  ar("name", flow.name);
  ar("kind", flow.kind);
  ar("from", flow.from);
  ar("to", flow.to);
  ar("sent", flow.sent);
  ar("received", flow.received);
  ar.derived("loss", flow.loss());
  ar("latency", flow.latency);
  ar("throughput", flow.throughput_bps);
  ar("out_of_order", flow.out_of_order);
  ar("completed", flow.completed);
  ar("probe", flow.probe);
  ar("received_series", flow.received_series);
  ar("latency_histogram", flow.latency_histogram);
}

void fields(auto& ar, Is<LinkDirectionResult> auto& direction) {
  ar("packets", direction.packets);
  ar("bytes", direction.bytes);
  ar("drops", direction.drops);
  ar("queue_peak", direction.queue_peak);
  ar("rate", direction.rate_bps);
  ar("bytes_series", direction.bytes_series);
}

void fields(auto& ar, Is<LinkResult> auto& link) {
  ar("name", link.name);
  ar("from", link.from);
  ar("to", link.to);
  ar("up", link.up);
  ar("directions", link.directions);
}

void fields(auto& ar, Is<TableRow> auto& row) {
  ar("at_ns", row.at_ns);
  ar("iid", row.iid);
  ar("mac", row.mac);
  ar("leads_to", row.leads_to);
}

void fields(auto& ar, Is<NodeResult> auto& node) {
  ar("name", node.name);
  ar("kind", node.kind);
  ar("ports", node.ports);
  ar("networks", node.networks);
  ar("control", node.control);
  ar("tables", node.tables);
  ar("fib", node.fib);
}

void fields(auto& ar, Is<EventResult> auto& event) {
  ar("at_ns", event.at_ns);
  ar("text", event.text);
}

void fields(auto& ar, Is<ExpectationResult> auto& expectation) {
  ar("name", expectation.name);
  ar("passed", expectation.passed);
  ar("why", expectation.why);
}

void fields(auto& ar, Is<TopologyNode> auto& node) {
  ar("name", node.name);
  ar("kind", node.kind);
  ar("x", node.x);
  ar("y", node.y);
}

void fields(auto& ar, Is<RunResult> auto& result) {
  ar("scenario", result.scenario);
  ar("description", result.description);
  ar("body", result.body);
  ar("seed", result.seed);
  ar("versions", result.versions);
  ar("end_ns", result.end_ns);
  ar("series_interval_ns", result.series_interval_ns);
  ar("hops", result.hops);
  ar("expectations", result.expectations);
  ar("flows", result.flows);
  ar("links", result.links);
  ar("nodes", result.nodes);
  ar("events", result.events);
  ar("topology", result.topology);
}

template <typename T>
concept Scalar = std::is_arithmetic_v<T> || std::same_as<T, std::string>;

class Writer {
 public:
  template <typename T>
  void operator()(const char* name, const T& field) {
    out_[name] = value(field);
  }
  template <typename T>
  void derived(const char* name, const T& field) {
    out_[name] = value(field);
  }

  template <typename T>
  static Json value(const T& object) {
    Writer writer;
    fields(writer, object);
    return std::move(writer.out_);
  }
  static Json value(const Scalar auto& scalar) { return scalar; }
  template <typename T>
  static Json value(const std::optional<T>& field) {
    return field ? value(*field) : Json();
  }
  template <typename T>
  static Json value(const std::vector<T>& list) {
    Json out = Json::array();
    for (const T& element : list) out.push_back(value(element));
    return out;
  }
  template <typename T, std::size_t N>
  static Json value(const T (&list)[N]) {
    Json out = Json::array();
    for (const T& element : list) out.push_back(value(element));
    return out;
  }
  template <typename K, typename V>
  static Json value(const std::map<K, V>& map) {
    Json out = Json::object();
    for (const auto& [key, element] : map) out[fmt::format("{}", key)] = value(element);
    return out;
  }

 private:
  Json out_ = Json::object();
};

/// A place in the text and what is wrong there. Does not leave this file.
struct FieldError {
  std::string message;
};

class Reader {
 public:
  Reader(const Json& object, const std::string& path) : object_(object), path_(path) {
    if (!object.is_object()) refuse(path, "an object");
  }

  template <typename T>
  void operator()(const char* name, T& field) {
    const auto member = object_.find(name);
    const std::string path = path_ + "/" + name;
    if (member == object_.end()) throw FieldError{path + ": is missing"};
    read(*member, path, field);
  }
  template <typename T>
  void derived(const char*, const T&) {}

  template <typename T>
  static void read(const Json& in, const std::string& path, T& object) {
    Reader reader(in, path);
    fields(reader, object);
  }
  template <std::integral T>
  static void read(const Json& in, const std::string& path, T& number) {
    // get<T>() would wrap.
    using Limits = std::numeric_limits<T>;
    const bool fits = in.is_number_unsigned() ? std::in_range<T>(in.get<std::uint64_t>())
                                              : in.is_number_integer() && std::in_range<T>(in.get<std::int64_t>());
    if (!fits) refuse(path, fmt::format("an integer from {} to {}", Limits::min(), Limits::max()));
    number = in.get<T>();
  }
  static void read(const Json& in, const std::string& path, bool& field) {
    if (!in.is_boolean()) refuse(path, "true or false");
    field = in.get<bool>();
  }
  static void read(const Json& in, const std::string& path, double& field) {
    if (!in.is_number()) refuse(path, "a number");
    field = in.get<double>();
  }
  static void read(const Json& in, const std::string& path, std::string& field) {
    if (!in.is_string()) refuse(path, "a string");
    field = in.get<std::string>();
  }
  template <typename T>
  static void read(const Json& in, const std::string& path, std::optional<T>& field) {
    field.reset();
    if (!in.is_null()) read(in, path, field.emplace());
  }
  template <typename T>
  static void read(const Json& in, const std::string& path, std::vector<T>& list) {
    if (!in.is_array()) refuse(path, "a list");
    list.assign(in.size(), T{});
    for (std::size_t i = 0; i < list.size(); ++i) read(in[i], fmt::format("{}/{}", path, i), list[i]);
  }
  template <typename T, std::size_t N>
  static void read(const Json& in, const std::string& path, T (&list)[N]) {
    if (!in.is_array() || in.size() != N) refuse(path, fmt::format("a list of {}", N));
    for (std::size_t i = 0; i < N; ++i) read(in[i], fmt::format("{}/{}", path, i), list[i]);
  }
  template <typename K, typename V>
  static void read(const Json& in, const std::string& path, std::map<K, V>& map) {
    if (!in.is_object()) refuse(path, "an object");
    map.clear();
    for (const auto& [name, element] : in.items()) {
      const std::string place = path + "/" + name;
      K key{};
      read_key(name, place, key);
      read(element, place, map[key]);
    }
  }

 private:
  static void read_key(const std::string& name, const std::string&, std::string& key) { key = name; }
  static void read_key(const std::string& name, const std::string& path, std::uint32_t& key) {
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), end, key);
    if (error != std::errc{} || stop != end) refuse(path, "a decimal number of 32 bits as the name");
  }
  [[noreturn]] static void refuse(const std::string& path, std::string_view expected) {
    throw FieldError{fmt::format("{}: expected {}", path.empty() ? "the text" : path, expected)};
  }

  const Json& object_;
  const std::string& path_;
};

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Json to_json(const RunResult& result) {
  Json out{{"format", "lisper-result"}, {"format_version", kFormatVersion}};
  out.update(Writer::value(result));
  return out;
}

std::string lines_text(const Json& object) {
  std::string text = "{";
  for (const auto& [name, member] : object.items()) {
    if (text.size() > 1) text += ",\n";
    text += dump(name) + ":";
    if (!member.is_array() || member.empty()) {
      text += dump(member);
      continue;
    }
    for (std::size_t i = 0; i < member.size(); ++i) text += (i == 0 ? "[\n" : ",\n") + dump(member[i]);
    text += "]";
  }
  return text + "}\n";
}

std::string to_text(const RunResult& result) { return lines_text(to_json(result)); }

std::string to_line(const EventResult& event) { return dump(Writer::value(event)); }

Result<RunResult> from_text(std::string_view text) try {
  const Json json = Json::parse(text);
  if (!json.is_object() || json.value("format", Json()) != "lisper-result")
    return fail(R"(not a result of this program: no "format": "lisper-result")");
  int version = 0;
  const auto member = json.find("format_version");
  if (member == json.end()) return fail("/format_version: is missing");
  Reader::read(*member, "/format_version", version);
  if (version != kFormatVersion)
    return fail(fmt::format("/format_version: {}, but this program reads {}", version, kFormatVersion));
  RunResult result;
  Reader::read(json, "", result);
  return result;
} catch (const FieldError& error) {
  return fail(error.message);
} catch (const Json::exception& error) {
  return fail(fmt::format("not JSON: {}", error.what()));
}

}  // namespace lisper::report
