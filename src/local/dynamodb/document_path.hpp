#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gannet/attribute_value.hpp>

#include "core/expression.hpp"

/// Paths whose placeholders have been resolved: their elements are names and indexes.
namespace gannet::local::dynamodb {

/// What stands at `path` in `item`; nullptr if nothing does.
const AttributeValue* find(const Item& item, const core::DocumentPath& path);

/// The name of the attribute that the path begins in.
inline const std::string& top_level_name(const core::DocumentPath& path) {
  return path.elements.front().name;
}

/// "[m, a, [0]]", as messages have it.
std::string bracketed(const core::DocumentPath& path);

/// Refuses paths of which one is the beginning of another, and paths that take one place for a list and for a
/// map. `parameter` is "UpdateExpression" or "ProjectionExpression".
void refuse_overlaps(const std::vector<const core::DocumentPath*>& paths, std::string_view parameter);

}  // namespace gannet::local::dynamodb
