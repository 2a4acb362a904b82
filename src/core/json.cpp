#include "core/json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

#include <gannet/secret.hpp>
#include <openssl/crypto.h>
#include <simdjson.h>

#include "core/ascii.hpp"
#include "core/encoding.hpp"
#include "core/utf8.hpp"

namespace gannet::core {

struct ParsedJson {
  ParsedJson() = default;
  ParsedJson(const ParsedJson&) = delete;
  ParsedJson& operator=(const ParsedJson&) = delete;
  ~ParsedJson() {
    if (secret_text != 0) OPENSSL_cleanse(document.string_buf.get(), secret_text);
  }

  simdjson::dom::document document;
  std::size_t secret_text = 0;  ///< Bytes of `document`'s strings that are to be wiped.
};

namespace {

using namespace std::string_view_literals;

using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

constexpr std::size_t largest_depth = 1000;
constexpr std::size_t smallest_capacity = 2048;
// Buffers of larger documents (a document takes ten times its text) are not kept for later ones.
constexpr std::size_t largest_kept_capacity = std::size_t{256} * 1024;
constexpr std::size_t most_kept_documents = 8;

/// What parsing needs and one thread keeps between its documents.
struct Workshop {
  simdjson::dom::parser parser;
  std::vector<std::unique_ptr<ParsedJson>> idle;
};

// Documents may end after their thread's workshop has, in destructors of statics.
constinit thread_local bool workshop_closed = false;

struct ThreadWorkshop : Workshop {
  ThreadWorkshop() { idle.reserve(most_kept_documents); }
  ~ThreadWorkshop() { workshop_closed = true; }
};

Workshop& thread_workshop() {
  static thread_local ThreadWorkshop workshop;
  return workshop;
}

tape_ref at(const ParsedJson* parsed, std::size_t index) noexcept {
  return {&parsed->document, index};
}

bool is_container(tape_type type) noexcept {
  return type == tape_type::START_OBJECT || type == tape_type::START_ARRAY;
}

std::string describe(simdjson::error_code error, std::size_t maximum_depth) {
  switch (error) {
    case simdjson::EMPTY:
      return "there is no value in it";
    case simdjson::UTF8_ERROR:
      return "it is not valid UTF-8";
    case simdjson::DEPTH_ERROR:
      return "it is nested deeper than " + std::to_string(maximum_depth) + " levels";
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed";
    case simdjson::UNESCAPED_CHARS:
      return "a string contains a control character that is not escaped";
    case simdjson::STRING_ERROR:
      return "a string contains an invalid escape sequence";
    case simdjson::NUMBER_ERROR:
      return "a number is malformed or too large";
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return "it is too large";
    default:
      return "it is not well-formed: a value, comma, colon, bracket or quote is missing, misplaced or cut "
             "off";
  }
}

/// Whether an integer's digits fit neither a signed nor an unsigned 64-bit number.
bool is_beyond_64_bits(std::string_view digits) noexcept {
  const auto fits = [digits](auto number) {
    return std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc{};
  };
  return !fits(std::int64_t{}) && !fits(std::uint64_t{});
}

/// simdjson refuses integers beyond 64 bits; with an exponent behind them it takes them as doubles.
std::string give_big_integers_an_exponent(std::string_view text) {
  std::string out;
  // Two bytes more for each 19 digits at the most: it does not grow, and leaves nothing behind.
  out.reserve(text.size() + text.size() / 9 + 16);
  for (std::size_t index = 0; index < text.size();) {
    const auto start = index;
    const auto character = text[index++];
    if (character == '"') {
      while (index < text.size() && text[index] != '"') index += text[index] == '\\' ? 2 : 1;
      index = std::min(index + 1, text.size());
      out += text.substr(start, index - start);
    } else if (character == '-' || is_digit(character)) {
      while (index < text.size() && is_digit(text[index])) ++index;
      const auto digits = text.substr(start, index - start);
      out += digits;
      const auto follows = index < text.size() ? text[index] : '\0';
      if (follows == '.' || follows == 'e' || follows == 'E') {
        while (index < text.size() && (is_digit(text[index]) || "+-.eE"sv.contains(text[index]))) {
          out += text[index++];
        }
      } else if (digits.size() > 18 && is_beyond_64_bits(digits)) {
        out += "e0";
      }
    } else {
      out += character;
    }
  }
  return out;
}

simdjson::error_code parse_into(simdjson::dom::parser& parser, simdjson::dom::document& document,
                                std::string_view text, std::size_t maximum_depth) {
  const auto capacity = std::bit_ceil(std::max(text.size(), smallest_capacity));
  // simdjson allows one level less than its maximum, and counts only what is not empty.
  if (parser.capacity() < capacity || parser.max_depth() != maximum_depth + 1) {
    const auto error = parser.allocate(std::max(capacity, parser.capacity()), maximum_depth + 1);
    if (error) return error;
  }
  if (document.capacity() < capacity) {
    const auto error = document.allocate(capacity);
    if (error) return error;
  }
  return parser.parse_into_document(document, text.data(), text.size()).error();
}

/// Into a document of no bytes yet, which is to wipe its strings.
simdjson::error_code parse_and_wipe(ParsedJson& parsed, std::string_view text, std::size_t maximum_depth) {
  // simdjson reads some bytes beyond the text, and would make a copy of its own.
  std::string padded;
  padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  padded.append(text).append(simdjson::SIMDJSON_PADDING, ' ');
  simdjson::dom::parser parser;
  const auto capacity = std::max(text.size(), smallest_capacity);
  auto error = parser.allocate(capacity, maximum_depth + 1);
  if (!error) error = parsed.document.allocate(capacity);
  if (!error) {
    // A string of no bytes takes three of the text, quotes and comma, and five there: its length and an end.
    parsed.secret_text = 5 * capacity / 3;
    error = parser.parse_into_document(parsed.document, padded.data(), text.size(), false).error();
  }
  gannet::wipe(padded);
  return error;
}

/// Length of the part of `text` that needs no escape: neither a control character, a quote nor a backslash,
/// all ASCII. Eight bytes at a time: nearly everything written is plain.
std::size_t plain_length(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t word) { return (word - ones) & ~word & highs; };
  std::size_t index = 0;
  for (; index + 8 <= text.size(); index += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + index, 8);
    const auto below_space = (word - ones * 0x20) & ~word & highs;
    if (((word & highs) | below_space | has_zero(word ^ (ones * '"')) | has_zero(word ^ (ones * '\\'))) != 0)
      break;
  }
  for (; index < text.size(); ++index) {
    const auto byte = static_cast<unsigned char>(text[index]);
    if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
  }
  return index;
}

