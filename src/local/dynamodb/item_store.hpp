#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <gannet/attribute_value.hpp>

#include "local/dynamodb/item_keys.hpp"
#include "local/dynamodb/tables.hpp"
#include "local/store/database.hpp"

namespace gannet::local::dynamodb {

struct StoredItem {
  std::string json;
  std::size_t size = 0;
};

/// Items in the store, with their entries in the indexes.
class ItemStore {
 public:
  ItemStore(Database& database, Tables& tables) : database_(database), tables_(tables) {}

  [[nodiscard]] std::optional<StoredItem> find(const Table& table, const Key& key);

  /// Puts `item` in the place of `old`, what `find` gives for the key now. The item has been checked.
  void put(Table& table, const Key& key, const Item& item, std::size_t size,
           const std::optional<StoredItem>& old);
  void erase(Table& table, const Key& key, const StoredItem& old);

 private:
  void change_indexes(const Table& table, const Key& key, const Item* old, const Item* now);

  Database& database_;
  Tables& tables_;
};

/// The stretch of a table or of one of its indexes that a query or a scan walks, one partition's or all.
struct Walk {
  const Table* table = nullptr;
  const Index* index = nullptr;  ///< nullptr: the table itself.
  /// One partition: the sort keys in [low, high). All: the partitions' blobs in [low, high).
  std::optional<std::string> partition{};
  std::string low{};
  std::string high{};
  bool forward = true;  ///< False for one partition only.
  /// Where to go on: the item that came last, by its key in the table and in the index.
  std::optional<Key> after{};
  Key index_after{};

  /// Rows of item and size in order. This must outlive the query.
  [[nodiscard]] Query open(Database& database);
};

}  // namespace gannet::local::dynamodb
