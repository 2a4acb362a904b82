#include "local/dynamodb/condition.hpp"

#include <algorithm>
#include <compare>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/encoding.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/document_path.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::Condition;
using core::DocumentPath;
using core::Operand;
using core::ValuePlaceholder;
using Kind = Condition::Kind;
using Type = AttributeValue::Type;

bool is_ordering(Kind kind) {
  return kind == Kind::less || kind == Kind::less_equal || kind == Kind::greater ||
         kind == Kind::greater_equal || kind == Kind::between;
}

bool is_scalar(Type type) {
  return type == Type::s || type == Type::n || type == Type::b;
}

bool has_size(Type type) {
  return type != Type::n && type != Type::null && type != Type::boolean;
}

/// "{S:abc}"
std::string with_type(const AttributeValue& value) {
  std::string text;
  if (const auto* string = value.if_s()) text = *string;
  if (const auto* digits = value.if_n()) text = *digits;
  if (const auto* bytes = value.if_b()) text = core::base64(as_text(*bytes));
  return fmt::format("{{{}:{}}}", type_letters(value.type()), text);
}

/// The checks of one expression.
class Check {
 public:
  Check(const Placeholders& placeholders, core::ConditionParameter parameter)
      : placeholders_(placeholders), parameter_(core::parameter_name(parameter)) {}

  void run(const Condition& condition) const {
    for (const Operand& operand : condition.operands) check_size(operand);
    check_distinct(condition);
    if (is_ordering(condition.kind)) {
      for (const Operand& operand : condition.operands) check_type(condition.kind, operand, is_scalar);
    }
    if (condition.kind == Kind::between) check_bounds(condition.operands[1], condition.operands[2]);
    if (condition.kind == Kind::begins_with) {
      const auto has_beginning = [](Type type) { return type == Type::s || type == Type::b; };
      for (const Operand& operand : condition.operands) check_type(condition.kind, operand, has_beginning);
    }
    if (condition.kind == Kind::attribute_type) check_type_name(condition.operands[1]);
    for (const Condition& inner : condition.conditions) run(inner);
  }

 private:
  /// The type that an operand has whatever the item; nothing for a path.
  [[nodiscard]] std::optional<Type> known_type(const Operand& operand) const {
    if (operand.size) return Type::n;
    const auto* value = std::get_if<ValuePlaceholder>(&operand.of);
    if (value == nullptr) return std::nullopt;
    return placeholders_.value(*value).type();
  }

  template <class Takes>
  void check_type(Kind kind, const Operand& operand, Takes&& takes) const {
    const auto type = known_type(operand);
    if (type && !takes(*type)) refuse_type(core::to_text(kind), *type);
  }

  [[noreturn]] void refuse_type(std::string_view what, Type type) const {
    refuse(
        fmt::format("Invalid {}: Incorrect operand type for operator or function; operator or function: {}, "
                    "operand type: {}",
                    parameter_, what, type_letters(type)));
  }

  void check_size(const Operand& operand) const {
    const auto* value = std::get_if<ValuePlaceholder>(&operand.of);
    if (!operand.size || value == nullptr) return;
    const Type type = placeholders_.value(*value).type();
    if (!has_size(type)) refuse_type("size", type);
  }

  void check_distinct(const Condition& condition) const {
    if (condition.operands.size() < 2 || condition.operands.front().size) return;
    const auto* first = std::get_if<DocumentPath>(&condition.operands.front().of);
    if (first == nullptr) return;
    const bool repeated =
        std::any_of(condition.operands.begin() + 1, condition.operands.end(),
                    [&](const Operand& operand) { return operand == condition.operands.front(); });
    if (!repeated) return;
    refuse(
        fmt::format("Invalid {}: The first operand must be distinct from the remaining operands for this "
                    "operator or function; operator: {}, first operand: {}",
                    parameter_, core::to_text(condition.kind), bracketed(*first)));
  }

  void check_bounds(const Operand& low, const Operand& high) const {
    const auto* low_placeholder = std::get_if<ValuePlaceholder>(&low.of);
    const auto* high_placeholder = std::get_if<ValuePlaceholder>(&high.of);
    if (low.size || high.size || low_placeholder == nullptr || high_placeholder == nullptr) return;
    const AttributeValue& lower = placeholders_.value(*low_placeholder);
    const AttributeValue& upper = placeholders_.value(*high_placeholder);
    const auto refuse_bounds = [&](std::string_view rule) {
      refuse(
          fmt::format("Invalid {}: The BETWEEN operator requires {}; lower bound operand: AttributeValue: "
                      "{}, upper bound operand: AttributeValue: {}",
                      parameter_, rule, with_type(lower), with_type(upper)));
    };
    if (lower.type() != upper.type()) refuse_bounds("same data type for lower and upper bounds");
    if (compare(lower, upper) > 0) refuse_bounds("upper bound to be greater than or equal to lower bound");
  }

