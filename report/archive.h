#pragma once

#include <fmt/format.h>

#include <charconv>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Structs to JSON and back, from one list of their fields: a function template
///   void fields(auto& ar, Is<Thing> auto& thing) { ar("name", thing.name); ... }
/// in the struct's own namespace serves both directions.
namespace lisper::report {

using Json = nlohmann::ordered_json;

/// T or const T.
template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

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

/// A place in the text and what is wrong there. Thrown by Reader; callers make an Error of it.
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

/// One line. Bytes that are not UTF-8 become U+FFFD.
inline std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace lisper::report
