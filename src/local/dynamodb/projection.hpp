#pragma once

#include <string_view>
#include <vector>

#include <gannet/attribute_value.hpp>

#include "core/expression.hpp"

namespace gannet::local::dynamodb {

/// What of an item is asked for.
class Projection {
 public:
  /// Refuses paths that overlap. Placeholders have been resolved.
  explicit Projection(std::vector<core::DocumentPath> paths);

  /// The parts that are there, in their places; elements of a list move together.
  [[nodiscard]] Item of(const Item& item) const;

  [[nodiscard]] const std::vector<core::DocumentPath>& paths() const noexcept { return paths_; }

 private:
  std::vector<core::DocumentPath> paths_;
};

/// The parts of `item` at `paths`, which do not overlap.
Item parts_at(const Item& item, const std::vector<const core::DocumentPath*>& paths);

}  // namespace gannet::local::dynamodb
