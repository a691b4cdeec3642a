#include <array>

#include "model/read_scenario.h"

namespace lisper::model {

// The first field says which form it is. "title" belongs to ExpectSpec, and is read there.
static const Object<FlowExpectSpec>& fields_of(const FlowExpectSpec*) {
  using T = FlowExpectSpec;
  using F = FieldsOf<T>;
  static const Object<T> kObject{
      "flow_expectation",
      {F::required<&T::flow>("flow"), F::ignored("title"), F::bound<&T::sent, read_number>("sent"),
       F::bound<&T::received, read_number>("received"), F::bound<&T::loss, read_probability>("loss"),
       F::bound<&T::latency_median, read_duration_number>("latency_median"),
       F::bound<&T::latency_p99, read_duration_number>("latency_p99"),
       F::bound<&T::latency_max, read_duration_number>("latency_max"),
       F::bound<&T::throughput, read_bit_rate_number>("throughput"), F::field<&T::completed>("completed")}};
  return kObject;
}

static const Object<ReachabilityExpectSpec>& fields_of(const ReachabilityExpectSpec*) {
  using T = ReachabilityExpectSpec;
  using F = FieldsOf<T>;
  static const Object<T> kObject{
      "reachability_expectation",
      {F::required<&T::groups>("reachability"), F::ignored("title"), F::field<&T::time>("at")}};
  return kObject;
}

static const Object<TableExpectSpec>& fields_of(const TableExpectSpec*) {
  using T = TableExpectSpec;
  using F = FieldsOf<T>;
  static const Object<T> kObject{"table_expectation",
                                 {F::required<&T::node>("table"), F::ignored("title"), F::field<&T::time>("at"),
                                  F::integer<&T::iid, 1, 0xffff'ffff>("iid", true), F::required<&T::mac>("mac"),
                                  F::required<&T::leads_to>("leads_to")}};
  return kObject;
}

static const Object<CounterExpectSpec>& fields_of(const CounterExpectSpec*) {
  using T = CounterExpectSpec;
  using F = FieldsOf<T>;
  static const Object<T> kObject{
      "counter_expectation",
      {F::required<&T::node>("counter"), F::required<&T::counter>("name"), F::ignored("title"),
       F::field<&T::port>("port"), F::integer<&T::iid, 0, 0xffff'ffff>("iid"),
       F::with<&T::at_least, read_number>("at_least"), F::with<&T::at_most, read_number>("at_most"),
       F::with<&T::equals, read_number>("equals")}};
  return kObject;
}

static const Object<LinkExpectSpec>& fields_of(const LinkExpectSpec*) {
  using T = LinkExpectSpec;
  using F = FieldsOf<T>;
  static const Object<T> kObject{"link_expectation",
                                 {F::required<&T::link>("link"), F::required<&T::from>("from"), F::ignored("title"),
                                  F::bound<&T::packets, read_number>("packets"),
                                  F::bound<&T::share, read_probability>("share"), F::field<&T::among>("among")}};
  return kObject;
}

void read(json::Value value, Problems& problems, ExpectSpec& out) {
  out.at = {value.offset()};
  if (!value.is(json::Type::kObject)) return expected(value, problems, "an object (an expectation)");
  if (const auto title = value.find("title")) read(*title, problems, out.title);
  if (value.find("flow")) return read(value, problems, out.what.emplace<FlowExpectSpec>());
  if (value.find("reachability")) return read(value, problems, out.what.emplace<ReachabilityExpectSpec>());
  if (value.find("table")) return read(value, problems, out.what.emplace<TableExpectSpec>());
  if (value.find("counter")) return read(value, problems, out.what.emplace<CounterExpectSpec>());
  if (value.find("link")) return read(value, problems, out.what.emplace<LinkExpectSpec>());
  problems.error(out.at, "an expectation needs a field that says what it is about",
                 "one of flow, reachability, table, counter, link");
}

std::vector<const ObjectInfo*> expect_objects() {
  return {&fields_of(static_cast<const FlowExpectSpec*>(nullptr)),
          &fields_of(static_cast<const ReachabilityExpectSpec*>(nullptr)),
          &fields_of(static_cast<const TableExpectSpec*>(nullptr)),
          &fields_of(static_cast<const CounterExpectSpec*>(nullptr)),
          &fields_of(static_cast<const LinkExpectSpec*>(nullptr)),
          &bound_fields()};
}

}  // namespace lisper::model