void append_escaped(std::string& out, unsigned char character) {
  constexpr std::string_view hex_digits = "0123456789abcdef";
  switch (character) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += hex_digits[character >> 4U];
      out += hex_digits[character & 0xFU];
  }
}

constexpr std::size_t longest_number = 33;  ///< With a comma.

/// A control character becomes six.
constexpr std::size_t longest_quoted(std::string_view text) noexcept {
  return 6 * text.size() + 2;
}

}  // namespace

void JsonWriter::key(std::string_view name) {
  expect(longest_quoted(name) + 2);
  value();
  quoted(name);
  out_ += ':';
  after_key_ = true;
}

void JsonWriter::string(std::string_view text) {
  expect(longest_quoted(text) + 1);
  value();
  quoted(text);
}

void JsonWriter::base64(std::string_view bytes) {
  expect(bytes.size() / 3 * 4 + 8);
  value();
  out_ += '"';
  append_base64(out_, bytes);
  out_ += '"';
}

void JsonWriter::integer(std::int64_t number) {
  expect(longest_number);
  value();
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out_.append(digits.data(), end);
}

void JsonWriter::number(double number) {
  if (std::isnan(number)) return string("NaN");
  if (std::isinf(number)) return string(number < 0 ? "-Infinity" : "Infinity");
  // Without a fraction it would read back as the integer zero.
  if (number == 0 && std::signbit(number)) return raw("-0.0");
  expect(longest_number);
  value();
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out_.append(digits.data(), end);
}

void JsonWriter::boolean(bool truth) {
  expect(sizeof ",false");
  value();
  out_ += truth ? "true" : "false";
}

void JsonWriter::null() {
  expect(sizeof ",null");
  value();
  out_ += "null";
}

