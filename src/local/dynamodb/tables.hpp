#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/attribute_value.hpp>
#include <gannet/timestamp.hpp>

#include "core/json.hpp"
#include "local/dynamodb/parameters.hpp"
#include "local/service.hpp"
#include "local/store/database.hpp"

namespace gannet::local::dynamodb {

struct KeyAttribute {
  std::string name;
  AttributeValue::Type type = AttributeValue::Type::s;  ///< s, n or b.
};

struct KeySchema {
  KeyAttribute partition;
  std::optional<KeyAttribute> sort;

  [[nodiscard]] std::vector<std::string_view> names() const;
};

/// A secondary index.
struct Index {
  enum class Projected { all, keys_only, include };
  std::string name;
  bool global = true;
  KeySchema keys;
  Projected projected = Projected::all;
  std::vector<std::string> included;  ///< Of Projected::include.

  /// Whether an index of `keys` over a table with `table_keys` holds the attribute.
  [[nodiscard]] bool projects(std::string_view attribute, const KeySchema& table_keys) const;
};

struct Table {
  std::int64_t number = 0;  ///< The store's own.
  std::string name;
  std::string arn;
  std::string id;
  std::vector<KeyAttribute> attributes;  ///< As defined; sorted by no one.
  KeySchema keys;
  std::vector<Index> indexes;
  bool on_demand = false;
  std::int64_t read_units = 0;
  std::int64_t write_units = 0;
  bool deletion_protected = false;
  Timestamp created{};
  std::int64_t item_count = 0;
  std::int64_t item_bytes = 0;

  [[nodiscard]] const Index* find_index(std::string_view index_name) const;
  /// The number of one of `indexes` in the store.
  [[nodiscard]] std::int64_t index_number(const Index& index) const;
};

/// The tables of the cloud: kept in the store, and in memory for speed.
class Tables {
 public:
  Tables(Database& database, const CloudFacts& facts);

  /// By name or ARN. Refused with a ResourceNotFoundException when there is none.
  Table& get(std::string_view name);
  /// The same, with the message of the operations on tables themselves.
  Table& get_for_table_operation(std::string_view name);

  /// A table as CreateTable's parameters have it. Refuses what is wrong with them, and a name that is taken.
  Table& create(const Parameters& request);
  void update(Table& table, const Parameters& request);
  void remove(Table& table);

  /// Names in order after `start` (from the first when ""), at most `limit`, and whether there are more.
  [[nodiscard]] std::pair<std::vector<std::string>, bool> names(std::string_view start, std::size_t limit);

  /// To be called after a write of items, within its transaction.
  void count(Table& table, std::int64_t items, std::int64_t bytes);
  /// Reads what is stored again, after writes that were undone. Ends all references to tables.
  void load();

 private:
  void reload_if_lost();
  [[nodiscard]] Table* find(std::string_view name);

  Database& database_;
  const CloudFacts& facts_;
  std::map<std::string, std::unique_ptr<Table>, std::less<>> tables_;
  std::uint64_t lost_turns_ = 0;
};

/// TableDescription.
void write_description(core::JsonWriter& writer, const Table& table);

}  // namespace gannet::local::dynamodb
