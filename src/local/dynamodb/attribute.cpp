#include "local/dynamodb/attribute.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/decimal.hpp"
#include "core/encoding.hpp"
#include "local/dynamodb/parameters.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {

using core::Decimal;

namespace {

using core::JsonValue;
using Type = AttributeValue::Type;

constexpr std::size_t maximum_name_size = 65535;

constexpr std::array<std::string_view, 10> letters_by_type = {"S",  "N", "B", "SS",   "NS",
                                                              "BS", "M", "L", "NULL", "BOOL"};
constexpr std::array<std::string_view, 10> words_by_type = {
    "STRING", "NUMBER", "BINARY", "STRING_SET", "NUMBER_SET", "BINARY_SET", "MAP", "LIST", "NULL", "BOOLEAN"};

Decimal read_number(std::string_view digits) {
  auto number = Decimal::parse(digits);
  if (!number) refuse(std::move(number.error()));
  return *number;
}

/// The number of a value already in the service's form.
Decimal number_of(const AttributeValue& value) {
  return *Decimal::parse(value.n());
}

Bytes read_binary(JsonValue json) {
  const auto bytes = core::from_base64(text_of(json));
  if (!bytes) throw Refusal{.type = "SerializationException", .message = "Invalid Base64 in a binary value"};
  return to_bytes(*bytes);
}

StringSet read_string_set(JsonValue json) {
  StringSet set;
  for (const JsonValue element : array_of(json)) set.values.emplace_back(text_of(element));
  if (set.values.empty())
    refuse("One or more parameter values were invalid: An string set  may not be empty");
  std::vector<std::string> as_given = set.values;
  std::ranges::sort(set.values);
  if (std::ranges::adjacent_find(set.values) != set.values.end()) {
    refuse(
        fmt::format("One or more parameter values were invalid: Input collection [{}] contains duplicates.",
                    fmt::join(as_given, ", ")));
  }
  return set;
}

NumberSet read_number_set(JsonValue json) {
  std::vector<Decimal> numbers;
  for (const JsonValue element : array_of(json)) numbers.push_back(read_number(text_of(element)));
  if (numbers.empty()) refuse("One or more parameter values were invalid: An number set  may not be empty");
  std::ranges::sort(numbers);
  if (std::ranges::adjacent_find(numbers) != numbers.end()) refuse("Input collection contains duplicates");
  NumberSet set;
  for (const Decimal& number : numbers) set.values.push_back(number.to_text());
  return set;
}

BinarySet read_binary_set(JsonValue json) {
  BinarySet set;
  for (const JsonValue element : array_of(json)) set.values.push_back(read_binary(element));
  if (set.values.empty())
    refuse("One or more parameter values were invalid: Binary sets should not be empty");
  std::ranges::sort(set.values);
  if (std::ranges::adjacent_find(set.values) != set.values.end()) {
    refuse("One or more parameter values were invalid: Input collection of type BS contains duplicates.");
  }
  return set;
}

void check_name(std::string_view name) {
  if (name.empty()) refuse("Empty attribute name");
  if (name.size() > maximum_name_size) refuse("Attribute name is too large, must be less than 65536 bytes");
}

AttributeValue read_nested(JsonValue json, int level);

AttributeValue::List read_list(JsonValue json, int level) {
  AttributeValue::List list;
  list.reserve(array_of(json).size());
  for (const JsonValue element : json) list.push_back(read_nested(element, level));
  return list;
}

AttributeValue::Map read_map(JsonValue json, int level) {
  AttributeValue::Map map;
  object_of(json);
  for (auto member = json.begin(); member != json.end(); ++member) {
    check_name(member.key());
    map.insert_or_assign(std::string(member.key()), read_nested(member.value(), level));
  }
  return map;
}

AttributeValue read_typed(Type type, JsonValue json, int level) {
  if ((type == Type::l || type == Type::m) && level >= maximum_nesting) {
    refuse(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
        "supported limit");
  }
  switch (type) {
    case Type::s:
      return text_of(json);
    case Type::n:
      return Number{read_number(text_of(json)).to_text()};
    case Type::b:
      return read_binary(json);
    case Type::ss:
      return read_string_set(json);
    case Type::ns:
      return read_number_set(json);
    case Type::bs:
      return read_binary_set(json);
    case Type::m:
      return read_map(json, level + 1);
    case Type::l:
      return read_list(json, level + 1);
    case Type::null:
      if (!truth_of(json)) {
        refuse(
            "One or more parameter values were invalid: Null attribute value types must have the value of "
            "true");
      }
      return {};
    case Type::boolean:
      return truth_of(json);
  }
  return {};
}

AttributeValue read_nested(JsonValue json, int level) {
  if (json.is_null()) {
    refuse("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  }
  object_of(json);
  std::optional<Type> type;
  JsonValue typed;
  for (auto member = json.begin(); member != json.end(); ++member) {
    const auto known = type_of_letters(member.key());
    if (!known || member.value().is_null()) continue;
    if (type) {
      refuse(
          "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
          "supported datatypes");
    }
    type = known;
    typed = member.value();
  }
  if (!type) refuse("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  return read_typed(*type, typed, level);
}

bool has_bytes(const Bytes& bytes, const Bytes& part) {
  return as_text(bytes).find(as_text(part)) != std::string_view::npos;
}

template <class Value>
bool is_among(const std::vector<Value>& values, const Value& value) {
  return std::ranges::find(values, value) != values.end();
}

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) units += byte >= 0xF0U ? 2 : 1;
  }
  return units;
}

}  // namespace

