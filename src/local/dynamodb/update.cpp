#include "local/dynamodb/update.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/decimal.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/document_path.hpp"
#include "local/dynamodb/projection.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {

using core::Decimal;

namespace {

using core::DocumentPath;
using core::PathElement;
using core::SetElementsAction;
using core::UpdateValue;
using Kind = UpdateValue::Kind;
using Type = AttributeValue::Type;

[[noreturn]] void refuse_operand() {
  refuse("An operand in the update expression has an incorrect data type");
}

[[noreturn]] void refuse_path() {
  refuse("The document path provided in the update expression is invalid for update");
}

std::string_view function_name(Kind kind) {
  switch (kind) {
    case Kind::plus:
      return "+";
    case Kind::minus:
      return "-";
    case Kind::list_append:
      return "list_append";
    default:
      return "if_not_exists";
  }
}

bool is_set(Type type) {
  return type == Type::ss || type == Type::ns || type == Type::bs;
}

Decimal number_of(const AttributeValue& value) {
  if (value.if_n() == nullptr) refuse_operand();
  return *Decimal::parse(value.n());
}

AttributeValue sum_of(const std::expected<Decimal, std::string>& sum) {
  if (!sum) refuse(sum.error());
  return Number{sum->to_text()};
}

template <class Value, class Less = std::less<>>
std::vector<Value> merged(const std::vector<Value>& left, const std::vector<Value>& right, Less less = {}) {
  std::vector<Value> out;
  std::ranges::set_union(left, right, std::back_inserter(out), less);
  return out;
}

template <class Value, class Less = std::less<>>
std::vector<Value> without(const std::vector<Value>& left, const std::vector<Value>& right, Less less = {}) {
  std::vector<Value> out;
  std::ranges::set_difference(left, right, std::back_inserter(out), less);
  return out;
}

bool is_smaller_number(const std::string& left, const std::string& right) {
  return *Decimal::parse(left) < *Decimal::parse(right);
}

/// What ADD makes of `present`, which is absent or of the same type.
AttributeValue added(const AttributeValue* present, const AttributeValue& given) {
  if (present == nullptr) return given;
  if (present->type() != given.type()) refuse_operand();
  switch (given.type()) {
    case Type::n:
      return sum_of(add(number_of(*present), number_of(given)));
    case Type::ss:
      return StringSet{merged(present->ss(), given.ss())};
    case Type::ns:
      return NumberSet{merged(present->ns(), given.ns(), is_smaller_number)};
    case Type::bs:
      return BinarySet{merged(present->bs(), given.bs())};
    default:
      refuse_operand();
  }
}

/// What DELETE leaves of `present`; nothing when no element is left.
std::optional<AttributeValue> reduced(const AttributeValue& present, const AttributeValue& given) {
  if (present.type() != given.type()) refuse_operand();
  const auto unless_empty = [](auto set) -> std::optional<AttributeValue> {
    if (set.values.empty()) return std::nullopt;
    return AttributeValue(std::move(set));
  };
  switch (given.type()) {
    case Type::ss:
      return unless_empty(StringSet{without(present.ss(), given.ss())});
    case Type::ns:
      return unless_empty(NumberSet{without(present.ns(), given.ns(), is_smaller_number)});
    case Type::bs:
      return unless_empty(BinarySet{without(present.bs(), given.bs())});
    default:
      refuse_operand();
  }
}

/// The value that SET assigns, read from the item as it was.
class RightHandSide {
 public:
  RightHandSide(const Item& before, const Placeholders& placeholders)
      : before_(before), placeholders_(placeholders) {}

