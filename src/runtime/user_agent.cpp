#include "runtime/user_agent.hpp"

#include <string_view>

#include "core/ascii.hpp"

namespace gannet::runtime {
namespace {

constexpr std::size_t longest_app_id = 50;

/// A token of RFC 9110, section 5.6.2, without '#', which has a meaning of its own here.
bool may_stand_in_a_token(char c) {
  return core::is_alphanumeric(c) || std::string_view("!$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

void append(std::string& text, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  text.append(" ").append(name).append("/");
  for (const char c : value) text += may_stand_in_a_token(c) ? c : '-';
}

}  // namespace

std::string user_agent(const Config& config) {
  std::string text = "gannet/" GANNET_VERSION " ua/2.1 os/linux lang/c++#23";
  append(text, "exec-env", config.execution_env);
  append(text, "app", std::string_view(config.app_id).substr(0, longest_app_id));
  return text;
}

}  // namespace gannet::runtime
