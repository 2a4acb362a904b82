#pragma once

#include <string>
#include <vector>

#include <gannet/attribute_value.hpp>

#include "core/expression.hpp"
#include "local/dynamodb/placeholders.hpp"

namespace gannet::local::dynamodb {

/// An update expression that has been checked as far as it can be without a table and an item.
class Update {
 public:
  /// Refuses overlapping paths, and operands of types that cannot fit. `expression` came from `placeholders`,
  /// which must outlive this.
  Update(core::UpdateExpression expression, const Placeholders& placeholders);

  /// Refuses paths into attributes of the key.
  void refuse_key_paths(const std::vector<std::string_view>& key_names) const;

  /// `item` (the key alone, if nothing is stored) with the update applied; every right-hand side reads it as
  /// it was. Refuses what does not fit the item.
  [[nodiscard]] Item apply(Item item) const;

  /// The parts of `item` that the update speaks of.
  [[nodiscard]] Item touched_parts(const Item& item) const;

 private:
  [[nodiscard]] std::vector<const core::DocumentPath*> paths() const;
  void check_operands(const core::UpdateValue& value) const;

  core::UpdateExpression expression_;
  const Placeholders& placeholders_;
};

}  // namespace gannet::local::dynamodb