  [[nodiscard]] AttributeValue value(const UpdateValue& of) const {
    switch (of.kind) {
      case Kind::path:
        if (const auto* present = find(before_, of.path)) return *present;
        refuse("The provided expression refers to an attribute that does not exist in the item");
      case Kind::value:
        return placeholders_.value(of.value);
      case Kind::plus:
        return sum_of(add(number_of(value(of.arguments[0])), number_of(value(of.arguments[1]))));
      case Kind::minus:
        return sum_of(subtract(number_of(value(of.arguments[0])), number_of(value(of.arguments[1]))));
      case Kind::if_not_exists:
        if (const auto* present = find(before_, of.arguments[0].path)) return *present;
        return value(of.arguments[1]);
      case Kind::list_append: {
        const AttributeValue first = value(of.arguments[0]);
        const AttributeValue second = value(of.arguments[1]);
        if (first.if_l() == nullptr || second.if_l() == nullptr) refuse_operand();
        AttributeValue::List list = first.l();
        list.insert(list.end(), second.l().begin(), second.l().end());
        return list;
      }
    }
    return {};
  }

 private:
  const Item& before_;
  const Placeholders& placeholders_;
};

/// One place's new value, or its removal.
struct Change {
  const DocumentPath* path;
  std::optional<AttributeValue> value;
};

bool is_before(const DocumentPath& left, const DocumentPath& right) {
  return std::ranges::lexicographical_compare(left.elements, right.elements,
                                              [](const PathElement& one, const PathElement& two) {
                                                if (one.kind != two.kind) return one.kind < two.kind;
                                                if (one.index != two.index) return one.index < two.index;
                                                return one.name < two.name;
                                              });
}

using Elements = std::span<const PathElement>;

std::optional<AttributeValue> changed(const AttributeValue& value, Elements below, const Change& change);

AttributeValue changed_list(AttributeValue::List list, Elements below, const Change& change) {
  const std::size_t index = below.front().index;
  if (below.front().kind != PathElement::Kind::index) refuse_path();
  if (below.size() == 1 && index >= list.size()) {
    if (change.value) list.push_back(*change.value);
    return list;
  }
  if (index >= list.size()) refuse_path();
  if (auto element = changed(list[index], below.subspan(1), change)) {
    list[index] = std::move(*element);
  } else {
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
  }
  return list;
}

void change_map(Item& map, Elements below, const Change& change) {
  if (below.front().kind == PathElement::Kind::index) refuse_path();
  const std::string& name = below.front().name;
  const auto member = map.find(name);
  if (below.size() > 1) {
    if (member == map.end()) refuse_path();
    if (auto value = changed(member->second, below.subspan(1), change)) member->second = std::move(*value);
  } else if (change.value) {
    map.insert_or_assign(name, *change.value);
  } else if (member != map.end()) {
    map.erase(member);
  }
}

/// The value with the change made at `below` within it; nothing if it is to be removed itself.
std::optional<AttributeValue> changed(const AttributeValue& value, Elements below, const Change& change) {
  if (below.empty()) return change.value;
  if (const auto* list = value.if_l()) return changed_list(*list, below, change);
  if (const auto* map = value.if_m()) {
    Item copy = *map;
    change_map(copy, below, change);
    return AttributeValue(std::move(copy));
  }
  refuse_path();
}

/// Refuses a path whose parent is not in the item, or is no list or map as the path has it.
void check_parent(const Item& before, const DocumentPath& path) {
  if (path.elements.size() == 1) return;
  DocumentPath parent = path;
  parent.elements.pop_back();
  const AttributeValue* value = find(before, parent);
  const bool index = path.elements.back().kind == PathElement::Kind::index;
  if (value == nullptr || (index ? value->if_l() == nullptr : value->if_m() == nullptr)) refuse_path();
}

}  // namespace

