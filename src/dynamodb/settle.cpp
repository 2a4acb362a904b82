#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/expression.hpp"
#include "dynamodb/codec.hpp"
#include "dynamodb/update_reading.hpp"

// What the refusal of a repetition says of an attempt before it whose outcome was lost.

namespace gannet::dynamodb {
namespace {

using runtime::Settled;

/// A write under a condition: its own success leaves a value in the item that no other call writes.
class UniqueValue final : public runtime::Settlement {
 public:
  UniqueValue(std::string attribute, AttributeValue value)
      : attribute_(std::move(attribute)), value_(std::move(value)) {}

  [[nodiscard]] bool concerns(const Error& refusal) const override {
    return refusal.kind == ErrorKind::condition_failed;
  }
  // Without the value the item may be another's, or another's may have come after ours.
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState>, const CallOptions&, const Error& refusal,
                       void*) const override {
    const auto* failed = refusal.detail<ConditionalCheckFailedException>();
    if (failed == nullptr || !failed->item) co_return Settled::unknown;
    const auto found = failed->item->find(attribute_);
    const bool ours = found != failed->item->end() && is_equal(found->second, value_);
    co_return ours ? Settled::own_success : Settled::unknown;
  }

 private:
  std::string attribute_;
  AttributeValue value_;
};

/// CreateTable: the table that is in the way is the one that was asked for.
class SameTable final : public runtime::Settlement {
 public:
  explicit SameTable(const CreateTableInput& in)
      : name_(in.table_name),
        keys_(keys_of(in.key_schema, in.attribute_definitions)),
        indexes_(names_of(in.local_secondary_indexes, in.global_secondary_indexes)) {}

  [[nodiscard]] bool concerns(const Error& refusal) const override {
    return refusal.code == "ResourceInUseException" || refusal.code == "TableAlreadyExistsException";
  }
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState> client, const CallOptions& options,
                       const Error&, void* output) const override {
    const DescribeTableInput question{.table_name = name_};
    auto call = serialize_describe_table(question);
    if (call) call->options = options;
    auto described = co_await runtime::invoke<DescribeTableOutput>(std::move(client), std::move(call),
                                                                   &parse_describe_table);
    if (!described || !described->table) co_return Settled::unknown;
    // What is there may be on its way out: then it says nothing of ours.
    if (described->table->table_status == TableStatus::deleting) co_return Settled::unknown;
    if (keys_of(described->table->key_schema, described->table->attribute_definitions) != keys_)
      co_return Settled::refused;
    // With other indexes it is somebody else's, or ours that somebody has changed since.
    const auto& table = *described->table;
    if (names_of(table.local_secondary_indexes, table.global_secondary_indexes) != indexes_)
      co_return Settled::unknown;
    static_cast<CreateTableOutput*>(output)->table_description = std::move(described->table);
    co_return Settled::own_success;
  }

 private:
  using Key = std::tuple<std::string, KeyType, std::optional<ScalarAttributeType>>;

  static std::vector<Key> keys_of(const std::optional<std::vector<KeySchemaElement>>& schema,
                                  const std::optional<std::vector<AttributeDefinition>>& definitions) {
    std::vector<Key> keys;
    if (!schema) return keys;
    for (const KeySchemaElement& element : *schema) {
      auto& [name, role, type] = keys.emplace_back(element.attribute_name, element.key_type, std::nullopt);
      if (!definitions) continue;
      for (const AttributeDefinition& definition : *definitions)
        if (definition.attribute_name == name) type = definition.attribute_type;
    }
    return keys;
  }

  static std::set<std::optional<std::string>> names_of(const auto&... lists) {
    std::set<std::optional<std::string>> names;
    const auto add = [&](const auto& list) {
      if (!list) return;
      for (const auto& index : *list) names.emplace(index.index_name);
    };
    (add(lists), ...);
    return names;
  }

  std::string name_;
  std::vector<Key> keys_;
  std::set<std::optional<std::string>> indexes_;
};