void JsonWriter::raw(std::string_view json) {
  expect(json.size() + 1);
  value();
  out_ += json;
}

void JsonWriter::quoted(std::string_view text) {
  out_ += '"';
  while (true) {
    const auto plain = plain_length(text);
    out_.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto character = static_cast<unsigned char>(text.front());
    if (character < 0x80) {
      append_escaped(out_, character);
      text.remove_prefix(1);
      continue;
    }
    std::size_t valid = 0;
    while (valid < text.size() && static_cast<unsigned char>(text[valid]) >= 0x80) {
      const auto length = utf8_sequence_length(text.substr(valid));
      if (length == 0) break;
      valid += length;
    }
    out_.append(text.data(), valid);
    if (valid == 0) {
      out_ += replacement_character;
      replaced_ = true;
      valid = 1;
    }
    text.remove_prefix(valid);
  }
  out_ += '"';
}

JsonValue::Type JsonValue::type() const noexcept {
  if (document_ == nullptr) return Type::null;
  switch (at(document_, index_).tape_ref_type()) {
    case tape_type::START_OBJECT:
      return Type::object;
    case tape_type::START_ARRAY:
      return Type::array;
    case tape_type::STRING:
      return Type::string;
    case tape_type::INT64:
      return Type::integer;
    case tape_type::UINT64:
      return Type::unsigned_integer;
    case tape_type::DOUBLE:
      return Type::number;
    case tape_type::TRUE_VALUE:
    case tape_type::FALSE_VALUE:
      return Type::boolean;
    default:
      return Type::null;
  }
}

std::optional<std::string_view> JsonValue::string() const noexcept {
  if (!is_string()) return std::nullopt;
  return at(document_, index_).get_string_view();
}

