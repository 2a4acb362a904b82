#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <gannet/result.hpp>

namespace gannet::local::secretsmanager {

struct PasswordRules {
  std::size_t length = 32;
  std::string_view exclude_characters{};
  bool exclude_numbers = false;
  bool exclude_punctuation = false;
  bool exclude_uppercase = false;
  bool exclude_lowercase = false;
  bool include_space = false;
  bool require_each_included_type = true;
};

/// A password as GetRandomPassword makes it. `below(n)` gives an unpredictable number less than n. An error
/// if nothing is left to choose from, or the length does not hold one of each kind.
Result<std::string> random_password(const PasswordRules& rules,
                                    const std::function<std::size_t(std::size_t)>& below);

}  // namespace gannet::local::secretsmanager
