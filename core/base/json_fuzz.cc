#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/json.h"

namespace {

/// Visits everything; each child lies within its parent's text.
void walk(const lisper::json::Value& value) {
  using lisper::json::Type;
  const auto child = [&value](const lisper::json::Value& v) {
    if (v.offset() <= value.offset() || v.end_offset() >= value.end_offset()) std::abort();
    walk(v);
  };
  switch (value.type()) {
    case Type::kNull:
    case Type::kBool:
      break;
    case Type::kNumber:
      if (const auto exact = value.as_int(); exact && static_cast<double>(*exact) != value.as_double()) std::abort();
      break;
    case Type::kString:
      if (value.as_string().size() + 2 > value.end_offset() - value.offset()) std::abort();
      break;
    case Type::kArray:
      for (const auto& element : value.elements()) child(element);
      break;
    case Type::kObject:
      for (const auto& member : value.members()) {
        if (!value.find(member.key)) std::abort();
        child(member.value);
      }
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = lisper::json::Document::parse(text);
  if (document) {
    walk(document->root());
  } else if (document.error().offset > size) {
    std::abort();
  }
  return 0;
}