  void check_type_name(const Operand& operand) const {
    const auto* placeholder = std::get_if<ValuePlaceholder>(&operand.of);
    if (placeholder == nullptr) return;
    const AttributeValue& name = placeholders_.value(*placeholder);
    if (name.if_s() == nullptr) refuse_type(core::to_text(Kind::attribute_type), name.type());
    if (type_of_letters(name.s())) return;
    refuse(
        fmt::format("Invalid {}: Invalid attribute type name found; type: {}, valid types: "
                    "{{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}",
                    parameter_, name.s()));
  }

  const Placeholders& placeholders_;
  std::string_view parameter_;
};

/// A condition met with an item.
class Evaluation {
 public:
  Evaluation(const Item& item, const Placeholders& placeholders) : item_(item), placeholders_(placeholders) {}

  [[nodiscard]] bool holds(const Condition& condition) const {
    const auto inner_holds = [this](const Condition& inner) { return holds(inner); };
    switch (condition.kind) {
      case Kind::all:
        return std::ranges::all_of(condition.conditions, inner_holds);
      case Kind::any:
        return std::ranges::any_of(condition.conditions, inner_holds);
      case Kind::negation:
        return !holds(condition.conditions.front());
      case Kind::attribute_exists:
        return value_of(condition.operands[0]).found();
      case Kind::attribute_not_exists:
        return !value_of(condition.operands[0]).found();
      default:
        return holds_between_operands(condition);
    }
  }

 private:
  /// What an operand stands for: a value of the item or the request, the number that `size` gave, or nothing.
  class Met {
   public:
    Met() = default;
    explicit Met(const AttributeValue* elsewhere) : elsewhere_(elsewhere) {}
    explicit Met(std::size_t size) : own_(size) {}
    [[nodiscard]] bool found() const { return elsewhere_ != nullptr || own_.if_n() != nullptr; }
    [[nodiscard]] const AttributeValue& operator*() const {
      return elsewhere_ != nullptr ? *elsewhere_ : own_;
    }

   private:
    const AttributeValue* elsewhere_ = nullptr;
    AttributeValue own_;
  };

  [[nodiscard]] Met value_of(const Operand& operand) const {
    const AttributeValue* value = nullptr;
    if (const auto* path = std::get_if<DocumentPath>(&operand.of)) {
      value = find(item_, *path);
    } else {
      value = &placeholders_.value(std::get<ValuePlaceholder>(operand.of));
    }
    if (!operand.size || value == nullptr) return Met(value);
    const auto size = size_function(*value);
    return size ? Met(*size) : Met();
  }

  [[nodiscard]] bool holds_between_operands(const Condition& condition) const {
    const Met left = value_of(condition.operands[0]);
    if (condition.kind == Kind::in) {
      return left.found() && std::any_of(condition.operands.begin() + 1, condition.operands.end(),
                                         [&](const Operand& operand) {
                                           const Met candidate = value_of(operand);
                                           return candidate.found() && *candidate == *left;
                                         });
    }
    const Met right = value_of(condition.operands[1]);
    // What is not there differs from everything, and compares with nothing.
    if (!left.found() || !right.found()) return condition.kind == Kind::not_equal;
    switch (condition.kind) {
      case Kind::equal:
        return *left == *right;
      case Kind::not_equal:
        return *left != *right;
      case Kind::less:
        return compare(*left, *right) < 0;
      case Kind::less_equal:
        return compare(*left, *right) <= 0;
      case Kind::greater:
        return compare(*left, *right) > 0;
      case Kind::greater_equal:
        return compare(*left, *right) >= 0;
      case Kind::between: {
        const Met high = value_of(condition.operands[2]);
        return high.found() && compare(*left, *right) >= 0 && compare(*left, *high) <= 0;
      }
      case Kind::attribute_type:
        return (*right).if_s() != nullptr && type_letters((*left).type()) == (*right).s();
      case Kind::begins_with:
        return begins_with(*left, *right);
      case Kind::contains:
        return contains(*left, *right);
      default:
        return false;
    }
  }

  const Item& item_;
  const Placeholders& placeholders_;
};

}  // namespace

void check_operands(const Condition& condition, const Placeholders& placeholders,
                    core::ConditionParameter parameter) {
  Check(placeholders, parameter).run(condition);
}

bool holds(const Condition& condition, const Item& item, const Placeholders& placeholders) {
  return Evaluation(item, placeholders).holds(condition);
}

}  // namespace gannet::local::dynamodb
