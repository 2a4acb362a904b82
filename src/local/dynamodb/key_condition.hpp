#pragma once

#include <string>

#include <gannet/attribute_value.hpp>

#include "core/expression.hpp"
#include "local/dynamodb/placeholders.hpp"
#include "local/dynamodb/tables.hpp"

namespace gannet::local::dynamodb {

/// The items that a key condition asks for: those of one partition whose sort key's blob is at least `low`
/// and below `high`.
struct KeyRange {
  AttributeValue partition;
  std::string low;
  std::string high;
};

/// Refuses what is no key condition for `keys`. `condition` came from `placeholders`.
KeyRange read_key_condition(const core::Condition& condition, const Placeholders& placeholders,
                            const KeySchema& keys);

}  // namespace gannet::local::dynamodb
