#include "local/dynamodb/consumed_capacity.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "local/dynamodb/item_codec.hpp"
#include "local/dynamodb/item_keys.hpp"

namespace gannet::local::dynamodb {
namespace {

constexpr std::size_t bytes_per_read_unit = 4096;
constexpr std::size_t bytes_per_write_unit = 1024;

double units(std::size_t bytes, std::size_t bytes_per_unit) {
  return static_cast<double>(std::max<std::size_t>(1, (bytes + bytes_per_unit - 1) / bytes_per_unit));
}

double write_cost(const Item* item) {
  return item == nullptr ? 0 : units(item_size(*item), bytes_per_write_unit);
}

/// What an index holds of an item; nothing if the item is not in it.
std::optional<Item> projected(const Item* item, const Table& table, const Index& index) {
  if (item == nullptr || !key_in_index(*item, index)) return std::nullopt;
  Item out;
  for (const auto& [name, value] : *item) {
    if (index.projects(name, table.keys)) out.emplace(name, value);
  }
  return out;
}

/// A changed index key is a deletion and a put.
double index_write_cost(const Table& table, const Index& index, const Item* before, const Item* after) {
  const auto old_entry = projected(before, table, index);
  const auto new_entry = projected(after, table, index);
  const double old_units = write_cost(old_entry ? &*old_entry : nullptr);
  const double new_units = write_cost(new_entry ? &*new_entry : nullptr);
  if (!old_entry || !new_entry) return old_units + new_units;
  if (*old_entry == *new_entry) return 0;
  if (key_in_index(*old_entry, index) == key_in_index(*new_entry, index))
    return std::max(old_units, new_units);
  return old_units + new_units;
}

double sum(const std::map<std::string_view, double>& consumed) {
  double total = 0;
  for (const auto& [name, part] : consumed) total += part;
  return total;
}

}  // namespace

ConsumedCapacity::Detail ConsumedCapacity::detail(const Parameters& request) {
  const std::string_view wanted = request.text("ReturnConsumedCapacity").value_or("NONE");
  return wanted == "NONE" ? Detail::none : wanted == "TOTAL" ? Detail::total : Detail::indexes;
}

void ConsumedCapacity::read(std::size_t bytes, bool consistent, const Index* index) {
  const double consumed = units(bytes, bytes_per_read_unit) * (use_ != Use::single ? 2
                                                               : consistent        ? 1
                                                                                   : 0.5);
  if (index == nullptr) {
    table_units_ += consumed;
  } else {
    (index->global ? global_ : local_)[index->name] += consumed;
  }
}

void ConsumedCapacity::write(const Item* before, const Item* after) {
  const double times = use_ == Use::single ? 1 : 2;
  table_units_ += times * std::max({1.0, write_cost(before), write_cost(after)});
  for (const Index& index : table_->indexes) {
    const double consumed = times * index_write_cost(*table_, index, before, after);
    if (consumed > 0) (index.global ? global_ : local_)[index.name] += consumed;
  }
}

void ConsumedCapacity::write_member(core::JsonWriter& writer, Detail detail) const {
  if (detail == Detail::none) return;
  writer.key("ConsumedCapacity");
  write_to(writer, detail);
}

void ConsumedCapacity::write_to(core::JsonWriter& writer, Detail detail) const {
  writer.begin_object();
  writer.key("TableName");
  writer.string(table_->name);
  write_units(writer, table_units_ + sum(global_) + sum(local_));
  if (detail == Detail::indexes) {
    const auto write_part = [&](std::string_view name, double part) {
      writer.key(name);
      writer.begin_object();
      write_units(writer, part);
      writer.end_object();
    };
    write_part("Table", table_units_);
    const auto write_indexes = [&](std::string_view member,
                                   const std::map<std::string_view, double>& consumed) {
      if (consumed.empty()) return;
      writer.key(member);
      writer.begin_object();
      for (const auto& [name, part] : consumed) write_part(name, part);
      writer.end_object();
    };
    write_indexes("LocalSecondaryIndexes", local_);
    write_indexes("GlobalSecondaryIndexes", global_);
  }
  writer.end_object();
}

void ConsumedCapacity::write_units(core::JsonWriter& writer, double consumed) const {
  writer.key("CapacityUnits");
  writer.number(consumed);
  if (use_ == Use::single) return;
  writer.key(use_ == Use::transactional_reads ? "ReadCapacityUnits" : "WriteCapacityUnits");
  writer.number(consumed);
}

ConsumedCapacity& CapacityByTable::of(const Table& table) {
  const auto found = std::ranges::find(tables_, &table, &std::pair<const Table*, ConsumedCapacity>::first);
  if (found != tables_.end()) return found->second;
  return tables_.emplace_back(&table, ConsumedCapacity(table, use_)).second;
}

void CapacityByTable::write_member(core::JsonWriter& writer, ConsumedCapacity::Detail detail) const {
  if (detail == ConsumedCapacity::Detail::none) return;
  writer.key("ConsumedCapacity");
  writer.begin_array();
  for (const auto& [table, consumed] : tables_) consumed.write_to(writer, detail);
  writer.end_array();
}

}  // namespace gannet::local::dynamodb
