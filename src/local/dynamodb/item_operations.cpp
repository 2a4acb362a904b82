#include <utility>

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

/// What all three writes have in common: `answer` adds what ReturnValues asks for.
template <class Answer>
std::string write_item(const Parameters& request, ItemWrite& write, Answer&& answer) {
  const auto detail = ConsumedCapacity::detail(request);
  write.locate();
  write.plan();
  write.apply();

  core::JsonWriter writer;
  writer.begin_object();
  answer(writer);
  if (detail != ConsumedCapacity::Detail::none) {
    ConsumedCapacity consumed(*write.change().table);
    count(consumed, write.change());
    consumed.write_member(writer, detail);
  }
  writer.end_object();
  return writer.take();
}

std::string put_or_delete(Engine& engine, const Parameters& request, ItemWrite::Kind kind) {
  refuse_legacy_conditions(request);
  ItemWrite write(engine, request, kind);
  const bool return_old = returns_all_old(request);
  return write_item(request, write, [&](core::JsonWriter& writer) {
    const auto& old = write.change().old;
    if (!return_old || !old) return;
    writer.key("Attributes");
    writer.raw(old->json);
  });
}

}  // namespace

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
  return put_or_delete(engine, request, ItemWrite::Kind::put);
}

std::string delete_item(Engine& engine, const Parameters& request) {
  return put_or_delete(engine, request, ItemWrite::Kind::erase);
}

std::string update_item(Engine& engine, const Parameters& request) {
  refuse_legacy_conditions(request);
  request.refuse_legacy({{"AttributeUpdates", "UpdateExpression"}});
  ItemWrite write(engine, request, ItemWrite::Kind::update);
  const std::string_view wanted = request.text("ReturnValues").value_or("NONE");
  return write_item(request, write, [&](core::JsonWriter& writer) {
    const auto write_attributes = [&](const Item& attributes) {
      if (attributes.empty()) return;
      writer.key("Attributes");
      core::write_item(writer, attributes);
    };
    const bool existed = write.change().old.has_value();
    const Item& after = *write.change().now;
    const Update* const update = write.update();
    if (wanted == "ALL_OLD" && existed) write_attributes(write.before());
    if (wanted == "ALL_NEW") write_attributes(after);
    if (wanted == "UPDATED_OLD" && existed && update != nullptr) {
      write_attributes(update->touched_parts(write.before()));
    }
    if (wanted == "UPDATED_NEW" && update != nullptr) write_attributes(update->touched_parts(after));
  });
}

}  // namespace gannet::local::dynamodb
