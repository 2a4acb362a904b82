#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <gannet/attribute_value.hpp>

#include "core/json.hpp"
#include "local/dynamodb/parameters.hpp"
#include "local/dynamodb/tables.hpp"

namespace gannet::local::dynamodb {

/// The capacity units that a request has consumed of one table and its indexes, as ReturnConsumedCapacity
/// asks.
class ConsumedCapacity {
 public:
  enum class Detail { none, total, indexes };
  /// What the request wants to know.
  static Detail detail(const Parameters& request);

  /// What a transaction does costs twice: it is prepared and committed.
  enum class Use : std::uint8_t { single, transactional_reads, transactional_writes };

  explicit ConsumedCapacity(const Table& table, Use use = Use::single) : table_(&table), use_(use) {}

  /// One read of `bytes` in all, of the table or of an index.
  void read(std::size_t bytes, bool consistent, const Index* index = nullptr);
  /// One write: the item before and after, nullptr where there is none.
  void write(const Item* before, const Item* after);

  /// The member ConsumedCapacity, unless it is not wanted.
  void write_member(core::JsonWriter& writer, Detail detail) const;
  /// The structure alone.
  void write_to(core::JsonWriter& writer, Detail detail) const;

 private:
  void write_units(core::JsonWriter& writer, double consumed) const;

  const Table* table_;
  Use use_;
  double table_units_ = 0;
  std::map<std::string_view, double> global_;
  std::map<std::string_view, double> local_;
};

/// The same of each table that a request touches, in the order of first use.
class CapacityByTable {
 public:
  explicit CapacityByTable(ConsumedCapacity::Use use = ConsumedCapacity::Use::single) : use_(use) {}

  ConsumedCapacity& of(const Table& table);
  void write_member(core::JsonWriter& writer, ConsumedCapacity::Detail detail) const;

 private:
  ConsumedCapacity::Use use_;
  std::deque<std::pair<const Table*, ConsumedCapacity>> tables_;
};

}  // namespace gannet::local::dynamodb
