#pragma once

#include <string>

#include <boost/json/object.hpp>
#include <gannet/attribute_value.hpp>

namespace receipts {

/// JSON members as attributes: text, numbers, booleans, null, lists and maps as their DynamoDB types.
gannet::Item item_from_json(const boost::json::object& members);

/// Appends `,"name":value` for every attribute: numbers with all their digits, binary data in base64, sets as
/// lists.
void append_members(std::string& json, const gannet::Item& attributes);

/// Appends a JSON string, quoted and escaped.
void append_text(std::string& json, std::string_view text);

}  // namespace receipts
