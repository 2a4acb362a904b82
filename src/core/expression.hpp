#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gannet/result.hpp>

/// DynamoDB's expression syntax: condition, filter, key-condition, update and projection expressions, parsed.
/// What the placeholders stand for, whether they are defined and whether paths overlap is the caller's to
/// find out.
namespace gannet::core {

/// One step of a document path: `address`, `#a` or `[3]`.
struct PathElement {
  enum class Kind : std::uint8_t { name, placeholder, index };
  Kind kind = Kind::name;
  std::string name{};     ///< "address", or "#a" with its sign; "" of an index.
  std::size_t index = 0;  ///< Of Kind::index.
  friend bool operator==(const PathElement&, const PathElement&) = default;
};

/// `a.#b[3]`: at least one element, the first of which is no index.
struct DocumentPath {
  std::vector<PathElement> elements;
  friend bool operator==(const DocumentPath&, const DocumentPath&) = default;
};

/// `:v`, with its colon.
struct ValuePlaceholder {
  std::string name;
  friend bool operator==(const ValuePlaceholder&, const ValuePlaceholder&) = default;
};

/// What conditions are made of: a path, a value, or the size of one of them.
struct Operand {
  std::variant<DocumentPath, ValuePlaceholder> of;
  bool size = false;  ///< `size(of)`.
  friend bool operator==(const Operand&, const Operand&) = default;
};

/// A condition, filter or key-condition expression.
struct Condition {
  enum class Kind : std::uint8_t {
    all,                   ///< `c AND c AND ...`: two or more `conditions`, in order.
    any,                   ///< `c OR c OR ...`: two or more `conditions`, in order.
    negation,              ///< `NOT c`: one of `conditions`.
    equal,                 ///< `a = b`: two operands, and so the other five.
    not_equal,             ///< `a <> b`
    less,                  ///< `a < b`
    less_equal,            ///< `a <= b`
    greater,               ///< `a > b`
    greater_equal,         ///< `a >= b`
    between,               ///< `a BETWEEN b AND c`: three operands.
    in,                    ///< `a IN (b, c, ...)`: two to 101 operands, the first is the one looked for.
    attribute_exists,      ///< One operand, a path without size.
    attribute_not_exists,  ///< One operand, a path without size.
    attribute_type,        ///< Two operands, the second a value without size.
    begins_with,           ///< Two operands without size.
    contains,              ///< Two operands.
  };
  Kind kind = Kind::all;
  std::vector<Operand> operands{};
  std::vector<Condition> conditions{};
  friend bool operator==(const Condition&, const Condition&) = default;
};

/// What SET assigns.
struct UpdateValue {
  enum class Kind : std::uint8_t {
    path,           ///< `path`
    value,          ///< `value`
    plus,           ///< Two arguments.
    minus,          ///< Two arguments.
    if_not_exists,  ///< Two arguments, the first a path.
    list_append,    ///< Two arguments.
  };
  Kind kind = Kind::path;
  DocumentPath path{};
  ValuePlaceholder value{};
  std::vector<UpdateValue> arguments{};
  friend bool operator==(const UpdateValue&, const UpdateValue&) = default;
};

/// `SET path = value`
struct SetAction {
  DocumentPath path;
  UpdateValue value;
  friend bool operator==(const SetAction&, const SetAction&) = default;
};

/// `ADD path :value` or `DELETE path :value`
struct SetElementsAction {
  DocumentPath path;
  ValuePlaceholder value;
  friend bool operator==(const SetElementsAction&, const SetElementsAction&) = default;
};

/// An update expression's sections; an absent one is empty, at least one is not.
struct UpdateExpression {
  std::vector<SetAction> set;
  std::vector<DocumentPath> remove;
  std::vector<SetElementsAction> add;
  std::vector<SetElementsAction> erase;  ///< The DELETE section.
  friend bool operator==(const UpdateExpression&, const UpdateExpression&) = default;
};

/// Which parameter a condition came in: named in its errors' messages.
enum class ConditionParameter : std::uint8_t { condition, filter, key_condition };

/// "ConditionExpression", "FilterExpression", "KeyConditionExpression".
std::string_view parameter_name(ConditionParameter parameter) noexcept;

/// All errors are of kind `validation`, code "ValidationException", in DynamoDB's own words ("Invalid
/// ConditionExpression: Syntax error; token: ..."). A text is at most 4096 bytes long and has at most 300
/// operators.
Result<Condition> parse_condition(std::string_view text, ConditionParameter parameter);
Result<UpdateExpression> parse_update(std::string_view text);
Result<std::vector<DocumentPath>> parse_projection(std::string_view text);

/// Whether DynamoDB refuses `name` as it stands in an expression, whatever its case.
bool is_reserved_word(std::string_view name) noexcept;

/// Calls `name(const std::string&)` for every `#name` and `value(const std::string&)` for every `:value`,
/// each as often as it stands in the expression.
template <class Name, class Value>
void for_each_placeholder(const DocumentPath& path, Name&& name, Value&&) {
  for (const auto& element : path.elements) {
    if (element.kind == PathElement::Kind::placeholder) name(element.name);
  }
}
template <class Name, class Value>
void for_each_placeholder(const std::vector<DocumentPath>& paths, Name&& name, Value&& value) {
  for (const auto& path : paths) for_each_placeholder(path, name, value);
}
template <class Name, class Value>
void for_each_placeholder(const Condition& condition, Name&& name, Value&& value) {
  for (const auto& operand : condition.operands) {
    if (const auto* path = std::get_if<DocumentPath>(&operand.of)) {
      for_each_placeholder(*path, name, value);
    } else {
      value(std::get<ValuePlaceholder>(operand.of).name);
    }
  }
  for (const auto& inner : condition.conditions) for_each_placeholder(inner, name, value);
}
template <class Name, class Value>
void for_each_placeholder(const UpdateValue& assigned, Name&& name, Value&& value) {
  if (assigned.kind == UpdateValue::Kind::path) for_each_placeholder(assigned.path, name, value);
  if (assigned.kind == UpdateValue::Kind::value) value(assigned.value.name);
  for (const auto& argument : assigned.arguments) for_each_placeholder(argument, name, value);
}
template <class Name, class Value>
void for_each_placeholder(const UpdateExpression& update, Name&& name, Value&& value) {
  for (const auto& action : update.set) {
    for_each_placeholder(action.path, name, value);
    for_each_placeholder(action.value, name, value);
  }
  for_each_placeholder(update.remove, name, value);
  for (const auto* actions : {&update.add, &update.erase}) {
    for (const auto& action : *actions) {
      for_each_placeholder(action.path, name, value);
      value(action.value.name);
    }
  }
}

/// As an expression again: single spaces, upper-case keywords, only the parentheses that are needed.
/// A kind's operator or function: "AND", "<>", "attribute_exists".
std::string_view to_text(Condition::Kind kind) noexcept;
std::string to_text(const DocumentPath& path);
std::string to_text(const Operand& operand);
std::string to_text(const Condition& condition);
std::string to_text(const UpdateValue& value);
std::string to_text(const UpdateExpression& update);

}  // namespace gannet::core
