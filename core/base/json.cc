#include "core/base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace lisper::json {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// What stands for itself in a string, and is one byte of UTF-8.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

/// The length of the well-formed UTF-8 sequence at `p`, or 0. RFC 3629 4, which is why overlong forms,
/// surrogates and code points past 10FFFF are out.
std::size_t utf8_length(const char* p, std::size_t left) noexcept {
  const auto byte = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
  const auto tails = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      if ((byte(i) & 0xc0) != 0x80) return false;
    return true;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return left >= 2 && tails(1, 2) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (left < 3 || !tails(1, 3)) return 0;
    return (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ? 0 : 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (left < 4 || !tails(1, 4)) return 0;
    return (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f) ? 0 : 4;
  }
  return 0;
}

void append_utf8(std::string& to, std::uint32_t code_point) {
  const auto put = [&to](std::uint32_t byte) { to += static_cast<char>(byte); };
  const auto tail = [&put, code_point](unsigned shift) { put(0x80 | (code_point >> shift & 0x3f)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6), tail(0);
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12), tail(6), tail(0);
  } else {
    put(0xf0 | code_point >> 18), tail(12), tail(6), tail(0);
  }
}

}  // namespace

/// Recursive descent, as deep as `Limits::depth` allows. Functions return false once `error` is set.
class Parser {
 public:
  Parser(std::string_view text, Limits limits) : text_(text), limits_(limits) {}

  tl::expected<Document, SyntaxError> run() {
    if (text_.size() > limits_.bytes) {
      expected("a text of at most " + std::to_string(limits_.bytes) + " bytes", limits_.bytes);
      return tl::unexpected(std::move(error_));
    }
    document_.nodes_.reserve(std::min<std::size_t>(text_.size() / 8 + 1, 1024));  // enough for most messages
    if (value(0)) {
      skip_space();
      if (position_ == text_.size()) {
        document_.text_ = text_;
        return std::move(document_);
      }
      expected("the end of the text");
    }
    return tl::unexpected(std::move(error_));
  }

 private:
  using Node = Document::Node;

  bool expected(std::string what, std::size_t where) {
    error_ = {where, "expected " + std::move(what)};
    return false;
  }
  bool expected(std::string what) { return expected(std::move(what), position_); }

