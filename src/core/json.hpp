#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gannet/result.hpp>

namespace gannet::core {

/// Writes JSON text straight into a string: commas and escapes are its matter, balance is the caller's.
class JsonWriter {
 public:
  JsonWriter() = default;
  explicit JsonWriter(std::string reuse) : out_(std::move(reuse)) { out_.clear(); }

  void begin_object() { value(); out_ += '{'; first_ = true; }
  void end_object() { out_ += '}'; first_ = false; }
  void begin_array() { value(); out_ += '['; first_ = true; }
  void end_array() { out_ += ']'; first_ = false; }
  void key(std::string_view name);
  void string(std::string_view text);  ///< Must be UTF-8; control characters, quotes and backslashes are escaped.
  void base64(std::string_view bytes);
  void integer(std::int64_t number);
  void number(double number);  ///< Shortest form that reads back the same; NaN and infinities as JSON strings.
  void boolean(bool truth);
  void null();
  void raw(std::string_view json);  ///< A whole value, already JSON.

  [[nodiscard]] const std::string& text() const noexcept { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void value();

  std::string out_;
  bool first_ = true;
  bool after_key_ = false;
};

class JsonDocument;

/// One value of a parsed document, valid as long as that document. Cheap to copy.
class JsonValue {
 public:
  enum class Type : std::uint8_t { object, array, string, integer, unsigned_integer, number, boolean, null };

  [[nodiscard]] Type type() const noexcept;
  [[nodiscard]] bool is_object() const noexcept { return type() == Type::object; }
  [[nodiscard]] bool is_array() const noexcept { return type() == Type::array; }
  [[nodiscard]] bool is_string() const noexcept { return type() == Type::string; }
  [[nodiscard]] bool is_null() const noexcept { return type() == Type::null; }

  [[nodiscard]] std::optional<std::string_view> string() const noexcept;
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;  ///< Also of a number without a fraction.
  [[nodiscard]] std::optional<double> number() const noexcept;
  [[nodiscard]] std::optional<bool> boolean() const noexcept;

  /// Members and elements in document order; a repeated key is met as often as it stands there.
  class Iterator {
   public:
    std::string_view key() const noexcept;  ///< Of an object's member.
    JsonValue value() const noexcept;
    JsonValue operator*() const noexcept { return value(); }
    Iterator& operator++() noexcept;
    friend bool operator!=(const Iterator& left, const Iterator& right) noexcept { return left.index_ != right.index_; }

   private:
    friend class JsonValue;
    const void* document_ = nullptr;
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
  const void* document_ = nullptr;
  std::size_t index_ = 0;
};

/// A whole JSON text, parsed and checked (UTF-8, nothing after the value, depth).
class JsonDocument {
 public:
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  /// Errors are of kind `protocol`, code "SerializationException", with what is wrong.
  static Result<JsonDocument> parse(std::string_view text, std::size_t maximum_depth = 100);
  [[nodiscard]] JsonValue root() const noexcept;

 private:
  struct State;
  explicit JsonDocument(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gannet::core
