#include "local/dynamodb/item_write.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/condition.hpp"
#include "local/dynamodb/item_codec.hpp"
#include "local/dynamodb/operations.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

Placeholders placeholders_of(const Parameters& request, ItemWrite::Kind kind) {
  if (kind == ItemWrite::Kind::update) return {request, {"UpdateExpression", "ConditionExpression"}};
  return {request, {"ConditionExpression"}};
}

}  // namespace

void apply(Engine& engine, const ItemChange& change) {
  if (!change.changes) return;
  if (change.now) {
    engine.items.put(*change.table, change.key, *change.now, change.size, change.old);
  } else if (change.old) {
    engine.items.erase(*change.table, change.key, *change.old);
  }
}

void count(ConsumedCapacity& consumed, const ItemChange& change) {
  const Item before = change.old ? item_from_json(change.old->json) : Item();
  consumed.write(change.old ? &before : nullptr, change.now ? &*change.now : nullptr);
}

std::size_t checked_size(const Item& item) {
  const std::size_t size = item_size(item);
  if (size > maximum_item_size) refuse("Item size has exceeded the maximum allowed size");
  return size;
}

Key checked_key(const Item& item, const Table& table) {
  Key key = key_of_item(item, table.keys);
  for (const Index& index : table.indexes) (void)key_in_index(item, index);
  return key;
}

ItemWrite::ItemWrite(Engine& engine, const Parameters& request, Kind kind)
    : engine_(engine),
      kind_(kind),
      change_{.table = &engine.tables.get(request.required_text("TableName"))},
      placeholders_(placeholders_of(request, kind)) {
  read_expressions(request);
  const std::string_view member = kind == Kind::put ? "Item" : "Key";
  given_ = read_attributes(request.required_object(member), member);
  payload_size_ = kind == Kind::put ? checked_size(given_) : item_size(given_);
}

void ItemWrite::read_expressions(const Parameters& request) {
  if (kind_ == Kind::update) {
    if (const auto text = request.text("UpdateExpression")) {
      update_.emplace(placeholders_.update(*text), placeholders_);
    }
  }
  if (const auto text = request.text("ConditionExpression")) {
    condition_ = placeholders_.condition(*text, core::ConditionParameter::condition);
    check_operands(*condition_, placeholders_, core::ConditionParameter::condition);
  }
  placeholders_.refuse_unused();
  returns_item_on_failure_ = request.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
}

void ItemWrite::locate() {
  if (update_) update_->refuse_key_paths(change_.table->keys.names());
  change_.key =
      kind_ == Kind::put ? checked_key(given_, *change_.table) : read_key(given_, change_.table->keys);
}

void ItemWrite::plan() {
  change_.old = engine_.items.find(*change_.table, change_.key);
  require_condition();
  switch (kind_) {
    case Kind::put:
      change_.size = payload_size_;
      change_.now = std::move(given_);
      break;
    case Kind::erase:
      break;
    case Kind::check:
      if (change_.old) change_.now = item_from_json(change_.old->json);
      change_.changes = false;
      break;
    case Kind::update:
      plan_update();
      break;
  }
}

/// What is stored is read only where there is a condition.
void ItemWrite::require_condition() const {
  if (!condition_) return;
  const auto& old = change_.old;
  const Item item = old ? item_from_json(old->json) : Item();
  if (holds(*condition_, item, placeholders_)) return;
  throw Refusal{.type = "ConditionalCheckFailedException",
                .message = "The conditional request failed",
                .item = returns_item_on_failure_ && old ? old->json : std::string()};
}

void ItemWrite::plan_update() {
  before_ = change_.old ? item_from_json(change_.old->json) : std::move(given_);
  Item after = update_ ? update_->apply(before_) : before_;
  change_.size = item_size(after);
  if (change_.size > maximum_item_size) {
    refuse("Item size to update has exceeded the maximum allowed size");
  }
  for (const Index& index : change_.table->indexes) (void)key_in_index(after, index);
  payload_size_ = change_.size;
  change_.changes = !change_.old || after != before_;
  change_.now = std::move(after);
}

void ItemWrite::apply() {
  dynamodb::apply(engine_, change_);
}

}  // namespace gannet::local::dynamodb
