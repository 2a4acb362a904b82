#include "local/dynamodb/parameters.hpp"

#include <fmt/format.h>

#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::JsonValue;

[[noreturn]] void refuse_type(JsonValue value, std::string_view wanted) {
  const auto message = [&]() -> std::string {
    switch (value.type()) {
      case JsonValue::Type::object:
        return "Start of structure or map found where not expected.";
      case JsonValue::Type::array:
        return "Start of list found where not expected";
      case JsonValue::Type::string:
        return fmt::format("STRING_VALUE cannot be converted to {}", wanted);
      case JsonValue::Type::integer:
      case JsonValue::Type::unsigned_integer:
        return fmt::format("NUMBER_VALUE cannot be converted to {}", wanted);
      case JsonValue::Type::number:
        return fmt::format("DECIMAL_VALUE cannot be converted to {}", wanted);
      case JsonValue::Type::boolean:
        return fmt::format("{}_VALUE cannot be converted to {}", *value.boolean() ? "TRUE" : "FALSE", wanted);
      case JsonValue::Type::null:
        return fmt::format("NULL_VALUE cannot be converted to {}", wanted);
    }
    return "Unexpected value type in payload";
  }();
  throw Refusal{.type = "SerializationException", .message = message};
}

template <class Value>
Value require(const std::optional<Value>& value, std::string_view name) {
  if (!value) refuse(fmt::format("The parameter '{}' is required but was not present in the request", name));
  return *value;
}

}  // namespace

std::string_view text_of(JsonValue value) {
  const auto text = value.string();
  if (!text) refuse_type(value, "String");
  return *text;
}

bool truth_of(JsonValue value) {
  const auto truth = value.boolean();
  if (!truth) refuse_type(value, "Boolean");
  return *truth;
}

JsonValue object_of(JsonValue value) {
  if (!value.is_object()) refuse_type(value, "Map");
  return value;
}

JsonValue array_of(JsonValue value) {
  if (!value.is_array()) refuse_type(value, "List");
  return value;
}

Parameters::Parameters(JsonValue object) : object_(object_of(object)) {}

std::optional<JsonValue> Parameters::find(std::string_view name) const {
  auto found = object_.find(name);
  if (found && found->is_null()) found.reset();
  return found;
}

bool Parameters::has(std::string_view name) const {
  return find(name).has_value();
}

std::optional<std::string_view> Parameters::text(std::string_view name) const {
  const auto found = find(name);
  if (!found) return std::nullopt;
  return text_of(*found);
}

std::optional<std::int64_t> Parameters::integer(std::string_view name) const {
  const auto found = find(name);
  if (!found) return std::nullopt;
  const auto integer = found->integer();
  if (!integer) refuse_type(*found, "Integer");
  return integer;
}

bool Parameters::boolean(std::string_view name, bool otherwise) const {
  const auto found = find(name);
  return found ? truth_of(*found) : otherwise;
}

std::optional<JsonValue> Parameters::object(std::string_view name) const {
  const auto found = find(name);
  if (found) object_of(*found);
  return found;
}

std::optional<JsonValue> Parameters::array(std::string_view name) const {
  const auto found = find(name);
  if (found) array_of(*found);
  return found;
}

std::string_view Parameters::required_text(std::string_view name) const {
  return require(text(name), name);
}

JsonValue Parameters::required_object(std::string_view name) const {
  return require(object(name), name);
}

JsonValue Parameters::required_array(std::string_view name) const {
  return require(array(name), name);
}

void Parameters::refuse_legacy(std::initializer_list<Legacy> members) const {
  for (const auto& [name, successor] : members) {
    if (!has(name)) continue;
    refuse(fmt::format("The local cloud does not have the legacy parameter {}. Use {} instead.", name,
                       successor));
  }
}

}  // namespace gannet::local::dynamodb
