#include "local/dynamodb/document_path.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::DocumentPath;
using core::PathElement;

const AttributeValue* step(const AttributeValue& value, const PathElement& element) {
  if (element.kind == PathElement::Kind::index) {
    const auto* list = value.if_l();
    return list != nullptr && element.index < list->size() ? &(*list)[element.index] : nullptr;
  }
  const auto* map = value.if_m();
  if (map == nullptr) return nullptr;
  const auto found = map->find(element.name);
  return found == map->end() ? nullptr : &found->second;
}

void refuse_pair(std::string_view parameter, std::string_view how, const DocumentPath& one,
                 const DocumentPath& two) {
  refuse(
      fmt::format("Invalid {}: Two document paths {} with each other; must remove or rewrite one of these "
                  "paths; path one: {}, path two: {}",
                  parameter, how, bracketed(one), bracketed(two)));
}

void check_pair(std::string_view parameter, const DocumentPath& one, const DocumentPath& two) {
  const auto [left, right] = std::ranges::mismatch(one.elements, two.elements);
  if (left == one.elements.end() || right == two.elements.end()) refuse_pair(parameter, "overlap", one, two);
  if (left->kind != right->kind) refuse_pair(parameter, "conflict", one, two);
}

}  // namespace

const AttributeValue* find(const Item& item, const DocumentPath& path) {
  const auto attribute = item.find(top_level_name(path));
  if (attribute == item.end()) return nullptr;
  const AttributeValue* value = &attribute->second;
  for (auto element = path.elements.begin() + 1; element != path.elements.end() && value != nullptr;
       ++element) {
    value = step(*value, *element);
  }
  return value;
}

std::string bracketed(const DocumentPath& path) {
  std::string text = "[";
  for (const PathElement& element : path.elements) {
    if (text.size() > 1) text += ", ";
    text += element.kind == PathElement::Kind::index ? fmt::format("[{}]", element.index) : element.name;
  }
  return text + "]";
}

void refuse_overlaps(const std::vector<const DocumentPath*>& paths, std::string_view parameter) {
  for (std::size_t second = 1; second < paths.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) check_pair(parameter, *paths[first], *paths[second]);
  }
}

}  // namespace gannet::local::dynamodb
