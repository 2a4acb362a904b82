#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/expression.hpp"

namespace gannet::core::expression {

struct Function {
  enum class Role : std::uint8_t { condition, operand, update_operand, update_value };
  std::string_view name;
  Role role;
  std::size_t operands;
  Condition::Kind kind = Condition::Kind::all;  ///< Of Role::condition.
};

inline constexpr std::array<Function, 8> functions = {{
    {"attribute_exists", Function::Role::condition, 1, Condition::Kind::attribute_exists},
    {"attribute_not_exists", Function::Role::condition, 1, Condition::Kind::attribute_not_exists},
    {"attribute_type", Function::Role::condition, 2, Condition::Kind::attribute_type},
    {"begins_with", Function::Role::condition, 2, Condition::Kind::begins_with},
    {"contains", Function::Role::condition, 2, Condition::Kind::contains},
    {"size", Function::Role::operand, 1},
    {"if_not_exists", Function::Role::update_operand, 2},
    {"list_append", Function::Role::update_value, 2},
}};

/// For a call whose name has been checked; the last function otherwise.
inline const Function& function_named(std::string_view name) noexcept {
  const auto found = std::ranges::find(functions, name, &Function::name);
  return found == functions.end() ? functions.back() : *found;
}

}  // namespace gannet::core::expression
