#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/attribute_json.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/cancellation.hpp"
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

constexpr std::size_t maximum_payload = std::size_t{4} << 20;

/// Why the actions of a transaction cannot be done, in their order.
class Reasons {
 public:
  explicit Reasons(std::size_t actions) : reasons_(actions) {}

  /// Takes one step of one action, unless an earlier step has failed. What speaks of the action alone becomes
  /// its reason.
  template <class Step>
  void try_step(std::size_t action, Step&& step) {
    if (failed(action)) return;
    try {
      step();
    } catch (Refusal& refusal) {
      const std::string_view code = refusal.type == "ConditionalCheckFailedException"
                                        ? "ConditionalCheckFailed"
                                    : refusal.type == "ValidationException" ? "ValidationError"
                                                                            : "";
      if (code.empty()) throw;
      reasons_[action] = {
          .code = code, .message = std::move(refusal.message), .item = std::move(refusal.item)};
    }
  }

  [[nodiscard]] bool failed(std::size_t action) const { return reasons_[action].code != "None"; }

  void refuse_if_any() {
    const auto is_one = [](const CancellationReason& reason) { return reason.code != "None"; };
    if (std::ranges::any_of(reasons_, is_one)) throw cancelled(std::move(reasons_));
  }

 private:
  std::vector<CancellationReason> reasons_;
};

/// The items that a transaction has named so far.
class DistinctItems {
 public:
  void add(const Table& table, const Key& key) {
    if (seen_.emplace(&table, key).second) return;
    refuse("Transaction request cannot include multiple operations on one item");
  }

 private:
  std::set<std::pair<const Table*, Key>> seen_;
};

void refuse_payload(std::size_t bytes) {
  if (bytes <= maximum_payload) return;
  refuse(fmt::format("Transaction payload size cannot exceed 4MB. Payload Size: {}", bytes));
}

/// Each write with references of its own to itself: they do not move.
using Writes = std::deque<ItemWrite>;

void read_write(Engine& engine, JsonValue json, Writes& writes) {
  constexpr std::array<std::pair<std::string_view, ItemWrite::Kind>, 4> kinds = {{
      {"ConditionCheck", ItemWrite::Kind::check},
      {"Put", ItemWrite::Kind::put},
      {"Delete", ItemWrite::Kind::erase},
      {"Update", ItemWrite::Kind::update},
  }};
  const Parameters action(json);
  std::optional<ItemWrite::Kind> kind;
  std::optional<JsonValue> request;
  for (const auto& [name, its_kind] : kinds) {
    const auto given = action.object(name);
    if (!given) continue;
    if (kind) refuse("TransactItems can only contain one of Check, Put, Update or Delete");
    kind = its_kind;
    request = given;
  }
  if (!kind) {
    refuse("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
  }
  writes.emplace_back(engine, Parameters(*request), *kind);
}

/// All or nothing: what has been checked can only fail because the store does.
void apply_all(Engine& engine, Writes& writes, std::optional<std::string_view> token,
               std::string_view fingerprint) {
  try {
    engine.database.atomically([&] {
      for (ItemWrite& write : writes) write.apply();
      if (token) engine.tokens.remember(*token, fingerprint);
    });
  } catch (...) {
    engine.tables.load();
    throw;
  }
}

/// A transaction that had been done before reads its items instead of writing them.
std::string answer_repeated(Engine& engine, const Writes& writes, ConsumedCapacity::Detail detail) {
  CapacityByTable consumed(ConsumedCapacity::Use::transactional_reads);
  for (const ItemWrite& write : writes) {
    const Table& table = *write.change().table;
    const auto stored = engine.items.find(table, write.change().key);
    consumed.of(table).read(stored ? stored->size : 0, true);
  }
  JsonWriter writer;
  writer.begin_object();
  consumed.write_member(writer, detail);
  writer.end_object();
  return writer.take();
}

/// One Get of a TransactGetItems.
struct TransactGet {
  TransactGet(Engine& engine, const Parameters& request)
      : table(engine.tables.get(request.required_text("TableName"))),
        given_key(read_attributes(request.required_object("Key"), "Key")) {
    Placeholders placeholders(request, {});
    if (const auto text = request.text("ProjectionExpression")) {
      projection.emplace(placeholders.projection(*text));
    }
    placeholders.refuse_unused();
  }

  const Table& table;
  Item given_key;
  Key key{};
  std::optional<Projection> projection{};
};

}  // namespace

