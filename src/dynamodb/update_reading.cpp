#include "dynamodb/update_reading.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/expression.hpp"

namespace gannet::dynamodb {
namespace {

using core::Condition;
using core::DocumentPath;
using core::Operand;
using core::PathElement;
using core::UpdateExpression;
using core::UpdateValue;
using core::ValuePlaceholder;

std::optional<core::Decimal> number_of(const AttributeValue* value) {
  if (value == nullptr || value->if_n() == nullptr) return std::nullopt;
  auto number = core::Decimal::parse(*value->if_n());
  if (!number) return std::nullopt;
  return *number;
}

/// An update with its condition, the placeholders' meanings at hand.
class Reading {
 public:
  explicit Reading(const UpdateItemInput& in) : in_(in) {}

  /// False if an expression is not understood.
  bool read() {
    if (in_.update_expression) {
      auto update = core::parse_update(*in_.update_expression);
      if (!update) return false;
      update_ = std::move(*update);
    }
    if (in_.condition_expression) {
      auto condition = core::parse_condition(*in_.condition_expression, core::ConditionParameter::condition);
      if (!condition) return false;
      condition_ = std::move(*condition);
    }
    return resolve_names();
  }

  [[nodiscard]] bool is_idempotent() const {
    const auto fixed_place = [](const auto& action) { return !may_append(action.path); };
    return std::ranges::all_of(update_.set, fixed_place) &&
           std::ranges::all_of(update_.set, [&](const auto& action) { return gives_the_same(action); }) &&
           std::ranges::none_of(update_.remove, ends_with_index) &&
           // An element that loses the last of its set goes, and the next takes its place.
           std::ranges::none_of(update_.erase,
                                [](const auto& action) { return ends_with_index(action.path); }) &&
           std::ranges::all_of(
               update_.add, [&](const auto& action) { return fixed_place(action) && is_set(action.value); });
  }

  /// Whether one of the terms that all have to hold no longer does once the update is applied.
  [[nodiscard]] bool falsifies_its_condition() const {
    if (!condition_) return false;
    if (condition_->kind == Condition::Kind::all) {
      return std::ranges::any_of(condition_->conditions, [&](const auto& term) { return falsifies(term); });
    }
    return falsifies(*condition_);
  }

 private:
  // ---- names and values ----

  /// Puts the names into the paths, so that equal paths are spelled alike.
  bool resolve_names() {
    bool known = true;
    const auto resolve = [&](DocumentPath& path) {
      for (PathElement& element : path.elements) {
        if (element.kind != PathElement::Kind::placeholder) continue;
        const auto* names = in_.expression_attribute_names ? &*in_.expression_attribute_names : nullptr;
        const auto found = names == nullptr ? decltype(names->end())() : names->find(element.name);
        if (names == nullptr || found == names->end()) {
          known = false;
          return;
        }
        element = {.kind = PathElement::Kind::name, .name = found->second};
      }
    };
    for (auto& action : update_.set) {
      resolve(action.path);
      for_each_path(action.value, resolve);
    }
    for (auto& path : update_.remove) resolve(path);
    for (auto* actions : {&update_.add, &update_.erase}) {
      for (auto& action : *actions) resolve(action.path);
    }
    if (condition_) for_each_path(*condition_, resolve);
    return known;
  }

  template <class Value, class Visit>
  static void for_each_path(Value& value, const Visit& visit) {
    if constexpr (std::is_same_v<std::remove_const_t<Value>, Condition>) {
      for (auto& operand : value.operands) {
        if (auto* path = std::get_if<DocumentPath>(&operand.of)) visit(*path);
      }
      for (auto& inner : value.conditions) for_each_path(inner, visit);
    } else {
      if (value.kind == UpdateValue::Kind::path) visit(value.path);
      for (auto& argument : value.arguments) for_each_path(argument, visit);
    }
  }

  [[nodiscard]] const AttributeValue* value_of(const ValuePlaceholder& placeholder) const {
    if (!in_.expression_attribute_values) return nullptr;
    const auto found = in_.expression_attribute_values->find(placeholder.name);
    return found == in_.expression_attribute_values->end() ? nullptr : &found->second;
  }

