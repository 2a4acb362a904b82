#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

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

  explicit ConsumedCapacity(const Table& table) : table_(&table) {}

  /// One read of `bytes` in all, of the table or of an index.
  void read(std::size_t bytes, bool consistent, const Index* index = nullptr);
  /// One write: the item before and after, nullptr where there is none.
  void write(const Item* before, const Item* after);

  /// The member ConsumedCapacity, unless it is not wanted.
  void write_member(core::JsonWriter& writer, Detail detail) const;
  /// The structure alone.
  void write_to(core::JsonWriter& writer, Detail detail) const;

 private:
  const Table* table_;
  double table_units_ = 0;
  std::map<std::string_view, double> global_;
  std::map<std::string_view, double> local_;
};

}  // namespace gannet::local::dynamodb
