#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace lisper::json {

enum class Type : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

struct SyntaxError {
  std::size_t offset = 0;  ///< bytes from the start of the text
  std::string message;     ///< what was expected there
};

struct Limits {
  std::size_t bytes = 256u << 20;
  std::size_t depth = 64;
};

class Document;

/// A handle to one value of a Document, valid as long as the document. Cheap to copy.
class Value {
 public:
  [[nodiscard]] Type type() const noexcept;
  [[nodiscard]] bool is(Type t) const noexcept { return type() == t; }
  /// Where the value's first and one past its last byte stand in the text.
  [[nodiscard]] std::size_t offset() const noexcept;
  [[nodiscard]] std::size_t end_offset() const noexcept;

  // Each needs the matching type.
  [[nodiscard]] bool as_bool() const noexcept;
  [[nodiscard]] double as_double() const noexcept;
  /// The number exactly, if it is written as an integer and fits.
  [[nodiscard]] std::optional<std::int64_t> as_int() const noexcept;
  /// The number as written.
  [[nodiscard]] std::string_view number_text() const noexcept;
  /// UTF-8 with escapes resolved.
  [[nodiscard]] std::string_view as_string() const noexcept;

  /// Elements of an array, or members of an object.
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::vector<Value> elements() const;

  struct Member;
  /// Members in the order of the text, repeated keys included.
  [[nodiscard]] std::vector<Member> members() const;
  /// The last member of that name, as RFC 8259 4 leaves to us; nullopt if there is none.
  [[nodiscard]] std::optional<Value> find(std::string_view key) const;

 private:
  friend class Document;
  Value(const Document* document, std::uint32_t index) noexcept : document_(document), index_(index) {}
  const Document* document_;
  std::uint32_t index_;
};

struct Value::Member {
  std::string_view key;
  std::size_t key_offset;
  Value value;
};

/// A parsed JSON text (RFC 8259, strict) as a flat array of nodes that remember their positions.
class Document {
 public:
  [[nodiscard]] static tl::expected<Document, SyntaxError> parse(std::string_view text, Limits limits = {});
  [[nodiscard]] Value root() const noexcept { return {this, 0}; }

 private:
  friend class Value;
  friend class Parser;
  struct Node {
    Type type = Type::kNull;
    bool boolean = false;
    bool copied = false;      ///< a string that is not plain ASCII
    std::uint32_t size = 0;   ///< elements, or members; of a string or number, bytes
    std::uint32_t next = 0;   ///< index after this value's subtree
    std::uint64_t begin = 0;  ///< position in the text
    std::uint64_t end = 0;
    std::uint64_t text = 0;  ///< string or number: where in `text_`, or if `copied`, in `strings_`
  };
  [[nodiscard]] std::string_view text_of(const Node& node) const noexcept {
    return {(node.copied ? strings_ : text_).data() + node.text, node.size};
  }

  std::vector<Node> nodes_;  ///< pre-order; an object's member is its key (a string node), then its value
  std::string text_;
  std::string strings_;  ///< those that are not plain, without escapes
};

}  // namespace lisper::json
