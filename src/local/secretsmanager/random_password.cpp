#include "local/secretsmanager/random_password.hpp"

#include <utility>
#include <vector>

#include "local/secretsmanager/input.hpp"

namespace gannet::local::secretsmanager {

Result<std::string> random_password(const PasswordRules& rules,
                                    const std::function<std::size_t(std::size_t)>& below) {
  std::vector<std::string> kinds;
  std::string all;
  const auto add = [&](bool included, std::string_view characters) {
    if (!included) return;
    std::string kind;
    for (const char letter : characters) {
      if (rules.exclude_characters.find(letter) == std::string_view::npos) kind += letter;
    }
    if (kind.empty()) return;
    all += kind;
    kinds.push_back(std::move(kind));
  };
  add(!rules.exclude_lowercase, "abcdefghijklmnopqrstuvwxyz");
  add(!rules.exclude_uppercase, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  add(!rules.exclude_numbers, "0123456789");
  add(!rules.exclude_punctuation, R"(!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~)");
  if (rules.include_space && rules.exclude_characters.find(' ') == std::string_view::npos) all += ' ';
  if (all.empty()) {
    return std::unexpected(
        refusal("InvalidParameterException",
                "No characters are left to make a password of: exclude fewer kinds of them."));
  }
  if (rules.require_each_included_type && rules.length < kinds.size()) {
    return std::unexpected(
        refusal("InvalidParameterException", "Password length is too short based on the required types."));
  }
  std::string password;
  if (rules.require_each_included_type) {
    for (const auto& kind : kinds) password += kind[below(kind.size())];
  }
  while (password.size() < rules.length) password += all[below(all.size())];
  for (std::size_t i = password.size(); i > 1; --i) std::swap(password[i - 1], password[below(i)]);
  return password;
}

}  // namespace gannet::local::secretsmanager
