#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "model/problems.h"
#include "model/scenario.h"

// JSON values -> typed fields. An object type is a list of fields, each bound to a member of a struct;
// whatever does not fit becomes a problem, and reading goes on.

namespace lisper::model {

struct FieldInfo {
  std::string_view name;
  bool required = false;
};

/// What tests and documentation see of an object type.
struct ObjectInfo {
  std::string_view name;
  std::vector<FieldInfo> fields;
};

template <typename T>
struct Field {
  FieldInfo info;
  void (*read)(json::Value, Problems&, T&);
};

template <typename T>
struct Object : ObjectInfo {
  std::vector<void (*)(json::Value, Problems&, T&)> readers;

  Object(std::string_view object_name, std::vector<Field<T>> list) : ObjectInfo{object_name, {}} {
    for (const Field<T>& field : list) {
      fields.push_back(field.info);
      readers.push_back(field.read);
    }
  }
};

/// `number 5`, `string "abc"`, `an array`: for "expected ..., not ...".
[[nodiscard]] std::string describe(json::Value value);
void expected(json::Value value, Problems& problems, std::string_view what);

// One overload a type of value.
void read(json::Value value, Problems& problems, bool& out);
void read(json::Value value, Problems& problems, std::string& out);
void read(json::Value value, Problems& problems, TimeNs& out);
void read(json::Value value, Problems& problems, MacAddress& out);
void read(json::Value value, Problems& problems, IpAddress& out);
void read(json::Value value, Problems& problems, InterfaceAddress& out);
void read(json::Value value, Problems& problems, MacPrefixText& out);
void read(json::Value value, Problems& problems, PacketOrBitRate& out);
void read_bit_rate(json::Value value, Problems& problems, std::uint64_t& out);
void read_cookie(json::Value value, Problems& problems, std::uint64_t& out);
void read_probability(json::Value value, Problems& problems, double& out);
/// A number, or {"at_least", "at_most", "equals"}; each bound as `read_number` has it.
using ReadNumber = void (*)(json::Value, Problems&, double&);
void read_bound(json::Value value, Problems& problems, Bound& out, ReadNumber read_number);
void read_number(json::Value value, Problems& problems, double& out);
void read_duration_number(json::Value value, Problems& problems, double& out);  ///< [ns]
void read_bit_rate_number(json::Value value, Problems& problems, double& out);  ///< [bit/s]
const ObjectInfo& bound_fields();
/// An integer of min..max, or false.
[[nodiscard]] bool read_integer(json::Value value, Problems& problems, std::uint64_t min, std::uint64_t max,
                                std::uint64_t& out);

/// The index of the text in `choices`, or nullopt and a problem.
[[nodiscard]] std::optional<std::size_t> read_choice(json::Value value, Problems& problems,
                                                     std::span<const std::string_view> choices);

/// The members of an object in the order of the text, each with the index of its field. Unknown,
/// repeated and missing ones become problems.
[[nodiscard]] std::vector<std::pair<std::size_t, json::Value>> checked_members(json::Value value, Problems& problems,
                                                                               const ObjectInfo& type);

template <typename T>
void read_object(json::Value value, Problems& problems, const Object<T>& type, T& out) {
  for (const auto& [field, member] : checked_members(value, problems, type)) type.readers[field](member, problems, out);
}

/// Structs say which fields they have by an overload fields_of(const T*).
template <typename T>
concept HasFields = requires(const T* type) {
  fields_of(type);
};

template <HasFields T>
void read(json::Value value, Problems& problems, T& out) {
  if constexpr (requires { out.at; }) out.at = {value.offset()};
  read_object(value, problems, fields_of(static_cast<const T*>(nullptr)), out);
}

template <typename T>
void read(json::Value value, Problems& problems, Located<T>& out) {
  out.at = {value.offset()};
  read(value, problems, out.value);
}

template <typename T>
void read(json::Value value, Problems& problems, std::optional<T>& out) {
  read(value, problems, out.emplace());
}

template <typename T>
void read(json::Value value, Problems& problems, std::vector<T>& out) {
  if (!value.is(json::Type::kArray)) return expected(value, problems, "an array");
  for (const json::Value& element : value.elements()) read(element, problems, out.emplace_back());
}

// ---- Fields

template <typename M>
struct MemberOf;
template <typename T, typename V>
struct MemberOf<V T::*> {
  using Value = V;
};

template <typename T>
inline T& place_for(T& value) {
  return value;
}
template <typename T>
inline T& place_for(std::optional<T>& value) {
  return value.emplace();
}

/// Builds the fields of T.
template <typename T>
struct FieldsOf {
  template <auto Member>
  static Field<T> field(std::string_view name, bool required = false) {
    return {{name, required}, [](json::Value v, Problems& p, T& out) { read(v, p, out.*Member); }};
  }
  template <auto Member>
  static Field<T> required(std::string_view name) {
    return field<Member>(name, true);
  }
  /// Reads with a function of its own: the type does not tell the notation.
  template <auto Member, auto Read>
  static Field<T> with(std::string_view name) {
    return {{name}, [](json::Value v, Problems& p, T& out) { read_place(v, p, place_for(out.*Member), Read); }};
  }
  template <auto Member, std::uint64_t Min, std::uint64_t Max>
  static Field<T> integer(std::string_view name, bool required = false) {
    return {{name, required}, [](json::Value v, Problems& p, T& out) {
              read_place(v, p, place_for(out.*Member), [](json::Value n, Problems& problems, auto& number) {
                std::uint64_t whole = 0;
                using Number = std::remove_reference_t<decltype(number)>;
                static_assert(Max <= std::numeric_limits<Number>::max());
                if (read_integer(n, problems, Min, Max, whole)) number = static_cast<Number>(whole);
              });
            }};
  }
  template <auto Member, ReadNumber Read>
  static Field<T> bound(std::string_view name) {
    return {{name}, [](json::Value v, Problems& p, T& out) { read_bound(v, p, (out.*Member).emplace(), Read); }};
  }
  /// Read elsewhere, or not at all.
  static Field<T> ignored(std::string_view name, bool required = false) {
    return {{name, required}, [](json::Value, Problems&, T&) {}};
  }

 private:
  template <typename V, typename F>
  static void read_place(json::Value value, Problems& problems, V& out, F read_value) {
    read_value(value, problems, out);
  }
  template <typename V, typename F>
  static void read_place(json::Value value, Problems& problems, Located<V>& out, F read_value) {
    out.at = {value.offset()};
    read_value(value, problems, out.value);
  }
};

}  // namespace lisper::model
