#include "local/dynamodb/item_keys.hpp"

#include <fmt/format.h>

#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/key_codec.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

std::size_t size_of(const AttributeValue& value) {
  if (const auto* text = value.if_s()) return text->size();
  if (const auto* bytes = value.if_b()) return bytes->size();
  return 0;
}

bool is_empty(const AttributeValue& value) {
  return value.if_n() == nullptr && size_of(value) == 0;
}

Key encode(const AttributeValue& partition, const AttributeValue* sort) {
  return {.partition = encode_partition_key(partition),
          .sort = sort == nullptr ? std::string() : encode_key(*sort)};
}

const AttributeValue& key_value(const Item& item, const KeyAttribute& attribute, bool partition) {
  const auto found = item.find(attribute.name);
  if (found == item.end()) {
    refuse(fmt::format("One or more parameter values were invalid: Missing the key {} in the item",
                       attribute.name));
  }
  if (found->second.type() != attribute.type) {
    refuse(fmt::format(
        "One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}",
        attribute.name, type_letters(attribute.type), type_letters(found->second.type())));
  }
  check_key_value(found->second, attribute.name, partition);
  return found->second;
}

const AttributeValue* index_key_value(const Item& item, const KeyAttribute& attribute, const Index& index,
                                      bool partition) {
  const auto found = item.find(attribute.name);
  if (found == item.end()) return nullptr;
  const AttributeValue& value = found->second;
  if (value.type() != attribute.type) {
    refuse(
        fmt::format("One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} "
                    "Actual: {} IndexName: {}",
                    attribute.name, type_letters(attribute.type), type_letters(value.type()), index.name));
  }
  if (is_empty(value)) {
    refuse(
        fmt::format("One or more parameter values are not valid. A value specified for a secondary index key "
                    "is not supported. The AttributeValue for a key attribute cannot contain an empty {} "
                    "value. IndexName: {}, IndexKey: {}",
                    value.if_s() != nullptr ? "string" : "binary", index.name, attribute.name));
  }
  check_key_value(value, attribute.name, partition);
  return &value;
}

}  // namespace

void check_key_value(const AttributeValue& value, std::string_view attribute, bool partition) {
  if (is_empty(value)) {
    refuse(
        fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute "
                    "cannot contain an empty {} value. Key: {}",
                    value.if_s() != nullptr ? "string" : "binary", attribute));
  }
  if (partition && size_of(value) > maximum_partition_key_size) {
    refuse(
        fmt::format("One or more parameter values were invalid: Size of hashkey has exceeded the maximum "
                    "size limit of {} bytes",
                    maximum_partition_key_size));
  }
  if (!partition && size_of(value) > maximum_sort_key_size) {
    refuse(
        fmt::format("One or more parameter values were invalid: Aggregated size of all range keys has "
                    "exceeded the size limit of {} bytes",
                    maximum_sort_key_size));
  }
}

Key read_key(const Item& attributes, const KeySchema& keys) {
  const auto fits = [&](const KeyAttribute& attribute) {
    const auto found = attributes.find(attribute.name);
    return found != attributes.end() && found->second.type() == attribute.type;
  };
  if (attributes.size() != keys.names().size() || !fits(keys.partition) || (keys.sort && !fits(*keys.sort))) {
    refuse("The provided key element does not match the schema");
  }
  return key_of_item(attributes, keys);
}

Key key_of_item(const Item& item, const KeySchema& keys) {
  const AttributeValue& partition = key_value(item, keys.partition, true);
  return encode(partition, keys.sort ? &key_value(item, *keys.sort, false) : nullptr);
}

std::optional<Key> key_in_index(const Item& item, const Index& index) {
  const AttributeValue* partition = index_key_value(item, index.keys.partition, index, true);
  const AttributeValue* sort =
      index.keys.sort ? index_key_value(item, *index.keys.sort, index, false) : nullptr;
  if (partition == nullptr || (index.keys.sort && sort == nullptr)) return std::nullopt;
  return encode(*partition, sort);
}

Item key_attributes(const Item& item, const Table& table, const Index* index) {
  Item key;
  const auto take = [&](const KeySchema& keys) {
    for (const std::string_view name : keys.names()) {
      const auto found = item.find(name);
      if (found != item.end()) key.insert_or_assign(std::string(name), found->second);
    }
  };
  take(table.keys);
  if (index != nullptr) take(index->keys);
  return key;
}

}  // namespace gannet::local::dynamodb
