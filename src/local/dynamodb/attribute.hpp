#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <gannet/attribute_value.hpp>

#include "core/json.hpp"

/// Attribute values as the service holds them: numbers in its own spelling, sets in order and without
/// repetition. Two values in this form are equal to the service exactly when `==` says so.
namespace gannet::local::dynamodb {

/// Levels of lists and maps within one another that an attribute may have.
inline constexpr int maximum_nesting = 31;

/// Reads a value and brings it into that form. Refuses what the service refuses.
AttributeValue read_attribute(core::JsonValue json);
/// An item or a key. `what` names it when an attribute is null.
Item read_attributes(core::JsonValue json, std::string_view what);

/// "S", "N", ..., "NULL", "BOOL".
std::string_view type_letters(AttributeValue::Type type) noexcept;
std::optional<AttributeValue::Type> type_of_letters(std::string_view letters) noexcept;
/// "STRING", "NUMBER", ...: as some messages have it.
std::string_view type_word(AttributeValue::Type type) noexcept;

/// Unordered unless both are S, both N or both B.
std::partial_ordering compare(const AttributeValue& left, const AttributeValue& right);
/// What `size(...)` gives: UTF-16 code units of text, bytes, elements; nothing for numbers, truth values and
/// null.
std::optional<std::size_t> size_function(const AttributeValue& value);
/// What `contains(...)` gives.
bool contains(const AttributeValue& container, const AttributeValue& element);
bool begins_with(const AttributeValue& value, const AttributeValue& prefix);

/// Levels of lists and maps in it: 0 for a scalar or a set.
int nesting(const AttributeValue& value);

}  // namespace gannet::local::dynamodb