std::optional<std::int64_t> JsonValue::integer() const noexcept {
  if (type() == Type::integer) return at(document_, index_).next_tape_value<std::int64_t>();
  if (type() != Type::number) return std::nullopt;
  const auto number = at(document_, index_).next_tape_value<double>();
  constexpr double beyond = 9223372036854775808.0;
  if (number < -beyond || number >= beyond || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<double> JsonValue::number() const noexcept {
  switch (type()) {
    case Type::integer:
      return static_cast<double>(at(document_, index_).next_tape_value<std::int64_t>());
    case Type::unsigned_integer:
      return static_cast<double>(at(document_, index_).next_tape_value<std::uint64_t>());
    case Type::number:
      return at(document_, index_).next_tape_value<double>();
    default:
      return std::nullopt;
  }
}

std::optional<bool> JsonValue::boolean() const noexcept {
  if (type() != Type::boolean) return std::nullopt;
  return at(document_, index_).is_true();
}

std::string_view JsonValue::Iterator::key() const noexcept {
  if (!object_) return {};
  return at(document_, index_).get_string_view();
}

JsonValue JsonValue::Iterator::value() const noexcept {
  JsonValue value;
  value.document_ = document_;
  value.index_ = object_ ? index_ + 1 : index_;
  return value;
}

JsonValue::Iterator& JsonValue::Iterator::operator++() noexcept {
  index_ = at(document_, object_ ? index_ + 1 : index_).after_element();
  return *this;
}

JsonValue::Iterator JsonValue::begin() const noexcept {
  Iterator first;
  if (document_ == nullptr) return first;
  const auto type = at(document_, index_).tape_ref_type();
  if (!is_container(type)) return first;
  first.document_ = document_;
  first.index_ = index_ + 1;
  first.object_ = type == tape_type::START_OBJECT;
  return first;
}

JsonValue::Iterator JsonValue::end() const noexcept {
  auto last = begin();
  // The tape's word of an opening bracket gives the place after the closing one.
  if (last.document_ != nullptr) last.index_ = at(document_, index_).matching_brace_index() - 1;
  return last;
}

std::size_t JsonValue::size() const noexcept {
  const auto first = begin();
  if (first.document_ == nullptr) return 0;
  const std::size_t count = at(document_, index_).scope_count();
  if (count < simdjson::internal::JSON_COUNT_MASK) return count;
  // The tape counts no further.
  std::size_t counted = 0;
  for (auto element = first; element != end(); ++element) ++counted;
  return counted;
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const noexcept {
  if (!is_object()) return std::nullopt;
  const auto last = end();
  for (auto member = begin(); member != last; ++member) {
    if (member.key() == key) return member.value();
  }
  return std::nullopt;
}

std::string JsonValue::to_json() const {
  JsonWriter writer;
  append_to(writer);
  return writer.take();
}

void JsonValue::append_to(JsonWriter& writer) const {
  switch (type()) {
    case Type::object:
      writer.begin_object();
      for (auto member = begin(); member != end(); ++member) {
        writer.key(member.key());
        member.value().append_to(writer);
      }
      return writer.end_object();
    case Type::array:
      writer.begin_array();
      for (const auto element : *this) element.append_to(writer);
      return writer.end_array();
    case Type::string:
      return writer.string(*string());
    case Type::integer:
      return writer.integer(*integer());
    case Type::unsigned_integer:
      return writer.raw(std::to_string(at(document_, index_).next_tape_value<std::uint64_t>()));
    case Type::number:
      return writer.number(*number());
    case Type::boolean:
      return writer.boolean(*boolean());
    case Type::null:
      return writer.null();
  }
}

Result<JsonDocument> JsonDocument::parse(std::string_view text, std::size_t maximum_depth) {
  maximum_depth = std::min(maximum_depth, largest_depth);
  std::optional<Workshop> own;
  auto& workshop = workshop_closed ? own.emplace() : thread_workshop();

  std::unique_ptr<ParsedJson> parsed;
  if (workshop.idle.empty()) {
    parsed = std::make_unique<ParsedJson>();
  } else {
    parsed = std::move(workshop.idle.back());
    workshop.idle.pop_back();
  }
  JsonDocument result(std::move(parsed));

  auto error = parse_into(workshop.parser, result.parsed_->document, text, maximum_depth);
  if (error == simdjson::NUMBER_ERROR) {
    const auto again = give_big_integers_an_exponent(text);
    if (again.size() != text.size()) {
      error = parse_into(workshop.parser, result.parsed_->document, again, maximum_depth);
    }
  }
  if (workshop.parser.capacity() > largest_kept_capacity) workshop.parser = simdjson::dom::parser();
  if (error) {
    return fail(ErrorKind::protocol, "SerializationException",
                "The JSON text cannot be read: " + describe(error, maximum_depth) + ".");
  }
  return result;
}

Result<JsonDocument> JsonDocument::parse_secret(std::string_view text, std::size_t maximum_depth) {
  maximum_depth = std::min(maximum_depth, largest_depth);
  JsonDocument result(std::make_unique<ParsedJson>());
  auto error = parse_and_wipe(*result.parsed_, text, maximum_depth);
  if (error == simdjson::NUMBER_ERROR) {
    auto again = give_big_integers_an_exponent(text);
    if (again.size() != text.size()) {
      result.parsed_ = std::make_unique<ParsedJson>();
      error = parse_and_wipe(*result.parsed_, again, maximum_depth);
    }
    gannet::wipe(again);
  }
  if (error) {
    return fail(ErrorKind::protocol, "SerializationException",
                "The JSON text cannot be read: " + describe(error, maximum_depth) + ".");
  }
  return result;
}

JsonDocument::JsonDocument(std::unique_ptr<ParsedJson> parsed) noexcept : parsed_(std::move(parsed)) {}

JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;

JsonDocument& JsonDocument::operator=(JsonDocument&& other) noexcept {
  if (this != &other) {
    release();
    parsed_ = std::move(other.parsed_);
  }
  return *this;
}

JsonDocument::~JsonDocument() {
  release();
}

void JsonDocument::release() noexcept {
  if (parsed_ == nullptr || parsed_->secret_text != 0 || workshop_closed) return;
  auto& idle = thread_workshop().idle;
  if (idle.size() < most_kept_documents && parsed_->document.capacity() <= largest_kept_capacity) {
    idle.push_back(std::move(parsed_));
  }
}

JsonValue JsonDocument::root() const noexcept {
  JsonValue value;
  value.document_ = parsed_.get();
  value.index_ = 1;
  return value;
}

}  // namespace gannet::core
