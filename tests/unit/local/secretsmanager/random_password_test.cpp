#include "local/secretsmanager/random_password.hpp"

#include <algorithm>
#include <cctype>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::local::secretsmanager {
namespace {

/// Always the same numbers, over and over.
class Numbers {
 public:
  std::size_t operator()(std::size_t below) { return (state_ = state_ * 1103515245 + 12345) / 65536 % below; }

 private:
  std::size_t state_ = 1;
};

TEST(RandomPassword, holds_one_of_each_kind) {
  Numbers numbers;
  for (int i = 0; i < 100; ++i) {
    const auto password = random_password({.length = 4}, std::ref(numbers));
    ASSERT_TRUE(password);
    const auto has = [&](int (*kind)(int)) {
      return std::ranges::any_of(*password, [&](char c) { return kind(c) != 0; });
    };
    EXPECT_TRUE(has(std::islower) && has(std::isupper) && has(std::isdigit) && has(std::ispunct))
        << *password;
  }
}

TEST(RandomPassword, leaves_out_what_is_excluded) {
  Numbers numbers;
  const auto password = random_password(
      {.length = 1000, .exclude_characters = "abc", .exclude_numbers = true}, std::ref(numbers));
  ASSERT_TRUE(password);
  EXPECT_EQ(password->find_first_of("abc0123456789 "), std::string::npos);
}

TEST(RandomPassword, needs_something_to_choose_from) {
  Numbers numbers;
  const PasswordRules none{.exclude_numbers = true,
                           .exclude_punctuation = true,
                           .exclude_uppercase = true,
                           .exclude_lowercase = true};
  EXPECT_FALSE(random_password(none, std::ref(numbers)));
  PasswordRules spaces = none;
  spaces.include_space = true;
  spaces.length = 3;
  EXPECT_EQ(random_password(spaces, std::ref(numbers)), "   ");
}

}  // namespace
}  // namespace gannet::local::secretsmanager
