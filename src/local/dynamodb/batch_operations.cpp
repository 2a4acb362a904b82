#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "core/attribute_json.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/consumed_capacity.hpp"
#include "local/dynamodb/item_codec.hpp"
#include "local/dynamodb/item_write.hpp"
#include "local/dynamodb/operations.hpp"
#include "local/dynamodb/projection.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::JsonValue;
using core::JsonWriter;

constexpr std::size_t maximum_keys = 100;
constexpr std::size_t maximum_writes = 25;
/// An answer ends before the item that would go beyond this; the keys that are left are given back.
constexpr std::size_t maximum_answer_size = std::size_t{16} << 20;

/// What BatchGetItem wants of one table.
struct TableGets {
  JsonValue request;
  Table* table = nullptr;
  std::vector<std::pair<Key, JsonValue>> keys;
  std::optional<Projection> projection;
  bool consistent = false;
};

[[noreturn]] void refuse_duplicates() {
  refuse("Provided list of item keys contains duplicates");
}

TableGets read_gets(Engine& engine, std::string_view name, JsonValue json) {
  const Parameters parameters(json);
  parameters.refuse_legacy({{"AttributesToGet", "ProjectionExpression"}});
  TableGets gets{.request = json, .table = &engine.tables.get(name), .keys = {}, .projection = {}};
  gets.consistent = parameters.boolean("ConsistentRead");
  Placeholders placeholders(parameters, {});
  if (const auto text = parameters.text("ProjectionExpression"))
    gets.projection.emplace(placeholders.projection(*text));
  placeholders.refuse_unused();
  std::set<Key> seen;
  for (const JsonValue key_json : parameters.required_array("Keys")) {
    Key key = read_key(read_attributes(key_json, "Key"), gets.table->keys);
    if (!seen.insert(key).second) refuse_duplicates();
    gets.keys.emplace_back(std::move(key), key_json);
  }
  return gets;
}

void check_get_counts(JsonValue request_items) {
  std::size_t keys = 0;
  for (auto member = request_items.begin(); member != request_items.end(); ++member) {
    keys += Parameters(member.value()).required_array("Keys").size();
  }
  if (keys > maximum_keys) refuse("Too many items requested for the BatchGetItem call");
}

/// The part of a table's request that was not answered: everything but the keys before `from`.
void write_unprocessed(JsonWriter& writer, const TableGets& gets, std::size_t from) {
  writer.begin_object();
  for (auto member = gets.request.begin(); member != gets.request.end(); ++member) {
    if (member.key() == "Keys") continue;
    writer.key(member.key());
    writer.raw(member.value().to_json());
  }
  writer.key("Keys");
  writer.begin_array();
  for (std::size_t i = from; i < gets.keys.size(); ++i) writer.raw(gets.keys[i].second.to_json());
  writer.end_array();
  writer.end_object();
}

ItemChange read_change(Table& table, JsonValue json) {
  const Parameters parameters(json);
  const auto put = parameters.object("PutRequest");
  const auto erase = parameters.object("DeleteRequest");
  if (put.has_value() == erase.has_value()) {
    refuse(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
        "datatypes");
  }
  ItemChange change{.table = &table};
  if (put) {
    change.now = read_attributes(Parameters(*put).required_object("Item"), "Item");
    change.key = checked_key(*change.now, table);
    change.size = checked_size(*change.now);
  } else {
    change.key = read_key(read_attributes(Parameters(*erase).required_object("Key"), "Key"), table.keys);
  }
  return change;
}

std::vector<ItemChange> read_changes(Engine& engine, JsonValue request_items) {
  std::size_t count = 0;
  for (auto member = request_items.begin(); member != request_items.end(); ++member) {
    count += array_of(member.value()).size();
  }
  if (count > maximum_writes) refuse("Too many items requested for the BatchWriteItem call");

  std::vector<ItemChange> changes;
  std::set<std::pair<const Table*, Key>> seen;
  for (auto member = request_items.begin(); member != request_items.end(); ++member) {
    Table& table = engine.tables.get(member.key());
    for (const JsonValue request : member.value()) {
      ItemChange change = read_change(table, request);
      if (!seen.emplace(&table, change.key).second) refuse_duplicates();
      changes.push_back(std::move(change));
    }
  }
  return changes;
}

}  // namespace

std::string batch_get_item(Engine& engine, const Parameters& request) {
  const JsonValue request_items = request.required_object("RequestItems");
  const auto detail = ConsumedCapacity::detail(request);
  check_get_counts(request_items);
  std::vector<TableGets> all;
  for (auto member = request_items.begin(); member != request_items.end(); ++member) {
    all.push_back(read_gets(engine, member.key(), member.value()));
  }

  CapacityByTable consumed;
  JsonWriter writer;
  JsonWriter unprocessed;
  unprocessed.begin_object();
  writer.begin_object();
  writer.key("Responses");
  writer.begin_object();
  std::size_t bytes = 0;
  bool full = false;
  for (const TableGets& gets : all) {
    writer.key(gets.table->name);
    writer.begin_array();
    std::size_t answered = 0;
    for (; answered < gets.keys.size() && !full; ++answered) {
      const auto stored = engine.items.find(*gets.table, gets.keys[answered].first);
      if (stored && bytes + stored->size > maximum_answer_size) {
        full = true;
        break;
      }
      consumed.of(*gets.table).read(stored ? stored->size : 0, gets.consistent);
      if (!stored) continue;
      bytes += stored->size;
      if (gets.projection) {
        core::write_item(writer, gets.projection->of(item_from_json(stored->json)));
      } else {
        writer.raw(stored->json);
      }
    }
    writer.end_array();
    if (answered < gets.keys.size()) {
      unprocessed.key(gets.table->name);
      write_unprocessed(unprocessed, gets, answered);
    }
  }
  writer.end_object();
  unprocessed.end_object();
  writer.key("UnprocessedKeys");
  writer.raw(unprocessed.text());
  consumed.write_member(writer, detail);
  writer.end_object();
  return writer.take();
}

std::string batch_write_item(Engine& engine, const Parameters& request) {
  const auto detail = ConsumedCapacity::detail(request);
  std::vector<ItemChange> changes = read_changes(engine, request.required_object("RequestItems"));

  CapacityByTable consumed;
  for (ItemChange& change : changes) {
    change.old = engine.items.find(*change.table, change.key);
    apply(engine, change);
    if (detail != ConsumedCapacity::Detail::none) count(consumed.of(*change.table), change);
  }
  JsonWriter writer;
  writer.begin_object();
  writer.key("UnprocessedItems");
  writer.begin_object();
  writer.end_object();
  consumed.write_member(writer, detail);
  writer.end_object();
  return writer.take();
}

}  // namespace gannet::local::dynamodb
