#include <utility>

#include "core/attribute_json.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/condition.hpp"
#include "local/dynamodb/consumed_capacity.hpp"
#include "local/dynamodb/item_codec.hpp"
#include "local/dynamodb/operations.hpp"
#include "local/dynamodb/projection.hpp"
#include "local/dynamodb/refusal.hpp"
#include "local/dynamodb/update.hpp"

namespace gannet::local::dynamodb {
namespace {

/// The condition of a write, and what its failure tells.
class WriteCondition {
 public:
  WriteCondition(const Parameters& request, Placeholders& placeholders) : placeholders_(placeholders) {
    returns_item_ = request.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
    const auto text = request.text("ConditionExpression");
    if (!text) return;
    condition_ = placeholders.condition(*text, core::ConditionParameter::condition);
    check_operands(*condition_, placeholders, core::ConditionParameter::condition);
  }

  /// Refuses the write unless the condition holds for what is stored, which is read by `item` only where
  /// needed.
  void require(const std::optional<StoredItem>& stored) const {
    if (!condition_) return;
    const Item item = stored ? item_from_json(stored->json) : Item();
    if (holds(*condition_, item, placeholders_)) return;
    throw Refusal{.type = "ConditionalCheckFailedException",
                  .message = "The conditional request failed",
                  .item = returns_item_ && stored ? stored->json : std::string()};
  }

