#include <cstdlib>
#include <utility>

#include <gannet/config.hpp>
#include <unistd.h>

namespace gannet {

Environment Environment::process() {
  return {.get = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return value;
          },
          .names =
              [] {
                std::vector<std::string> names;
                for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
                  const std::string_view text(*variable);
                  names.emplace_back(text.substr(0, text.find('=')));
                }
                return names;
              }};
}

Environment Environment::of(std::map<std::string, std::string> variables) {
  const auto shared = std::make_shared<const std::map<std::string, std::string>>(std::move(variables));
  return {.get = [shared](const std::string& name) -> std::optional<std::string> {
            const auto found = shared->find(name);
            if (found == shared->end()) return std::nullopt;
            return found->second;
          },
          .names =
              [shared] {
                std::vector<std::string> names;
                for (const auto& variable : *shared) names.push_back(variable.first);
                return names;
              }};
}

}  // namespace gannet
