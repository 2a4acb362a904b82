#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/expression.hpp"

namespace gannet::core {

namespace {

template <class T, class Append>
void append_joined(std::string& out, const std::vector<T>& parts, std::string_view separator,
                   Append&& append) {
  bool first = true;
  for (const auto& part : parts) {
    if (!std::exchange(first, false)) out += separator;
    append(part);
  }
}

void append_text(std::string& out, const Condition& condition, bool in_parentheses) {
  using Kind = Condition::Kind;
  const auto& operands = condition.operands;
  if (in_parentheses) out += '(';
  switch (condition.kind) {
    case Kind::all:
    case Kind::any: {
      const auto keep_apart = [&condition](const Condition& inner) {
        return inner.kind == Kind::any || (inner.kind == Kind::all && condition.kind == Kind::all);
      };
      append_joined(out, condition.conditions, ' ' + std::string(to_text(condition.kind)) + ' ',
                    [&](const Condition& inner) { append_text(out, inner, keep_apart(inner)); });
      break;
    }
    case Kind::negation: {
      const auto& inner = condition.conditions.front();
      out += "NOT ";
      append_text(out, inner, inner.kind == Kind::all || inner.kind == Kind::any);
      break;
    }
    case Kind::between:
      out += to_text(operands[0]) + " BETWEEN " + to_text(operands[1]) + " AND " + to_text(operands[2]);
      break;
    case Kind::in:
      out += to_text(operands[0]) + " IN (";
      append_joined(out, std::vector(operands.begin() + 1, operands.end()), ", ",
                    [&](const Operand& operand) { out += to_text(operand); });
      out += ')';
      break;
    case Kind::attribute_exists:
    case Kind::attribute_not_exists:
    case Kind::attribute_type:
    case Kind::begins_with:
    case Kind::contains:
      out += to_text(condition.kind);
      out += '(';
      append_joined(out, operands, ", ", [&](const Operand& operand) { out += to_text(operand); });
      out += ')';
      break;
    default:
      out += to_text(operands[0]) + ' ' + std::string(to_text(condition.kind)) + ' ' + to_text(operands[1]);
  }
  if (in_parentheses) out += ')';
}

}  // namespace

std::string_view to_text(Condition::Kind kind) noexcept {
  constexpr std::array<std::string_view, 16> words = {"AND",
                                                      "OR",
                                                      "NOT",
                                                      "=",
                                                      "<>",
                                                      "<",
                                                      "<=",
                                                      ">",
                                                      ">=",
                                                      "BETWEEN",
                                                      "IN",
                                                      "attribute_exists",
                                                      "attribute_not_exists",
                                                      "attribute_type",
                                                      "begins_with",
                                                      "contains"};
  return words[static_cast<std::size_t>(kind)];
}

std::string to_text(const DocumentPath& path) {
  std::string out;
  for (const auto& element : path.elements) {
    if (element.kind == PathElement::Kind::index) {
      out += '[' + std::to_string(element.index) + ']';
    } else {
      if (!out.empty()) out += '.';
      out += element.name;
    }
  }
  return out;
}

std::string to_text(const Operand& operand) {
  const auto* path = std::get_if<DocumentPath>(&operand.of);
  auto of = path != nullptr ? to_text(*path) : std::get<ValuePlaceholder>(operand.of).name;
  return operand.size ? "size(" + of + ')' : of;
}

std::string to_text(const Condition& condition) {
  std::string out;
  append_text(out, condition, false);
  return out;
}

std::string to_text(const UpdateValue& value) {
  switch (value.kind) {
    case UpdateValue::Kind::path:
      return to_text(value.path);
    case UpdateValue::Kind::value:
      return value.value.name;
    case UpdateValue::Kind::plus:
      return to_text(value.arguments[0]) + " + " + to_text(value.arguments[1]);
    case UpdateValue::Kind::minus:
      return to_text(value.arguments[0]) + " - " + to_text(value.arguments[1]);
    case UpdateValue::Kind::if_not_exists:
      return "if_not_exists(" + to_text(value.arguments[0]) + ", " + to_text(value.arguments[1]) + ')';
    case UpdateValue::Kind::list_append:
      return "list_append(" + to_text(value.arguments[0]) + ", " + to_text(value.arguments[1]) + ')';
  }
  return {};
}

std::string to_text(const UpdateExpression& update) {
  std::string out;
  const auto section = [&out](std::string_view word, const auto& actions, auto&& text) {
    if (actions.empty()) return;
    if (!out.empty()) out += ' ';
    out += word;
    out += ' ';
    append_joined(out, actions, ", ", [&](const auto& action) { out += text(action); });
  };
  const auto elements = [](const SetElementsAction& action) {
    return to_text(action.path) + ' ' + action.value.name;
  };
  section("SET", update.set,
          [](const SetAction& action) { return to_text(action.path) + " = " + to_text(action.value); });
  section("REMOVE", update.remove, [](const DocumentPath& path) { return to_text(path); });
  section("ADD", update.add, elements);
  section("DELETE", update.erase, elements);
  return out;
}

}  // namespace gannet::core