  [[nodiscard]] bool is_set(const ValuePlaceholder& placeholder) const {
    const auto* value = value_of(placeholder);
    return value != nullptr &&
           (value->type() == AttributeValue::Type::ss || value->type() == AttributeValue::Type::ns ||
            value->type() == AttributeValue::Type::bs);
  }

  // ---- the update ----

  static bool ends_with_index(const DocumentPath& path) {
    return path.elements.back().kind == PathElement::Kind::index;
  }

  /// Behind its end, a list grows with every SET. Its first element is in its place after the first time.
  static bool may_append(const DocumentPath& path) {
    return ends_with_index(path) && path.elements.back().index != 0;
  }

  static bool overlap(const DocumentPath& left, const DocumentPath& right) {
    const auto shorter = std::min(left.elements.size(), right.elements.size());
    return std::equal(left.elements.begin(), left.elements.begin() + static_cast<std::ptrdiff_t>(shorter),
                      right.elements.begin());
  }

  [[nodiscard]] bool changes(const DocumentPath& path) const {
    const auto meets = [&](const auto& action) { return overlap(action.path, path); };
    return std::ranges::any_of(update_.set, meets) || std::ranges::any_of(update_.add, meets) ||
           std::ranges::any_of(update_.erase, meets) ||
           std::ranges::any_of(update_.remove, [&](const auto& removed) { return overlap(removed, path); });
  }

  [[nodiscard]] bool reads_what_changes(const UpdateValue& value) const {
    bool found = false;
    for_each_path(value, [&](const DocumentPath& path) { found = found || changes(path); });
    return found;
  }

  /// Whether SET gives its attribute the same value again.
  [[nodiscard]] bool gives_the_same(const core::SetAction& action) const {
    const UpdateValue& value = action.value;
    const bool keeps_itself = value.kind == UpdateValue::Kind::if_not_exists &&
                              value.arguments[0].kind == UpdateValue::Kind::path &&
                              value.arguments[0].path == action.path;
    return !reads_what_changes(keeps_itself ? value.arguments[1] : value);
  }

  // ---- the condition ----

  [[nodiscard]] const UpdateValue* assigned_to(const DocumentPath& path) const {
    const auto found = std::ranges::find(update_.set, path, &core::SetAction::path);
    return found == update_.set.end() ? nullptr : &found->value;
  }
  [[nodiscard]] const AttributeValue* added_to(const DocumentPath& path) const {
    const auto found = std::ranges::find(update_.add, path, &core::SetElementsAction::path);
    return found == update_.add.end() ? nullptr : value_of(found->value);
  }
  [[nodiscard]] bool is_removed(const DocumentPath& path) const {
    return std::ranges::find(update_.remove, path) != update_.remove.end();
  }
  [[nodiscard]] bool is_of_the_key(const DocumentPath& path) const {
    return path.elements.size() == 1 && in_.key.contains(path.elements.front().name);
  }

  /// An element of a list may be another one, or another place, after the update.
  static bool is_in_a_list(const DocumentPath& path) {
    return std::ranges::any_of(
        path.elements, [](const PathElement& element) { return element.kind == PathElement::Kind::index; });
  }

  /// `path` and `value` of `path OPERATOR :value`, where that is what the term is.
  struct Comparison {
    const DocumentPath* path;
    const AttributeValue* value;
    bool turned;  ///< `:value OPERATOR path`
  };
  [[nodiscard]] std::optional<Comparison> comparison(const Condition& term) const {
    if (term.operands.size() != 2 || term.operands[0].size || term.operands[1].size) return std::nullopt;
    const auto* left = std::get_if<DocumentPath>(&term.operands[0].of);
    const auto* right = std::get_if<DocumentPath>(&term.operands[1].of);
    if ((left == nullptr) == (right == nullptr)) return std::nullopt;
    const auto* value = value_of(std::get<ValuePlaceholder>(term.operands[left != nullptr ? 1 : 0].of));
    const auto* path = left != nullptr ? left : right;
    if (value == nullptr || is_in_a_list(*path)) return std::nullopt;
    return Comparison{path, value, left == nullptr};
  }

