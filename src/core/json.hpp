#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gannet/result.hpp>
#include <gannet/secret.hpp>

#include "core/secret_text.hpp"

namespace gannet::core {

/// Writes JSON text straight into a string: commas and escapes are its matter, balance is the caller's.
///
/// What it writes is always UTF-8: each byte of a key or a string that is part of no UTF-8 sequence becomes
/// U+FFFD, and `replaced_invalid_utf8` tells so, for callers that would rather refuse than alter a text.
class JsonWriter {
 public:
  JsonWriter() = default;
  explicit JsonWriter(std::string reuse) : out_(std::move(reuse)) { out_.clear(); }
  /// Of a text that holds secrets: memory that it outgrows is wiped, and what is not taken at the end.
  static JsonWriter of_secrets() { return JsonWriter(Secrets()); }
  JsonWriter(const JsonWriter&) = default;
  JsonWriter(JsonWriter&&) = default;
  JsonWriter& operator=(const JsonWriter&) = default;
  JsonWriter& operator=(JsonWriter&&) = default;
  ~JsonWriter() {
    if (secret_) gannet::wipe(out_);
  }

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);
  void string(std::string_view text);  ///< Control characters, quotes and backslashes are escaped.
  void base64(std::string_view bytes);
  void integer(std::int64_t number);
  void number(
      double number);  ///< Shortest form that reads back the same; NaN and infinities as JSON strings.
  void boolean(bool truth);
  void null();
  void raw(std::string_view json);  ///< A whole value, already JSON.

  [[nodiscard]] const std::string& text() const noexcept { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }
  /// Whether something given to `key` or `string` was not UTF-8.
  [[nodiscard]] bool replaced_invalid_utf8() const noexcept { return replaced_; }
  [[nodiscard]] bool holds_secrets() const noexcept { return secret_; }

 private:
  struct Secrets {};
  explicit JsonWriter(Secrets) : secret_(true) {}
  /// Before so many bytes at the most are written.
  void expect(std::size_t bytes) {
    if (secret_) make_room(out_, bytes);
  }
  void value() {
    if (!first_ && !after_key_) out_ += ',';
    first_ = false;
    after_key_ = false;
  }
  void begin(char bracket) {
    expect(2);
    value();
    out_ += bracket;
    first_ = true;
  }
  void end(char bracket) {
    expect(1);
    out_ += bracket;
    first_ = false;
  }
  void quoted(std::string_view text);

  std::string out_;
  bool first_ = true;
  bool after_key_ = false;
  bool replaced_ = false;
  bool secret_ = false;
};

class JsonDocument;
struct ParsedJson;

/// One value of a parsed document, valid as long as that document. Cheap to copy.
class JsonValue {
 public:
  enum class Type : std::uint8_t { object, array, string, integer, unsigned_integer, number, boolean, null };

  /// `unsigned_integer` is one beyond the signed 64 bits, `number` one with a fraction, an exponent or beyond
  /// 64 bits.
  [[nodiscard]] Type type() const noexcept;
  [[nodiscard]] bool is_object() const noexcept { return type() == Type::object; }
  [[nodiscard]] bool is_array() const noexcept { return type() == Type::array; }
  [[nodiscard]] bool is_string() const noexcept { return type() == Type::string; }
  [[nodiscard]] bool is_null() const noexcept { return type() == Type::null; }

  [[nodiscard]] std::optional<std::string_view> string() const noexcept;
  /// Also of a number without a fraction, such as `1e2`; nothing beyond 64 bits.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  /// The nearest double of any number.
  [[nodiscard]] std::optional<double> number() const noexcept;
  [[nodiscard]] std::optional<bool> boolean() const noexcept;

  /// Members and elements in document order; a repeated key is met as often as it stands there.
  class Iterator {
   public:
    std::string_view key() const noexcept;  ///< Of an object's member.
    JsonValue value() const noexcept;
    JsonValue operator*() const noexcept { return value(); }
    Iterator& operator++() noexcept;
    friend bool operator!=(const Iterator& left, const Iterator& right) noexcept {
      return left.index_ != right.index_;
    }

   private:
    friend class JsonValue;
    const ParsedJson* document_ = nullptr;
    std::size_t index_ = 0;
    bool object_ = false;
  };
  /// Over an object's members or an array's elements; empty for anything else.
  [[nodiscard]] Iterator begin() const noexcept;
  [[nodiscard]] Iterator end() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  /// The first member of that name, if this is an object that has one.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const noexcept;
  /// The value as compact JSON text.
  [[nodiscard]] std::string to_json() const;

 private:
  friend class JsonDocument;
  void append_to(JsonWriter& writer) const;

  const ParsedJson* document_ = nullptr;
  std::size_t index_ = 0;
};

/// A whole JSON text, parsed and checked (UTF-8, nothing after the value, depth).
class JsonDocument {
 public:
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  /// `maximum_depth` counts arrays and objects inside one another; it is at most 1000. The text is copied.
  /// Numbers whose magnitude no double has are refused. Errors are of kind `protocol`, code
  /// "SerializationException", with what is wrong. Memory of small documents is kept for the thread's next
  /// ones.
  static Result<JsonDocument> parse(std::string_view text, std::size_t maximum_depth = 100);
  /// The same for a text that holds secrets: no memory is kept for later documents, and every copy of the
  /// text is wiped, the document's own when it ends.
  static Result<JsonDocument> parse_secret(std::string_view text, std::size_t maximum_depth = 100);
  [[nodiscard]] JsonValue root() const noexcept;

 private:
  explicit JsonDocument(std::unique_ptr<ParsedJson> parsed) noexcept;
  void release() noexcept;
  std::unique_ptr<ParsedJson> parsed_;
};

}  // namespace gannet::core