std::string transact_write_items(Engine& engine, const Parameters& request) {
  const JsonValue actions = request.required_array("TransactItems");
  const auto detail = ConsumedCapacity::detail(request);
  Writes writes;
  for (const JsonValue action : actions) read_write(engine, action, writes);

  Reasons reasons(writes.size());
  DistinctItems distinct;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    reasons.try_step(i, [&] { writes[i].locate(); });
    if (!reasons.failed(i)) distinct.add(*writes[i].change().table, writes[i].change().key);
  }

  const auto token = request.text("ClientRequestToken");
  const std::string fingerprint = token ? fingerprint_of(actions) : std::string();
  if (token) {
    switch (engine.tokens.use_of(*token, fingerprint)) {
      case TransactionTokens::Use::first:
        break;
      case TransactionTokens::Use::repeated:
        return answer_repeated(engine, writes, detail);
      case TransactionTokens::Use::other_request:
        throw Refusal{.type = "IdempotentParameterMismatchException",
                      .message =
                          "A transaction with other parameters was done with this ClientRequestToken "
                          "within the last ten minutes."};
    }
  }

  for (std::size_t i = 0; i < writes.size(); ++i) reasons.try_step(i, [&] { writes[i].plan(); });
  std::size_t payload = 0;
  for (const ItemWrite& write : writes) payload += write.payload_size();
  refuse_payload(payload);
  reasons.refuse_if_any();
  apply_all(engine, writes, token, fingerprint);

  JsonWriter writer;
  writer.begin_object();
  if (detail != ConsumedCapacity::Detail::none) {
    CapacityByTable consumed(ConsumedCapacity::Use::transactional_writes);
    for (const ItemWrite& write : writes) count(consumed.of(*write.change().table), write.change());
    consumed.write_member(writer, detail);
  }
  writer.end_object();
  return writer.take();
}

std::string transact_get_items(Engine& engine, const Parameters& request) {
  const auto detail = ConsumedCapacity::detail(request);
  std::vector<TransactGet> gets;
  for (const JsonValue action : request.required_array("TransactItems")) {
    gets.emplace_back(engine, Parameters(Parameters(action).required_object("Get")));
  }
  Reasons reasons(gets.size());
  DistinctItems distinct;
  for (std::size_t i = 0; i < gets.size(); ++i) {
    reasons.try_step(i, [&] { gets[i].key = read_key(gets[i].given_key, gets[i].table.keys); });
    if (!reasons.failed(i)) distinct.add(gets[i].table, gets[i].key);
  }
  reasons.refuse_if_any();

  CapacityByTable consumed(ConsumedCapacity::Use::transactional_reads);
  std::size_t payload = 0;
  JsonWriter writer;
  writer.begin_object();
  writer.key("Responses");
  writer.begin_array();
  for (const TransactGet& get : gets) {
    const auto stored = engine.items.find(get.table, get.key);
    consumed.of(get.table).read(stored ? stored->size : 0, true);
    writer.begin_object();
    if (stored) {
      writer.key("Item");
      if (get.projection) {
        const Item parts = get.projection->of(item_from_json(stored->json));
        payload += item_size(parts);
        core::write_item(writer, parts);
      } else {
        payload += stored->size;
        writer.raw(stored->json);
      }
      refuse_payload(payload);
    }
    writer.end_object();
  }
  writer.end_array();
  consumed.write_member(writer, detail);
  writer.end_object();
  return writer.take();
}

}  // namespace gannet::local::dynamodb
