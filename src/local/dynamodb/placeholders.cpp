#include "local/dynamodb/placeholders.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ascii.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::ConditionParameter;
using core::DocumentPath;
using core::PathElement;

template <class Value>
Value accept(Result<Value> parsed) {
  if (!parsed) refuse(std::move(parsed.error().message));
  return std::move(*parsed);
}

bool is_placeholder(std::string_view text, char sign) {
  if (text.size() < 2 || text.front() != sign) return false;
  return std::ranges::all_of(text.substr(1), [](char c) { return core::is_alphanumeric(c) || c == '_'; });
}

template <class Placeholder>
auto find_placeholder(Placeholder& placeholders, std::string_view text) {
  return std::ranges::find_if(placeholders, [&](const auto& known) { return known.placeholder == text; });
}

template <class Placeholder>
void refuse_unused_among(const Placeholder& placeholders, std::string_view parameter) {
  std::vector<std::string_view> unused;
  for (const auto& known : placeholders) {
    if (!known.used) unused.push_back(known.placeholder);
  }
  if (unused.empty()) return;
  refuse(fmt::format("Value provided in {} unused in expressions: keys: {{{}}}", parameter,
                     fmt::join(unused, ", ")));
}

}  // namespace

Placeholders::Placeholders(const Parameters& request, std::initializer_list<std::string_view> expressions) {
  const bool values_have_use =
      std::ranges::any_of(expressions, [&](std::string_view name) { return request.has(name); });
  const auto names = request.object("ExpressionAttributeNames");
  if (names && !values_have_use && !request.has("ProjectionExpression")) {
    refuse("ExpressionAttributeNames can only be specified when using expressions");
  }
  if (names) read_names(*names);
  if (expressions.size() == 0) return;
  const auto values = request.object("ExpressionAttributeValues");
  if (values && !values_have_use) {
    refuse(fmt::format("ExpressionAttributeValues can only be specified when using expressions: {} {} null",
                       fmt::join(expressions, " and "), expressions.size() > 1 ? "are" : "is"));
  }
  if (values) read_values(*values);
}

void Placeholders::read_names(core::JsonValue json) {
  if (json.size() == 0) refuse("ExpressionAttributeNames must not be empty");
  for (auto member = json.begin(); member != json.end(); ++member) {
    if (!is_placeholder(member.key(), '#')) {
      refuse(fmt::format("ExpressionAttributeNames contains invalid key: Syntax error; key: \"{}\"",
                         member.key()));
    }
    const std::string_view name = text_of(member.value());
    if (name.empty()) {
      refuse(fmt::format("ExpressionAttributeNames contains invalid value: Empty attribute name for key {}",
                         member.key()));
    }
    names_.push_back({.placeholder = std::string(member.key()), .name = std::string(name)});
  }
}

void Placeholders::read_values(core::JsonValue json) {
  if (json.size() == 0) refuse("ExpressionAttributeValues must not be empty");
  for (auto member = json.begin(); member != json.end(); ++member) {
    if (!is_placeholder(member.key(), ':')) {
      refuse(fmt::format("ExpressionAttributeValues contains invalid key: Syntax error; key: \"{}\"",
                         member.key()));
    }
    try {
      values_.push_back({.placeholder = std::string(member.key()), .value = read_attribute(member.value())});
    } catch (Refusal& refusal) {
      if (refusal.type != "ValidationException") throw;
      refuse(fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}", refusal.message,
                         member.key()));
    }
  }
}

core::Condition Placeholders::condition(std::string_view text, ConditionParameter parameter) {
  core::Condition condition = accept(core::parse_condition(text, parameter));
  resolve(condition, core::parameter_name(parameter));
  return condition;
}

core::UpdateExpression Placeholders::update(std::string_view text) {
  core::UpdateExpression update = accept(core::parse_update(text));
  for (core::SetAction& action : update.set) {
    resolve(action.path, "UpdateExpression");
    resolve(action.value);
  }
  for (DocumentPath& path : update.remove) resolve(path, "UpdateExpression");
  for (auto* actions : {&update.add, &update.erase}) {
    for (core::SetElementsAction& action : *actions) {
      resolve(action.path, "UpdateExpression");
      resolve(action.value, "UpdateExpression");
    }
  }
  return update;
}

std::vector<DocumentPath> Placeholders::projection(std::string_view text) {
  std::vector<DocumentPath> paths = accept(core::parse_projection(text));
  for (DocumentPath& path : paths) resolve(path, "ProjectionExpression");
  return paths;
}

const AttributeValue& Placeholders::value(const core::ValuePlaceholder& placeholder) const {
  return find_placeholder(values_, placeholder.name)->value;
}

void Placeholders::refuse_unused() const {
  refuse_unused_among(names_, "ExpressionAttributeNames");
  refuse_unused_among(values_, "ExpressionAttributeValues");
}

void Placeholders::resolve(DocumentPath& path, std::string_view parameter) {
  for (PathElement& element : path.elements) {
    if (element.kind != PathElement::Kind::placeholder) continue;
    const auto known = find_placeholder(names_, element.name);
    if (known == names_.end()) {
      refuse(
          fmt::format("Invalid {}: An expression attribute name used in the document path is not defined; "
                      "attribute name: {}",
                      parameter, element.name));
    }
    known->used = true;
    element.kind = PathElement::Kind::name;
    element.name = known->name;
  }
}

void Placeholders::resolve(const core::ValuePlaceholder& placeholder, std::string_view parameter) {
  const auto known = find_placeholder(values_, placeholder.name);
  if (known == values_.end()) {
    refuse(fmt::format(
        "Invalid {}: An expression attribute value used in expression is not defined; attribute value: {}",
        parameter, placeholder.name));
  }
  known->used = true;
}

void Placeholders::resolve(core::Condition& condition, std::string_view parameter) {
  for (core::Operand& operand : condition.operands) {
    std::visit([&](auto& of) { resolve(of, parameter); }, operand.of);
  }
  for (core::Condition& inner : condition.conditions) resolve(inner, parameter);
}

void Placeholders::resolve(core::UpdateValue& value) {
  if (value.kind == core::UpdateValue::Kind::path) resolve(value.path, "UpdateExpression");
  if (value.kind == core::UpdateValue::Kind::value) resolve(value.value, "UpdateExpression");
  for (core::UpdateValue& argument : value.arguments) resolve(argument);
}

}  // namespace gannet::local::dynamodb
