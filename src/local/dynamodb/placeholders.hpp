#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/attribute_value.hpp>

#include "core/expression.hpp"
#include "local/dynamodb/parameters.hpp"

namespace gannet::local::dynamodb {

/// A request's ExpressionAttributeNames and ExpressionAttributeValues, and which of them its expressions use.
class Placeholders {
 public:
  /// `expressions`: the members of the request that may hold expressions that use values, for the message
  /// when values come without any.
  Placeholders(const Parameters& request, std::initializer_list<std::string_view> expressions);

  /// Parse one expression of the request and put the real names into its paths. Values stay placeholders.
  /// Refuse what does not parse and what is not defined.
  core::Condition condition(std::string_view text, core::ConditionParameter parameter);
  core::UpdateExpression update(std::string_view text);
  std::vector<core::DocumentPath> projection(std::string_view text);

  /// What `placeholder`, met in an expression that came from here, stands for.
  [[nodiscard]] const AttributeValue& value(const core::ValuePlaceholder& placeholder) const;

  /// To be called once all expressions have been read.
  void refuse_unused() const;

 private:
  struct Name {
    std::string placeholder;
    std::string name;
    bool used = false;
  };
  struct Value {
    std::string placeholder;
    AttributeValue value;
    bool used = false;
  };
  void read_names(core::JsonValue json);
  void read_values(core::JsonValue json);
  void resolve(core::DocumentPath& path, std::string_view parameter);
  void resolve(const core::ValuePlaceholder& placeholder, std::string_view parameter);
  void resolve(core::Condition& condition, std::string_view parameter);
  void resolve(core::UpdateValue& value);

  std::deque<Name> names_;
  std::deque<Value> values_;
};

}  // namespace gannet::local::dynamodb
