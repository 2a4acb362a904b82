#include "local/dynamodb/item_store.hpp"

#include <algorithm>

#include "local/dynamodb/item_codec.hpp"
#include "local/dynamodb/key_codec.hpp"

namespace gannet::local::dynamodb {

std::optional<StoredItem> ItemStore::find(const Table& table, const Key& key) {
  auto row = database_.query(
      "SELECT item, size FROM dynamodb_items WHERE table_number = ? AND partition = ? AND sort = ?");
  row.bind(1, table.number).bind_blob(2, key.partition).bind_blob(3, key.sort);
  if (!row.step()) return std::nullopt;
  return StoredItem{.json = std::string(row.blob(0)), .size = static_cast<std::size_t>(row.integer(1))};
}

void ItemStore::put(Table& table, const Key& key, const Item& item, std::size_t size,
                    const std::optional<StoredItem>& old) {
  const std::string json = item_to_json(item);
  database_.atomically([&] {
    database_
        .query(
            "REPLACE INTO dynamodb_items (table_number, partition, sort, size, item) VALUES (?, ?, ?, ?, ?)")
        .bind(1, table.number)
        .bind_blob(2, key.partition)
        .bind_blob(3, key.sort)
        .bind(4, static_cast<std::int64_t>(size))
        .bind_blob(5, json)
        .run();
    if (!table.indexes.empty()) {
      const Item before = old ? item_from_json(old->json) : Item();
      change_indexes(table, key, old ? &before : nullptr, &item);
    }
    const std::size_t old_size = old ? old->size : 0;
    tables_.count(table, old ? 0 : 1, static_cast<std::int64_t>(size) - static_cast<std::int64_t>(old_size));
  });
}

void ItemStore::erase(Table& table, const Key& key, const StoredItem& old) {
  database_.atomically([&] {
    database_.query("DELETE FROM dynamodb_items WHERE table_number = ? AND partition = ? AND sort = ?")
        .bind(1, table.number)
        .bind_blob(2, key.partition)
        .bind_blob(3, key.sort)
        .run();
    if (!table.indexes.empty()) {
      const Item before = item_from_json(old.json);
      change_indexes(table, key, &before, nullptr);
    }
    tables_.count(table, -1, -static_cast<std::int64_t>(old.size));
  });
}

void ItemStore::change_indexes(const Table& table, const Key& key, const Item* old, const Item* now) {
  const auto bind_entry = [&](Query& query, const Index& index, const Key& place) {
    query.bind(1, table.index_number(index)).bind_blob(2, place.partition).bind_blob(3, place.sort);
    query.bind_blob(4, key.partition).bind_blob(5, key.sort);
    query.run();
  };
  for (const Index& index : table.indexes) {
    const auto before = old != nullptr ? key_in_index(*old, index) : std::nullopt;
    const auto after = now != nullptr ? key_in_index(*now, index) : std::nullopt;
    if (before == after) continue;
    if (before) {
      auto row = database_.query(
          "DELETE FROM dynamodb_index_entries WHERE index_number = ? AND index_partition = ? AND index_sort "
          "= ? AND partition = ? AND sort = ?");
      bind_entry(row, index, *before);
    }
    if (after) {
      auto row = database_.query(
          "INSERT INTO dynamodb_index_entries (index_number, index_partition, index_sort, partition, sort) "
          "VALUES (?, ?, ?, ?, ?)");
      bind_entry(row, index, *after);
    }
  }
}

namespace {

constexpr std::string_view table_partition_forward =
    "SELECT item, size FROM dynamodb_items WHERE table_number = ? AND partition = ? AND sort >= ? AND sort < "
    "? ORDER BY sort";
constexpr std::string_view table_partition_backward =
    "SELECT item, size FROM dynamodb_items WHERE table_number = ? AND partition = ? AND sort >= ? AND sort < "
    "? ORDER BY sort DESC";
constexpr std::string_view table_all =
    "SELECT item, size FROM dynamodb_items WHERE table_number = ? AND (partition, sort) > (?, ?) AND "
    "partition < ? ORDER BY partition, sort";

constexpr std::string_view index_partition_forward =
    "SELECT item, size FROM dynamodb_index_entries AS entry CROSS JOIN dynamodb_items AS stored ON "
    "stored.table_number = ? AND stored.partition = entry.partition AND stored.sort = entry.sort WHERE "
    "entry.index_number = ? AND entry.index_partition = ? AND (entry.index_sort, entry.partition, "
    "entry.sort) > (?, ?, ?) AND entry.index_sort < ? ORDER BY entry.index_sort, entry.partition, entry.sort";
constexpr std::string_view index_partition_backward =
    "SELECT item, size FROM dynamodb_index_entries AS entry CROSS JOIN dynamodb_items AS stored ON "
    "stored.table_number = ? AND stored.partition = entry.partition AND stored.sort = entry.sort WHERE "
    "entry.index_number = ? AND entry.index_partition = ? AND (entry.index_sort, entry.partition, "
    "entry.sort) < (?, ?, ?) AND entry.index_sort >= ? ORDER BY entry.index_sort DESC, entry.partition DESC, "
    "entry.sort DESC";
constexpr std::string_view index_all =
    "SELECT item, size FROM dynamodb_index_entries AS entry CROSS JOIN dynamodb_items AS stored ON "
    "stored.table_number = ? AND stored.partition = entry.partition AND stored.sort = entry.sort WHERE "
    "entry.index_number = ? AND (entry.index_partition, entry.index_sort, entry.partition, entry.sort) > (?, "
    "?, ?, ?) AND entry.index_partition < ? ORDER BY entry.index_partition, entry.index_sort, "
    "entry.partition, entry.sort";

}  // namespace

Query Walk::open(Database& database) {
  if (index == nullptr && partition) {
    if (after && forward) low = std::max(low, next_key(after->sort));
    if (after && !forward) high = std::min(high, after->sort);
    auto rows = database.query(forward ? table_partition_forward : table_partition_backward);
    rows.bind(1, table->number).bind_blob(2, *partition).bind_blob(3, low).bind_blob(4, high);
    return rows;
  }
  // Views, not a choice of strings: what is bound must outlive the query.
  const std::string_view from_partition = after ? std::string_view(after->partition) : std::string_view();
  const std::string_view from_sort = after ? std::string_view(after->sort) : std::string_view();
  if (index == nullptr) {
    auto rows = database.query(table_all);
    rows.bind(1, table->number)
        .bind_blob(2, after ? from_partition : std::string_view(low))
        .bind_blob(3, from_sort);
    rows.bind_blob(4, high);
    return rows;
  }
  if (partition) {
    auto rows = database.query(forward ? index_partition_forward : index_partition_backward);
    rows.bind(1, table->number).bind(2, table->index_number(*index)).bind_blob(3, *partition);
    rows.bind_blob(4, after ? index_after.sort : forward ? low : high).bind_blob(5, from_partition);
    rows.bind_blob(6, from_sort).bind_blob(7, forward ? high : low);
    return rows;
  }
  auto rows = database.query(index_all);
  rows.bind(1, table->number).bind(2, table->index_number(*index));
  rows.bind_blob(3, after ? index_after.partition : low)
      .bind_blob(4, after ? std::string_view(index_after.sort) : "");
  rows.bind_blob(5, from_partition).bind_blob(6, from_sort).bind_blob(7, high);
  return rows;
}

}  // namespace gannet::local::dynamodb
