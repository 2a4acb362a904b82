#include <string_view>
#include <utility>

#include "core/expression.hpp"
#include "core/expression_check.hpp"
#include "core/expression_grammar.hpp"
#include "core/expression_refusal.hpp"

namespace gannet::core {

namespace {

using expression::RawOperand;
using expression::RawUpdate;

UpdateValue to_update_value(RawOperand& raw) {
  UpdateValue value;
  switch (raw.kind) {
    case RawOperand::Kind::path:
      value.path = std::move(raw.path);
      return value;
    case RawOperand::Kind::value:
      value.kind = UpdateValue::Kind::value;
      value.value.name = std::move(raw.text);
      return value;
    case RawOperand::Kind::plus:
      value.kind = UpdateValue::Kind::plus;
      break;
    case RawOperand::Kind::minus:
      value.kind = UpdateValue::Kind::minus;
      break;
    case RawOperand::Kind::call:
      value.kind =
          raw.text == "list_append" ? UpdateValue::Kind::list_append : UpdateValue::Kind::if_not_exists;
      break;
  }
  value.arguments.reserve(raw.arguments.size());
  for (auto& argument : raw.arguments) value.arguments.push_back(to_update_value(argument));
  return value;
}

UpdateExpression to_update(RawUpdate& raw) {
  UpdateExpression update;
  for (auto& clause : raw.clauses) {
    switch (clause.section) {
      case RawUpdate::Section::set:
        for (auto& assignment : clause.set) {
          update.set.push_back({std::move(assignment.path), to_update_value(assignment.value)});
        }
        break;
      case RawUpdate::Section::remove:
        update.remove = std::move(clause.remove);
        break;
      case RawUpdate::Section::add:
        update.add = std::move(clause.elements);
        break;
      case RawUpdate::Section::erase:
        update.erase = std::move(clause.elements);
        break;
    }
  }
  return update;
}

}  // namespace

Result<UpdateExpression> parse_update(std::string_view text) {
  expression::Refusal refusal("UpdateExpression");
  RawUpdate raw;
  if (!expression::read(text, refusal, raw) || !expression::check(raw, refusal)) return refusal.take();
  return to_update(raw);
}

}  // namespace gannet::core
