#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <gannet/attribute_value.hpp>

#include "local/dynamodb/tables.hpp"

/// The keys of items, as the store has them.
namespace gannet::local::dynamodb {

/// Where an item is in its table, or in one of its indexes.
struct Key {
  std::string partition;
  std::string sort;  ///< "" when the schema has no sort key.
  friend bool operator==(const Key&, const Key&) = default;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// Of a `Key` parameter: refuses anything but the key's attributes with their types.
Key read_key(const Item& attributes, const KeySchema& keys);
/// Of an item to be put.
Key key_of_item(const Item& item, const KeySchema& keys);
/// Of an item that may lack an attribute of the index: then it is not in it. Refuses an attribute that cannot
/// be a key.
std::optional<Key> key_in_index(const Item& item, const Index& index);

/// The attributes of `item` that make its key in the table, and in the index if there is one.
Item key_attributes(const Item& item, const Table& table, const Index* index);

/// Refuses a key value that is empty or too long.
void check_key_value(const AttributeValue& value, std::string_view attribute, bool partition);

}  // namespace gannet::local::dynamodb