Update::Update(core::UpdateExpression expression, const Placeholders& placeholders)
    : expression_(std::move(expression)), placeholders_(placeholders) {
  refuse_overlaps(paths(), "UpdateExpression");
  for (const core::SetAction& action : expression_.set) check_operands(action.value);
  const auto check_elements = [&](const SetElementsAction& action, std::string_view section, bool numbers) {
    const Type type = placeholders_.value(action.value).type();
    if (is_set(type) || (numbers && type == Type::n)) return;
    refuse(
        fmt::format("Invalid UpdateExpression: Incorrect operand type for operator or function; operator: "
                    "{}, operand type: {}, typeSet: ALLOWED_FOR_{}_OPERAND",
                    section, type_word(type), section));
  };
  for (const SetElementsAction& action : expression_.add) check_elements(action, "ADD", true);
  for (const SetElementsAction& action : expression_.erase) check_elements(action, "DELETE", false);
}

void Update::refuse_key_paths(const std::vector<std::string_view>& key_names) const {
  for (const DocumentPath* path : paths()) {
    if (std::ranges::find(key_names, top_level_name(*path)) == key_names.end()) continue;
    refuse(
        fmt::format("One or more parameter values were invalid: Cannot update attribute {}. This attribute "
                    "is part of the key",
                    top_level_name(*path)));
  }
}

void Update::check_operands(const UpdateValue& value) const {
  for (const UpdateValue& argument : value.arguments) check_operands(argument);
  const bool list = value.kind == Kind::list_append;
  if (!list && value.kind != Kind::plus && value.kind != Kind::minus) return;
  for (const UpdateValue& argument : value.arguments) {
    if (argument.kind != Kind::value) continue;
    const Type type = placeholders_.value(argument.value).type();
    if (type == (list ? Type::l : Type::n)) continue;
    refuse(
        fmt::format("Invalid UpdateExpression: Incorrect operand type for operator or function; operator or "
                    "function: {}, operand type: {}",
                    function_name(value.kind), type_letters(type)));
  }
}

std::vector<const DocumentPath*> Update::paths() const {
  std::vector<const DocumentPath*> all;
  for (const core::SetAction& action : expression_.set) all.push_back(&action.path);
  for (const DocumentPath& path : expression_.remove) all.push_back(&path);
  for (const SetElementsAction& action : expression_.add) all.push_back(&action.path);
  for (const SetElementsAction& action : expression_.erase) all.push_back(&action.path);
  return all;
}

Item Update::apply(Item item) const {
  const Item before = item;
  for (const DocumentPath* path : paths()) check_parent(before, *path);
  std::vector<Change> changes;
  const RightHandSide right(before, placeholders_);
  for (const core::SetAction& action : expression_.set) {
    changes.push_back({.path = &action.path, .value = right.value(action.value)});
  }
  for (const DocumentPath& path : expression_.remove) {
    if (find(before, path) != nullptr) changes.push_back({.path = &path, .value = std::nullopt});
  }
  for (const SetElementsAction& action : expression_.add) {
    changes.push_back(
        {.path = &action.path, .value = added(find(before, action.path), placeholders_.value(action.value))});
  }
  for (const SetElementsAction& action : expression_.erase) {
    const AttributeValue* present = find(before, action.path);
    if (present == nullptr) continue;
    changes.push_back({.path = &action.path, .value = reduced(*present, placeholders_.value(action.value))});
  }

  // Elements beyond a list's end are appended in the order of their indexes; what is removed goes last and
  // from the back, so that indexes mean what they meant.
  const auto removals = std::partition(changes.begin(), changes.end(),
                                       [](const Change& change) { return change.value.has_value(); });
  std::sort(changes.begin(), removals,
            [](const Change& one, const Change& two) { return is_before(*one.path, *two.path); });
  std::sort(removals, changes.end(),
            [](const Change& one, const Change& two) { return is_before(*two.path, *one.path); });
  for (const Change& change : changes) change_map(item, change.path->elements, change);
  for (const auto& [name, value] : item) {
    if (nesting(value) <= maximum_nesting) continue;
    refuse(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
        "supported limit");
  }
  return item;
}

Item Update::touched_parts(const Item& item) const {
  return parts_at(item, paths());
}

}  // namespace gannet::local::dynamodb
