#include <string>
#include <utility>

#include "core/expression.hpp"
#include "dynamodb/codec.hpp"

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
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState>, const Error& refusal,
                       void*) const override {
    const auto* failed = refusal.detail<ConditionalCheckFailedException>();
    if (failed == nullptr || !failed->item) co_return Settled::unknown;
    const auto found = failed->item->find(attribute_);
    const bool ours = found != failed->item->end() && found->second == value_;
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
      : name_(in.table_name), keys_(in.key_schema ? *in.key_schema : std::vector<KeySchemaElement>()) {}

  [[nodiscard]] bool concerns(const Error& refusal) const override {
    return refusal.code == "ResourceInUseException" || refusal.code == "TableAlreadyExistsException";
  }
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState> client, const Error&,
                       void* output) const override {
    const DescribeTableInput question{.table_name = name_};
    auto call = serialize_describe_table(question);
    auto described = co_await runtime::invoke<DescribeTableOutput>(std::move(client), std::move(call),
                                                                   &parse_describe_table);
    if (!described || !described->table) co_return Settled::unknown;
    if (!has_our_keys(*described->table)) co_return Settled::refused;
    static_cast<CreateTableOutput*>(output)->table_description = std::move(described->table);
    co_return Settled::own_success;
  }

 private:
  [[nodiscard]] bool has_our_keys(const TableDescription& table) const {
    if (!table.key_schema || table.key_schema->size() != keys_.size()) return false;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const KeySchemaElement& there = (*table.key_schema)[i];
      if (there.attribute_name != keys_[i].attribute_name || there.key_type != keys_[i].key_type)
        return false;
    }
    return true;
  }

  std::string name_;
  std::vector<KeySchemaElement> keys_;
};

std::unexpected<Error> not_written(const std::string& operation, const std::string& attribute) {
  return fail(ErrorKind::validation, "InvalidInput",
              operation + ": CallOptions::unique_attribute names '" + attribute +
                  "', which the call does not set to a value of its own: name an attribute that it writes");
}

/// Has the item come with the refusal, whatever the caller asked for.
void ask_for_the_item(runtime::Call& call, bool asked_already) {
  if (asked_already) return;
  std::string body(as_text(*call.body.in_memory()));
  body.insert(body.size() - 1, R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")");
  call.body = Body(std::move(body));
}

template <class Input>
bool asks_for_the_item(const Input& in) {
  return in.return_values_on_condition_check_failure == ReturnValuesOnConditionCheckFailure::all_old;
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
  if (!in.condition_expression) return {};
  call.settlement = std::make_shared<UniqueValue>(attribute, value->second);
  ask_for_the_item(call, asks_for_the_item(in));
  return {};
}

Result<void> settle(const UpdateItemInput& in, runtime::Call& call) {
  const std::string& attribute = call.options.unique_attribute;
  if (attribute.empty()) return {};
  const AttributeValue* value = value_set(in, attribute);
  if (value == nullptr) return not_written("UpdateItem", attribute);
  const bool gives_values_back = in.return_values && *in.return_values != ReturnValue::none;
  if (!in.condition_expression || gives_values_back) return {};
  call.settlement = std::make_shared<UniqueValue>(attribute, *value);
  ask_for_the_item(call, asks_for_the_item(in));
  return {};
}

Result<void> settle(const CreateTableInput& in, runtime::Call& call) {
  call.settlement = std::make_shared<SameTable>(in);
  return {};
}

}  // namespace gannet::dynamodb
