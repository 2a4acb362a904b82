#include "local/dynamodb/key_condition.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "local/dynamodb/condition.hpp"
#include "local/dynamodb/document_path.hpp"
#include "local/dynamodb/item_keys.hpp"
#include "local/dynamodb/key_codec.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::Condition;
using core::DocumentPath;
using core::Operand;
using core::ValuePlaceholder;
using Kind = Condition::Kind;

/// One comparison of a key condition with the attribute on its left.
struct Comparison {
  std::string attribute;
  Kind kind = Kind::equal;
  std::vector<const AttributeValue*> values;
};

Kind mirrored(Kind kind) {
  switch (kind) {
    case Kind::less:
      return Kind::greater;
    case Kind::less_equal:
      return Kind::greater_equal;
    case Kind::greater:
      return Kind::less;
    case Kind::greater_equal:
      return Kind::less_equal;
    default:
      return kind;
  }
}

/// One comparison, turned so that its attribute stands on the left. The parser has made sure that it is one
/// attribute, and where it stands in BETWEEN and begins_with.
Comparison read_comparison(const Condition& condition, const Placeholders& placeholders) {
  Comparison comparison{.attribute = {}, .kind = condition.kind, .values = {}};
  for (const Operand& operand : condition.operands) {
    if (const auto* path = std::get_if<DocumentPath>(&operand.of)) {
      comparison.attribute = top_level_name(*path);
    } else {
      comparison.values.push_back(&placeholders.value(std::get<ValuePlaceholder>(operand.of)));
    }
  }
  if (std::holds_alternative<ValuePlaceholder>(condition.operands.front().of)) {
    comparison.kind = mirrored(condition.kind);
  }
  return comparison;
}

void collect(const Condition& condition, const Placeholders& placeholders, std::vector<Comparison>& out) {
  if (condition.kind != Kind::all) {
    out.push_back(read_comparison(condition, placeholders));
    return;
  }
  for (const Condition& inner : condition.conditions) collect(inner, placeholders, out);
}

void check_values(const Comparison& comparison, const KeyAttribute& attribute, bool partition) {
  for (const AttributeValue* value : comparison.values) {
    if (value->type() != attribute.type) {
      refuse(
          "One or more parameter values were invalid: Condition parameter type does not match schema type");
    }
    check_key_value(*value, attribute.name, partition);
  }
}

void set_bounds(const Comparison& comparison, KeyRange& range) {
  const std::string key = encode_key(*comparison.values.front());
  switch (comparison.kind) {
    case Kind::equal:
      range.low = key;
      range.high = next_key(key);
      return;
    case Kind::less:
      range.high = key;
      return;
    case Kind::less_equal:
      range.high = next_key(key);
      return;
    case Kind::greater:
      range.low = next_key(key);
      return;
    case Kind::greater_equal:
      range.low = key;
      return;
    case Kind::between:
      range.low = key;
      range.high = next_key(encode_key(*comparison.values.back()));
      return;
    default:
      range.low = key;
      range.high = above_prefix(key);
      return;
  }
}

}  // namespace

KeyRange read_key_condition(const Condition& condition, const Placeholders& placeholders,
                            const KeySchema& keys) {
  check_operands(condition, placeholders, core::ConditionParameter::key_condition);
  std::vector<Comparison> comparisons;
  collect(condition, placeholders, comparisons);

  const auto condition_on = [&](const std::string& attribute) -> const Comparison* {
    const auto found = std::ranges::find(comparisons, attribute, &Comparison::attribute);
    return found == comparisons.end() ? nullptr : &*found;
  };
  for (const Comparison& comparison : comparisons) {
    if (condition_on(comparison.attribute) != &comparison) {
      refuse("KeyConditionExpressions must only contain one condition per key");
    }
  }
  if (comparisons.size() > 2) refuse("Conditions can be of length 1 or 2 only");

  const Comparison* partition = condition_on(keys.partition.name);
  if (partition == nullptr) refuse("Query condition missed key schema element: " + keys.partition.name);
  if (partition->kind != Kind::equal) refuse("Query key condition not supported");
  check_values(*partition, keys.partition, true);

  KeyRange range{.partition = *partition->values.front(), .low = {}, .high = above_all_keys()};
  if (comparisons.size() == 1) return range;
  const Comparison* sort = keys.sort ? condition_on(keys.sort->name) : nullptr;
  if (sort == nullptr) {
    refuse(keys.sort ? "Query condition missed key schema element: " + keys.sort->name
                     : "Query key condition not supported");
  }
  check_values(*sort, *keys.sort, false);
  set_bounds(*sort, range);
  return range;
}

}  // namespace gannet::local::dynamodb
