#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <gannet/attribute_value.hpp>

/// Items as they are stored and sent: DynamoDB's JSON.
namespace gannet::local::dynamodb {

/// The largest item, in the bytes of `item_size`.
inline constexpr std::size_t maximum_item_size = std::size_t{400} * 1024;

/// Bytes that an item counts for by the service's rules: names and values, three bytes a list or map and one
/// for each of their members.
std::size_t item_size(const Item& item);

std::string item_to_json(const Item& item);
/// Of JSON that `item_to_json` wrote. Throws StoreError when it is damaged.
Item item_from_json(std::string_view json);

}  // namespace gannet::local::dynamodb
