#include "local/dynamodb/partition_keys.hpp"

#include <array>

#include "core/encoding.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/key_condition.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::JsonValue;

class Keys {
 public:
  Keys(Engine& engine, std::vector<std::string>& into) : engine_(engine), into_(into) {}

  /// `attributes`: a key or a whole item.
  void add(std::string_view table, std::optional<JsonValue> attributes) {
    const auto& name = engine_.tables.get(table).keys.partition.name;
    const auto value = attributes ? attributes->find(name) : std::nullopt;
    if (value) add(read_attribute(*value));
  }

  /// Of a request, or one action of a transaction, that is about one item.
  void add_one(JsonValue request) {
    const auto table = request.find("TableName");
    if (!table || !table->string()) return;
    for (const std::string_view member : {"Key", "Item"}) add(*table->string(), request.find(member));
  }

  /// Of a batch: of each table the keys to get, or the writes.
  void add_batch(JsonValue tables) {
    for (auto table = tables.begin(); table != tables.end(); ++table) {
      if (const auto keys = table.value().find("Keys")) {
        for (const JsonValue key : *keys) add(table.key(), key);
      }
      if (!table.value().is_array()) continue;
      for (const JsonValue write : table.value()) {
        if (const auto put = write.find("PutRequest")) add(table.key(), put->find("Item"));
        if (const auto erase = write.find("DeleteRequest")) add(table.key(), erase->find("Key"));
      }
    }
  }

  void add_transaction(JsonValue actions) {
    for (const JsonValue action : actions) {
      for (const std::string_view kind : {"Get", "Put", "Update", "Delete", "ConditionCheck"}) {
        if (const auto request = action.find(kind)) add_one(*request);
      }
    }
  }

  void add_query(JsonValue json) {
    const Parameters request(json);
    const Table& table = engine_.tables.get(request.required_text("TableName"));
    const auto index_name = request.text("IndexName");
    const Index* const index = index_name ? table.find_index(*index_name) : nullptr;
    const auto text = request.text("KeyConditionExpression");
    if (!text) return;
    Placeholders placeholders(request, {"FilterExpression", "KeyConditionExpression"});
    const auto condition = placeholders.condition(*text, core::ConditionParameter::key_condition);
    const auto range =
        read_key_condition(condition, placeholders, index != nullptr ? index->keys : table.keys);
    add(range.partition);
  }

 private:
  void add(const AttributeValue& key) {
    if (const auto* text = key.if_s()) into_.push_back(*text);
    if (const auto* digits = key.if_n()) into_.emplace_back(*digits);
    if (const auto* bytes = key.if_b()) into_.push_back(core::base64(as_text(*bytes)));
  }

  Engine& engine_;
  std::vector<std::string>& into_;
};

}  // namespace

std::vector<std::string> partition_keys(Engine& engine, std::string_view operation, std::string_view body) {
  std::vector<std::string> found;
  const auto document = core::JsonDocument::parse(body);
  if (!document || !document->root().is_object()) return found;
  const JsonValue root = document->root();
  Keys keys(engine, found);
  try {
    if (operation == "Query") {
      keys.add_query(root);
    } else if (const auto batch = root.find("RequestItems")) {
      keys.add_batch(*batch);
    } else if (const auto actions = root.find("TransactItems")) {
      keys.add_transaction(*actions);
    } else {
      keys.add_one(root);
    }
  } catch (const Refusal&) {
    // The operation itself will say what is wrong with the request.
  }
  return found;
}

}  // namespace gannet::local::dynamodb
