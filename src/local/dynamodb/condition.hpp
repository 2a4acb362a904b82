#pragma once

#include <gannet/attribute_value.hpp>

#include "core/expression.hpp"
#include "local/dynamodb/placeholders.hpp"

namespace gannet::local::dynamodb {

/// Refuses a condition whose operands can be seen to be of types that its operators do not take. `condition`
/// came from `placeholders`.
void check_operands(const core::Condition& condition, const Placeholders& placeholders,
                    core::ConditionParameter parameter);

/// Whether `item` (an empty one stands for none) meets `condition`, which has passed `check_operands`.
bool holds(const core::Condition& condition, const Item& item, const Placeholders& placeholders);

}  // namespace gannet::local::dynamodb
