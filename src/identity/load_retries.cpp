#include <string>
#include <string_view>
#include <utility>

#include "identity/settings_found.hpp"

namespace gannet::identity {

Result<void> load_retries(Config& config, SettingsFound& settings) {
  RetryPolicy& retry = config.retry;
  // The newest common rules are the only ones here; programs that ask for the older or the adaptive ones get
  // them too.
  const auto mode = settings.find("AWS_RETRY_MODE", "retry_mode");
  note(config, "retry_mode", mode);
  if (mode) {
    const auto is = [&](std::string_view name) { return iequals(mode->value, name); };
    if (!is("standard") && !is("legacy") && !is("adaptive")) {
      return bad_setting(
          *mode, "is no retry mode: standard, legacy and adaptive are (all three mean standard here)");
    }
  }
  if (retry.max_attempts) return {};
  if (const auto attempts = settings.find("AWS_MAX_ATTEMPTS", "max_attempts")) {
    const auto number = positive_number(*attempts);
    if (!number) return std::unexpected(number.error());
    retry.max_attempts = *number;
    settings.use("retry.max_attempts", *attempts);
  }
  return {};
}

}  // namespace gannet::identity