AttributeValue read_attribute(JsonValue json) {
  return read_nested(json, 0);
}

Item read_attributes(JsonValue json, std::string_view what) {
  Item item;
  object_of(json);
  for (auto member = json.begin(); member != json.end(); ++member) {
    if (member.value().is_null()) {
      refuse(fmt::format("The supplied {} contains a null AttributeValue: {} is null", what, member.key()));
    }
    check_name(member.key());
    item.insert_or_assign(std::string(member.key()), read_nested(member.value(), 0));
  }
  return item;
}

std::string_view type_letters(Type type) noexcept {
  return letters_by_type[static_cast<std::size_t>(type)];
}

std::optional<Type> type_of_letters(std::string_view letters) noexcept {
  const auto* const found = std::ranges::find(letters_by_type, letters);
  if (found == letters_by_type.end()) return std::nullopt;
  return static_cast<Type>(found - letters_by_type.begin());
}

std::string_view type_word(Type type) noexcept {
  return words_by_type[static_cast<std::size_t>(type)];
}

std::partial_ordering compare(const AttributeValue& left, const AttributeValue& right) {
  if (left.type() != right.type()) return std::partial_ordering::unordered;
  switch (left.type()) {
    case Type::s:
      return left.s() <=> right.s();
    case Type::n:
      return number_of(left) <=> number_of(right);
    case Type::b:
      return as_text(left.b()) <=> as_text(right.b());
    default:
      return std::partial_ordering::unordered;
  }
}

std::optional<std::size_t> size_function(const AttributeValue& value) {
  switch (value.type()) {
    case Type::s:
      return utf16_units(value.s());
    case Type::b:
      return value.b().size();
    case Type::ss:
      return value.ss().size();
    case Type::ns:
      return value.ns().size();
    case Type::bs:
      return value.bs().size();
    case Type::l:
      return value.l().size();
    case Type::m:
      return value.m().size();
    default:
      return std::nullopt;
  }
}

bool contains(const AttributeValue& container, const AttributeValue& element) {
  switch (container.type()) {
    case Type::s:
      return element.if_s() != nullptr && container.s().find(element.s()) != std::string::npos;
    case Type::b:
      return element.if_b() != nullptr && has_bytes(container.b(), element.b());
    case Type::ss:
      return element.if_s() != nullptr && is_among(container.ss(), element.s());
    case Type::ns:
      return element.if_n() != nullptr && is_among(container.ns(), element.n());
    case Type::bs:
      return element.if_b() != nullptr && is_among(container.bs(), element.b());
    case Type::l:
      return is_among(container.l(), element);
    default:
      return false;
  }
}

bool begins_with(const AttributeValue& value, const AttributeValue& prefix) {
  if (value.if_s() != nullptr && prefix.if_s() != nullptr) return value.s().starts_with(prefix.s());
  if (value.if_b() != nullptr && prefix.if_b() != nullptr)
    return as_text(value.b()).starts_with(as_text(prefix.b()));
  return false;
}

int nesting(const AttributeValue& value) {
  int deepest = 0;
  if (const auto* list = value.if_l()) {
    for (const AttributeValue& element : *list) deepest = std::max(deepest, nesting(element));
    return deepest + 1;
  }
  if (const auto* map = value.if_m()) {
    for (const auto& [name, member] : *map) deepest = std::max(deepest, nesting(member));
    return deepest + 1;
  }
  return 0;
}

}  // namespace gannet::local::dynamodb