/// A transaction with a token: had it been applied by then, its repetition would have succeeded.
class TokenSaysNo final : public runtime::Settlement {
 public:
  [[nodiscard]] bool concerns(const Error& refusal) const override {
    return refusal.code == "TransactionCanceledException";
  }
  // What it conflicts with, or what took the capacity, may be the attempt before it.
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState>, const CallOptions&, const Error& refusal,
                       void*) const override {
    co_return failure_class(refusal) ? Settled::unknown : Settled::refused_yet;
  }
};

/// A success that is settled has no values to give.
template <class Input>
bool gives_values_back(const Input& in) {
  return in.return_values && *in.return_values != ReturnValue::none;
}

std::unexpected<Error> not_written(const std::string& operation, const std::string& attribute) {
  return fail(ErrorKind::validation, "InvalidInput",
              operation + ": CallOptions::unique_attribute names '" + attribute +
                  "', which the call does not set to a value of its own: name an attribute that it writes");
}

/// Has the item come with the refusal.
Result<void> ask_for_the_item(const std::string& operation, runtime::Call& call,
                              const std::optional<ReturnValuesOnConditionCheckFailure>& asked) {
  if (asked == ReturnValuesOnConditionCheckFailure::all_old) return {};
  if (asked) {
    return fail(ErrorKind::validation, "InvalidInput",
                operation +
                    ": CallOptions::unique_attribute needs the item of a condition that fails: leave "
                    "return_values_on_condition_check_failure unset, or ask for all_old");
  }
  std::string body(as_text(*call.body.in_memory()));
  body.insert(body.size() - 1, R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")");
  call.body = Body(std::move(body));
  return {};
}

/// The value that `SET attribute = :value` of the update has.
const AttributeValue* value_set(const UpdateItemInput& in, const std::string& attribute) {
  if (!in.update_expression || !in.expression_attribute_values) return nullptr;
  const auto update = core::parse_update(*in.update_expression);
  if (!update) return nullptr;
  for (const core::SetAction& action : update->set) {
    if (action.path.elements.size() != 1 || action.value.kind != core::UpdateValue::Kind::value) continue;
    std::string name = action.path.elements.front().name;
    if (name.starts_with('#') && in.expression_attribute_names) {
      const auto meant = in.expression_attribute_names->find(name);
      if (meant != in.expression_attribute_names->end()) name = meant->second;
    }
    if (name != attribute) continue;
    const auto value = in.expression_attribute_values->find(action.value.value.name);
    return value == in.expression_attribute_values->end() ? nullptr : &value->second;
  }
  return nullptr;
}

}  // namespace

Result<void> settle(const PutItemInput& in, runtime::Call& call) {
  const std::string& attribute = call.options.unique_attribute;
  if (attribute.empty()) return {};
  const auto value = in.item.find(attribute);
  if (value == in.item.end()) return not_written("PutItem", attribute);
  if (!in.condition_expression || gives_values_back(in)) return {};
  call.settlement = std::make_shared<UniqueValue>(attribute, value->second);
  return ask_for_the_item("PutItem", call, in.return_values_on_condition_check_failure);
}

Result<void> settle(const UpdateItemInput& in, runtime::Call& call) {
  const std::string& attribute = call.options.unique_attribute;
  if (attribute.empty()) return {};
  const AttributeValue* value = value_set(in, attribute);
  if (value == nullptr) return not_written("UpdateItem", attribute);
  if (!in.condition_expression || gives_values_back(in)) return {};
  call.settlement = std::make_shared<UniqueValue>(attribute, *value);
  return ask_for_the_item("UpdateItem", call, in.return_values_on_condition_check_failure);
}

Result<void> settle(const CreateTableInput& in, runtime::Call& call) {
  call.settlement = std::make_shared<SameTable>(in);
  return {};
}

Result<void> settle(const TransactWriteItemsInput&, runtime::Call& call) {
  call.settlement = std::make_shared<TokenSaysNo>();
  return {};
}

Result<void> settle(const ExecuteTransactionInput&, runtime::Call& call) {
  call.settlement = std::make_shared<TokenSaysNo>();
  return {};
}

}  // namespace gannet::dynamodb
