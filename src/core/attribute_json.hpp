#pragma once

#include <string_view>

#include <gannet/attribute_value.hpp>
#include <gannet/result.hpp>

#include "core/json.hpp"

/// Attribute values as DynamoDB's JSON has them: `{"S": "text"}`, `{"L": [{"N": "1"}]}`.
namespace gannet::core {

/// Levels of values inside one another that DynamoDB takes, a value within no list or map being on the first.
inline constexpr std::size_t maximum_attribute_levels = 32;

void write(JsonWriter& writer, const AttributeValue& value);
void write_item(JsonWriter& writer, const Item& item);

/// Errors are of kind `protocol`, code "SerializationException", and name the place: `Item.address.M.street`
/// if `path` is "Item.address". Members that are null count as absent; exactly one type letter must remain.
/// The digits of numbers are taken as they stand, and sets may be empty or repeat a value.
Result<AttributeValue> read_attribute_value(const JsonValue& value, std::string_view path);
Result<Item> read_item(const JsonValue& value, std::string_view path);

}  // namespace gannet::core