 private:
  const Placeholders& placeholders_;
  std::optional<core::Condition> condition_;
  bool returns_item_ = false;
};

/// PutItem and DeleteItem know two of the five; the others are refused in words of their own.
bool returns_all_old(const Parameters& request) {
  const std::string_view wanted = request.text("ReturnValues").value_or("NONE");
  if (wanted != "NONE" && wanted != "ALL_OLD") refuse("ReturnValues can only be ALL_OLD or NONE");
  return wanted == "ALL_OLD";
}

void refuse_legacy_conditions(const Parameters& request) {
  request.refuse_legacy(
      {{"Expected", "ConditionExpression"}, {"ConditionalOperator", "ConditionExpression"}});
}

void count_write(ConsumedCapacity& consumed, ConsumedCapacity::Detail detail,
                 const std::optional<StoredItem>& old, const Item* now) {
  if (detail == ConsumedCapacity::Detail::none) return;
  const Item before = old ? item_from_json(old->json) : Item();
  consumed.write(old ? &before : nullptr, now);
}

}  // namespace

CheckedItem check_item(Item item, const Table& table) {
  CheckedItem checked{.item = std::move(item), .key = {}, .size = 0};
  checked.key = key_of_item(checked.item, table.keys);
  for (const Index& index : table.indexes) (void)key_in_index(checked.item, index);
  checked.size = item_size(checked.item);
  if (checked.size > maximum_item_size) refuse("Item size has exceeded the maximum allowed size");
  return checked;
}

std::string get_item(Engine& engine, const Parameters& request) {
  Table& table = engine.tables.get(request.required_text("TableName"));
  request.refuse_legacy({{"AttributesToGet", "ProjectionExpression"}});
  const Key key = read_key(read_attributes(request.required_object("Key"), "Key"), table.keys);
  const bool consistent = request.boolean("ConsistentRead");
  const auto detail = ConsumedCapacity::detail(request);
  Placeholders placeholders(request, {});
  std::optional<Projection> projection;
  if (const auto text = request.text("ProjectionExpression"))
    projection.emplace(placeholders.projection(*text));
  placeholders.refuse_unused();

  const auto stored = engine.items.find(table, key);
  core::JsonWriter writer;
  writer.begin_object();
  if (stored) {
    writer.key("Item");
    if (projection) {
      core::write_item(writer, projection->of(item_from_json(stored->json)));
    } else {
      writer.raw(stored->json);
    }
  }
  ConsumedCapacity consumed(table);
  consumed.read(stored ? stored->size : 0, consistent);
  consumed.write_member(writer, detail);
  writer.end_object();
  return writer.take();
}

std::string put_item(Engine& engine, const Parameters& request) {
  Table& table = engine.tables.get(request.required_text("TableName"));
  refuse_legacy_conditions(request);
  const bool return_old = returns_all_old(request);
  const auto detail = ConsumedCapacity::detail(request);
  Placeholders placeholders(request, {"ConditionExpression"});
  const WriteCondition condition(request, placeholders);
  placeholders.refuse_unused();
  const CheckedItem checked = check_item(read_attributes(request.required_object("Item"), "Item"), table);

  const auto old = engine.items.find(table, checked.key);
  condition.require(old);
  engine.items.put(table, checked.key, checked.item, checked.size, old);

  core::JsonWriter writer;
  writer.begin_object();
  if (return_old && old) {
    writer.key("Attributes");
    writer.raw(old->json);
  }
  ConsumedCapacity consumed(table);
  count_write(consumed, detail, old, &checked.item);
  consumed.write_member(writer, detail);
  writer.end_object();
  return writer.take();
}

std::string delete_item(Engine& engine, const Parameters& request) {
  Table& table = engine.tables.get(request.required_text("TableName"));
  refuse_legacy_conditions(request);
  const bool return_old = returns_all_old(request);
  const auto detail = ConsumedCapacity::detail(request);
  Placeholders placeholders(request, {"ConditionExpression"});
  const WriteCondition condition(request, placeholders);
  placeholders.refuse_unused();
  const Key key = read_key(read_attributes(request.required_object("Key"), "Key"), table.keys);

  const auto old = engine.items.find(table, key);
  condition.require(old);
  if (old) engine.items.erase(table, key, *old);

  core::JsonWriter writer;
  writer.begin_object();
  if (return_old && old) {
    writer.key("Attributes");
    writer.raw(old->json);
  }
  ConsumedCapacity consumed(table);
  count_write(consumed, detail, old, nullptr);
  consumed.write_member(writer, detail);
  writer.end_object();
  return writer.take();
}

std::string update_item(Engine& engine, const Parameters& request) {
  Table& table = engine.tables.get(request.required_text("TableName"));
  refuse_legacy_conditions(request);
  request.refuse_legacy({{"AttributeUpdates", "UpdateExpression"}});
  const std::string_view return_values = request.text("ReturnValues").value_or("NONE");
  const auto detail = ConsumedCapacity::detail(request);
  Placeholders placeholders(request, {"UpdateExpression", "ConditionExpression"});
  std::optional<Update> update;
  if (const auto text = request.text("UpdateExpression")) {
    update.emplace(placeholders.update(*text), placeholders, table.keys.names());
  }
  const WriteCondition condition(request, placeholders);
  placeholders.refuse_unused();
  const Item key_item = read_attributes(request.required_object("Key"), "Key");
  const Key key = read_key(key_item, table.keys);

  const auto old = engine.items.find(table, key);
  condition.require(old);
  const Item before = old ? item_from_json(old->json) : key_item;
  const Item after = update ? update->apply(before) : before;
  const std::size_t size = item_size(after);
  if (size > maximum_item_size) refuse("Item size to update has exceeded the maximum allowed size");
  if (!old || after != before) engine.items.put(table, key, after, size, old);

  core::JsonWriter writer;
  writer.begin_object();
  const auto write_attributes = [&](const Item& attributes) {
    if (attributes.empty()) return;
    writer.key("Attributes");
    core::write_item(writer, attributes);
  };
  if (return_values == "ALL_OLD" && old) write_attributes(before);
  if (return_values == "ALL_NEW") write_attributes(after);
  if (return_values == "UPDATED_OLD" && old && update) write_attributes(update->touched_parts(before));
  if (return_values == "UPDATED_NEW" && update) write_attributes(update->touched_parts(after));
  ConsumedCapacity consumed(table);
  count_write(consumed, detail, old, &after);
  consumed.write_member(writer, detail);
  writer.end_object();
  return writer.take();
}

}  // namespace gannet::local::dynamodb
