#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/expression.hpp"
#include "core/expression_check.hpp"
#include "core/expression_functions.hpp"
#include "core/expression_grammar.hpp"
#include "core/expression_refusal.hpp"

namespace gannet::core {

namespace {

using expression::RawCondition;
using expression::RawOperand;
using expression::Refusal;

Operand to_operand(RawOperand& raw) {
  if (raw.kind == RawOperand::Kind::path) return {.of = std::move(raw.path)};
  if (raw.kind == RawOperand::Kind::value) return {.of = ValuePlaceholder{std::move(raw.text)}};
  auto operand = to_operand(raw.arguments.front());
  operand.size = true;
  return operand;
}

Condition to_condition(RawCondition& raw) {
  Condition condition;
  condition.kind = raw.kind;
  auto* operands = &raw.operands;
  if (raw.form == RawCondition::Form::call) {
    auto& call = raw.operands.front();
    condition.kind = expression::function_named(call.text).kind;
    operands = &call.arguments;
  }
  condition.operands.reserve(operands->size());
  for (auto& operand : *operands) condition.operands.push_back(to_operand(operand));
  condition.conditions.reserve(raw.conditions.size());
  for (auto& inner : raw.conditions) condition.conditions.push_back(to_condition(inner));
  return condition;
}

/// The kind that says the same when the two operands change places.
Condition::Kind mirrored(Condition::Kind kind) noexcept {
  switch (kind) {
    case Condition::Kind::less:
      return Condition::Kind::greater;
    case Condition::Kind::less_equal:
      return Condition::Kind::greater_equal;
    case Condition::Kind::greater:
      return Condition::Kind::less;
    case Condition::Kind::greater_equal:
      return Condition::Kind::less_equal;
    default:
      return kind;
  }
}

/// Takes a key condition apart into at most two comparisons of a key with values.
class KeyConditions {
 public:
  explicit KeyConditions(Refusal& refusal) : refusal_(refusal) {}

  bool collect(Condition& condition) {
    using Kind = Condition::Kind;
    switch (condition.kind) {
      case Kind::all:
        return std::ranges::all_of(condition.conditions, [this](auto& inner) { return collect(inner); });
      case Kind::equal:
      case Kind::less:
      case Kind::less_equal:
      case Kind::greater:
      case Kind::greater_equal:
      case Kind::between:
      case Kind::begins_with:
        return key_first(condition) && add(condition);
      default:
        return refusal_.whole("Invalid operator used in KeyConditionExpression: " +
                              std::string(to_text(condition.kind)));
    }
  }

  [[nodiscard]] Condition take() {
    if (terms_.size() == 1) return std::move(terms_.front());
    Condition both;
    both.conditions = std::move(terms_);
    return both;
  }

  bool check_number() {
    if (terms_.size() <= 2) return true;
    return refusal_.whole("Conditions can be of length 1 or 2 only");
  }

 private:
  bool key_first(Condition& condition) {
    const DocumentPath* key = nullptr;
    for (const auto& operand : condition.operands) {
      if (operand.size) return refusal_.whole("KeyConditionExpressions cannot contain nested operations");
      const auto* path = std::get_if<DocumentPath>(&operand.of);
      if (path == nullptr) continue;
      if (key != nullptr) {
        return refusal_.whole(
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
      }
      if (path->elements.size() > 1) {
        return refusal_.whole("KeyConditionExpressions cannot have conditions on nested attributes");
      }
      key = path;
    }
    if (std::holds_alternative<DocumentPath>(condition.operands.front().of)) return true;
    if (condition.operands.size() > 2 || condition.kind == Condition::Kind::begins_with) {
      return refusal_.whole(
          "Invalid condition in KeyConditionExpression: " + std::string(to_text(condition.kind)) +
          " operator must have the key attribute as its first operand");
    }
    if (key == nullptr) {
      return refusal_.whole("Invalid condition in KeyConditionExpression: No key attribute specified");
    }
    std::swap(condition.operands[0], condition.operands[1]);
    condition.kind = mirrored(condition.kind);
    return true;
  }

  bool add(Condition& condition) {
    const auto& key = condition.operands.front();
    if (std::ranges::any_of(terms_, [&key](const auto& term) { return term.operands.front() == key; })) {
      return refusal_.whole("KeyConditionExpressions must only contain one condition per key");
    }
    terms_.push_back(std::move(condition));
    return true;
  }

  Refusal& refusal_;
  std::vector<Condition> terms_;
};

}  // namespace

std::string_view parameter_name(ConditionParameter parameter) noexcept {
  switch (parameter) {
    case ConditionParameter::condition:
      return "ConditionExpression";
    case ConditionParameter::filter:
      return "FilterExpression";
    case ConditionParameter::key_condition:
      return "KeyConditionExpression";
  }
  return "";
}

Result<Condition> parse_condition(std::string_view text, ConditionParameter parameter) {
  Refusal refusal(parameter_name(parameter));
  RawCondition raw;
  if (!expression::read(text, refusal, raw) || !expression::check(raw, refusal)) return refusal.take();
  auto condition = to_condition(raw);
  if (parameter != ConditionParameter::key_condition) return condition;
  KeyConditions keys(refusal);
  if (!keys.collect(condition) || !keys.check_number()) return refusal.take();
  return keys.take();
}

}  // namespace gannet::core
