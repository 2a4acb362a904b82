#include <utility>

#include "identity/settings_found.hpp"

namespace gannet::identity {

Result<void> load_user_agent(Config& config, SettingsFound& settings) {
  if (config.app_id.empty()) {
    if (auto id = settings.find("AWS_SDK_UA_APP_ID", "sdk_ua_app_id")) {
      settings.use("app_id", *id);
      config.app_id = std::move(id->value);
    }
  }
  if (config.execution_env.empty()) {
    if (auto where = settings.variable("AWS_EXECUTION_ENV")) {
      settings.use("execution_env", *where);
      config.execution_env = std::move(where->value);
    }
  }
  return {};
}

Result<void> load_trace_id(Config& config, SettingsFound& settings) {
  if (config.trace_id) return {};
  // Elsewhere the variable is nobody's in particular.
  if (!settings.variable("AWS_LAMBDA_FUNCTION_NAME")) return {};
  // It changes with every invocation.
  config.trace_id = [get = settings.environment().get] { return get("_X_AMZN_TRACE_ID").value_or(""); };
  settings.use("trace_id", {.value = {}, .where = "_X_AMZN_TRACE_ID"});
  return {};
}

}  // namespace gannet::identity