  [[nodiscard]] char peek() const noexcept { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool accept(char c) noexcept {
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  void skip_space() noexcept {
    if (position_ == text_.size() || text_[position_] > ' ') return;
    while (position_ < text_.size() && is_space(text_[position_])) ++position_;
  }

  std::size_t open(Type type) {
    document_.nodes_.push_back(Node{.type = type, .begin = position_});
    return document_.nodes_.size() - 1;
  }
  bool close(std::size_t index) {
    Node& node = document_.nodes_[index];
    node.end = position_;
    node.next = static_cast<std::uint32_t>(document_.nodes_.size());
    return true;
  }

  bool value(std::size_t depth) {
    skip_space();
    switch (peek()) {
      case '{':
        return container(Type::kObject, '}', depth);
      case '[':
        return container(Type::kArray, ']', depth);
      case '"':
        return string();
      case 't':
        return literal("true", Type::kBool);
      case 'f':
        return literal("false", Type::kBool);
      case 'n':
        return literal("null", Type::kNull);
      default:
        return peek() == '-' || is_digit(peek()) ? number() : expected("a value");
    }
  }

  bool container(Type type, char end, std::size_t depth) {
    if (depth == limits_.depth)
      return expected("at most " + std::to_string(limits_.depth) + " levels of arrays and objects");
    const std::size_t index = open(type);
    ++position_;
    skip_space();
    if (accept(end)) return close(index);
    do {
      if (type == Type::kObject && !key()) return false;
      if (!value(depth + 1)) return false;
      ++document_.nodes_[index].size;
      skip_space();
    } while (accept(','));
    if (!accept(end)) return expected(type == Type::kObject ? "',' or '}'" : "',' or ']'");
    return close(index);
  }

  bool key() {
    skip_space();
    if (peek() != '"') return expected("a name in double quotes");
    if (!string()) return false;
    skip_space();
    return accept(':') || expected("':'");
  }

  bool literal(std::string_view word, Type type) {
    if (text_.substr(position_, word.size()) != word) return expected("a value");
    const std::size_t index = open(type);
    document_.nodes_[index].boolean = word == "true";
    position_ += word.size();
    return close(index);
  }

  bool digits() {
    if (!is_digit(peek())) return expected("a digit");
    while (is_digit(peek())) ++position_;
    return true;
  }

  bool number() {
    const std::size_t index = open(Type::kNumber);
    const std::size_t begin = position_;
    accept('-');
    if (!accept('0') && !digits()) return false;  // RFC 8259 6: no leading zeros
    if (accept('.') && !digits()) return false;
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      if (!digits()) return false;
    }
    const std::string_view text = text_.substr(begin, position_ - begin);
    double ignored = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), ignored).ec != std::errc{})
      return expected("a number within the range of a double", begin);
    return close_text(index, begin, position_);
  }

  bool string() {
    const std::size_t index = open(Type::kString);
    ++position_;
    const std::size_t begin = position_;
    const std::string_view text = text_;  // a copy of which it is known that nothing changes it
    std::size_t end = begin;
    while (end < text.size() && kPlain[static_cast<unsigned char>(text[end])]) ++end;
    position_ = end;
    if (peek() != '"') return string_with_more(index, begin);
    return close_text(index, begin, position_++);
  }

  /// From the first character on that is not plain.
  bool string_with_more(std::size_t index, std::size_t begin) {
    std::string& strings = document_.strings_;
    const std::size_t copy = strings.size();
    strings.append(text_, begin, position_ - begin);
    while (!accept('"')) {
      if (position_ == text_.size()) return expected("'\"' at the end of the string");
      if (accept('\\')) {
        if (!escape()) return false;
        continue;
      }
      if (static_cast<unsigned char>(peek()) < 0x20) return expected("a control character to be escaped");
      const std::size_t length = utf8_length(text_.data() + position_, text_.size() - position_);
      if (length == 0) return expected("well-formed UTF-8");
      strings.append(text_, position_, length);
      position_ += length;
    }
    document_.nodes_[index].copied = true;
    return close_text(index, copy, strings.size());
  }

  /// Of a string or number, which is from `begin` to `end` of where it is kept.
  bool close_text(std::size_t index, std::size_t begin, std::size_t end) {
    Node& node = document_.nodes_[index];
    node.text = begin;
    node.size = static_cast<std::uint32_t>(end - begin);
    return close(index);
  }

  bool escape() {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t begin = position_ - 1;
    if (accept('u')) return unicode_escape(begin);
    const std::size_t which = position_ < text_.size() ? kLetters.find(peek()) : std::string_view::npos;
    if (which == std::string_view::npos) return expected("one of \"\\/bfnrtu after '\\'");
    document_.strings_ += kMeanings[which];
    ++position_;
    return true;
  }

  // RFC 8259 7: outside the basic plane, a UTF-16 surrogate pair. Half a pair names no character.
  bool unicode_escape(std::size_t begin) {
    std::uint32_t code_point = 0;
    if (!hex4(code_point)) return false;
    if (code_point >= 0xdc00 && code_point <= 0xdfff) return expected("a high surrogate first", begin);
    if (code_point >= 0xd800 && code_point <= 0xdbff) {
      const std::size_t second = position_;
      std::uint32_t low = 0;
      if (!accept('\\') || !accept('u')) return expected("a low surrogate", second);
      if (!hex4(low)) return false;
      if (low < 0xdc00 || low > 0xdfff) return expected("a low surrogate", second);
      code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(document_.strings_, code_point);
    return true;
  }

  bool hex4(std::uint32_t& result) {
    for (int i = 0; i < 4; ++i, ++position_) {
      const char* p = text_.data() + position_;
      std::uint32_t digit = 0;
      if (position_ == text_.size() || std::from_chars(p, p + 1, digit, 16).ptr != p + 1)
        return expected("four hex digits");
      result = result << 4 | digit;
    }
    return true;
  }

  std::string_view text_;
  Limits limits_;
  std::size_t position_ = 0;
  Document document_;
  SyntaxError error_;
};

tl::expected<Document, SyntaxError> Document::parse(std::string_view text, Limits limits) {
  return Parser(text, limits).run();
}

Type Value::type() const noexcept { return document_->nodes_[index_].type; }
std::size_t Value::offset() const noexcept { return document_->nodes_[index_].begin; }
std::size_t Value::end_offset() const noexcept { return document_->nodes_[index_].end; }
bool Value::as_bool() const noexcept { return document_->nodes_[index_].boolean; }
std::size_t Value::size() const noexcept { return document_->nodes_[index_].size; }

std::string_view Value::as_string() const noexcept { return document_->text_of(document_->nodes_[index_]); }

std::string_view Value::number_text() const noexcept { return as_string(); }

double Value::as_double() const noexcept {
  const std::string_view text = number_text();
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::optional<std::int64_t> Value::as_int() const noexcept {
  const std::string_view text = number_text();
  const char* end = text.data() + text.size();
  std::int64_t result = 0;
  const auto [stopped, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return result;
}

std::vector<Value> Value::elements() const {
  std::vector<Value> result;
  result.reserve(size());
  std::uint32_t index = index_ + 1;
  for (std::size_t i = 0; i < size(); ++i, index = document_->nodes_[index].next) result.push_back({document_, index});
  return result;
}

std::vector<Value::Member> Value::members() const {
  std::vector<Member> result;
  result.reserve(size());
  std::uint32_t index = index_ + 1;
  for (std::size_t i = 0; i < size(); ++i, index = document_->nodes_[index + 1].next) {
    const Value key(document_, index);
    result.push_back({key.as_string(), key.offset(), {document_, index + 1}});
  }
  return result;
}

std::optional<Value> Value::find(std::string_view key) const {
  const Document::Node* const nodes = document_->nodes_.data();
  std::uint32_t found = 0;  // the root is nobody's member
  std::uint32_t index = index_ + 1;
  for (std::uint32_t left = nodes[index_].size; left != 0; --left, index = nodes[index + 1].next)
    if (nodes[index].size == key.size() && document_->text_of(nodes[index]) == key) found = index + 1;
  return found == 0 ? std::nullopt : std::optional(Value(document_, found));
}

}  // namespace lisper::json