  /// Scalars: what else two values that are spelled differently may be equal to is not for us to say.
  static bool is_different(const AttributeValue& left, const AttributeValue& right) {
    if (left.type() != right.type()) return true;
    if (left.type() == AttributeValue::Type::n) {
      const auto first = number_of(&left);
      const auto second = number_of(&right);
      return first && second && *first != *second;
    }
    const bool scalar = left.type() == AttributeValue::Type::s || left.type() == AttributeValue::Type::b ||
                        left.type() == AttributeValue::Type::boolean ||
                        left.type() == AttributeValue::Type::null;
    return scalar && left != right;
  }

  /// Whether the update makes `path` differ from the value that it has by then.
  [[nodiscard]] bool moves_away_from(const DocumentPath& path, const AttributeValue& value) const {
    if (is_removed(path)) return true;
    if (const auto* added = added_to(path)) {
      const auto by = number_of(added);
      return by && !by->is_zero();
    }
    const UpdateValue* assigned = assigned_to(path);
    if (assigned == nullptr) return false;
    if (assigned->kind == UpdateValue::Kind::value) {
      const auto* now = value_of(assigned->value);
      return now != nullptr && is_different(*now, value);
    }
    if (assigned->kind != UpdateValue::Kind::plus && assigned->kind != UpdateValue::Kind::minus) return false;
    // `version = version + :one`
    const UpdateValue& left = assigned->arguments[0];
    const UpdateValue& right = assigned->arguments[1];
    const auto is_itself = [&](const UpdateValue& one) {
      return one.kind == UpdateValue::Kind::path && one.path == path;
    };
    const bool turned = assigned->kind == UpdateValue::Kind::plus && is_itself(right);
    if (!turned && !is_itself(left)) return false;
    const UpdateValue& by = turned ? left : right;
    const auto number = by.kind == UpdateValue::Kind::value ? number_of(value_of(by.value)) : std::nullopt;
    return number && !number->is_zero();
  }

  /// Whether the update gives `path` a value that is written in the request, and `holds` is false of it.
  template <class Holds>
  [[nodiscard]] bool sets_to_what_fails(const DocumentPath& path, const Holds& holds) const {
    const UpdateValue* assigned = assigned_to(path);
    if (assigned == nullptr || assigned->kind != UpdateValue::Kind::value) return false;
    const auto* now = value_of(assigned->value);
    return now != nullptr && !holds(*now);
  }

  [[nodiscard]] bool falsifies(const Condition& term) const {
    const auto* path = term.operands.empty() ? nullptr : std::get_if<DocumentPath>(&term.operands[0].of);
    switch (term.kind) {
      case Condition::Kind::attribute_not_exists:
        if (is_in_a_list(*path)) return false;
        // Any update leaves an item with its key behind.
        return is_of_the_key(*path) || assigned_to(*path) != nullptr || added_to(*path) != nullptr;
      case Condition::Kind::attribute_exists:
        return !is_in_a_list(*path) && is_removed(*path);
      case Condition::Kind::equal:
        if (const auto compared = comparison(term)) return moves_away_from(*compared->path, *compared->value);
        return false;
      case Condition::Kind::not_equal:
        if (const auto compared = comparison(term)) {
          return sets_to_what_fails(
              *compared->path, [&](const AttributeValue& now) { return !is_equal(now, *compared->value); });
        }
        return false;
      case Condition::Kind::less:
      case Condition::Kind::greater:
        if (const auto compared = comparison(term)) {
          const auto bound = number_of(compared->value);
          const bool below = (term.kind == Condition::Kind::less) != compared->turned;
          return bound && sets_to_what_fails(*compared->path, [&](const AttributeValue& now) {
                   const auto number = number_of(&now);
                   return number && (below ? *number < *bound : *number > *bound);
                 });
        }
        return false;
      default:
        return false;
    }
  }

  const UpdateItemInput& in_;
  UpdateExpression update_;
  std::optional<Condition> condition_;
};

}  // namespace

bool is_equal(const AttributeValue& left, const AttributeValue& right) {
  const auto first = number_of(&left);
  const auto second = number_of(&right);
  return first && second ? *first == *second : left == right;
}

SecondTime second_time(const UpdateItemInput& in) {
  if (in.attribute_updates || in.expected || in.conditional_operator) return SecondTime::different;
  Reading reading(in);
  if (!reading.read()) return SecondTime::different;
  if (reading.is_idempotent()) return SecondTime::same;
  return reading.falsifies_its_condition() ? SecondTime::refused : SecondTime::different;
}

}  // namespace gannet::dynamodb
