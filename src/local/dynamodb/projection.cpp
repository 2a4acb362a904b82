#include "local/dynamodb/projection.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "local/dynamodb/document_path.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::DocumentPath;
using core::PathElement;

/// The paths below one place, by their next element. None: the whole place is wanted.
struct Wanted {
  std::map<std::string, Wanted, std::less<>> names;
  std::map<std::size_t, Wanted> indexes;
};

Wanted tree_of(const std::vector<const DocumentPath*>& paths) {
  Wanted root;
  for (const DocumentPath* path : paths) {
    Wanted* at = &root;
    for (const PathElement& element : path->elements) {
      at = element.kind == PathElement::Kind::index ? &at->indexes[element.index] : &at->names[element.name];
    }
  }
  return root;
}

std::optional<AttributeValue> part(const AttributeValue& value, const Wanted& wanted);

Item parts_of_map(const Item& map, const Wanted& wanted) {
  Item parts;
  for (const auto& [name, below] : wanted.names) {
    const auto member = map.find(name);
    if (member == map.end()) continue;
    if (auto found = part(member->second, below)) parts.emplace(name, std::move(*found));
  }
  return parts;
}

std::optional<AttributeValue> part(const AttributeValue& value, const Wanted& wanted) {
  if (wanted.names.empty() && wanted.indexes.empty()) return value;
  if (const auto* map = value.if_m()) {
    Item parts = parts_of_map(*map, wanted);
    if (parts.empty()) return std::nullopt;
    return AttributeValue(std::move(parts));
  }
  if (const auto* list = value.if_l()) {
    AttributeValue::List parts;
    for (const auto& [index, below] : wanted.indexes) {
      if (index >= list->size()) break;
      if (auto found = part((*list)[index], below)) parts.push_back(std::move(*found));
    }
    if (parts.empty()) return std::nullopt;
    return AttributeValue(std::move(parts));
  }
  return std::nullopt;
}

std::vector<const DocumentPath*> pointers(const std::vector<DocumentPath>& paths) {
  std::vector<const DocumentPath*> out;
  for (const DocumentPath& path : paths) out.push_back(&path);
  return out;
}

}  // namespace

Projection::Projection(std::vector<DocumentPath> paths) : paths_(std::move(paths)) {
  refuse_overlaps(pointers(paths_), "ProjectionExpression");
}

Item Projection::of(const Item& item) const {
  return parts_at(item, pointers(paths_));
}

Item parts_at(const Item& item, const std::vector<const DocumentPath*>& paths) {
  return parts_of_map(item, tree_of(paths));
}

}  // namespace gannet::local::dynamodb
