#include <string>
#include <string_view>
#include <utility>

#include "core/ascii.hpp"
#include "identity/settings_found.hpp"

namespace gannet::identity {
namespace {

Result<void> load_choice(Config& config, SettingsFound& settings) {
  EndpointSettings& endpoints = config.endpoints;
  if (auto done = load_truth(endpoints.use_fips, "endpoints.use_fips",
                             settings.find("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"), settings);
      !done)
    return done;
  if (auto done = load_truth(endpoints.use_dual_stack, "endpoints.use_dual_stack",
                             settings.find("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"), settings);
      !done)
    return done;
  if (auto done =
          load_legacy(endpoints.sts_global, "endpoints.sts_global",
                      settings.find("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints"), settings);
      !done)
    return done;
  if (endpoints.account_id_mode) return {};
  const auto mode = settings.find("AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode");
  if (!mode) return {};
  if (iequals(mode->value, "disabled")) {
    endpoints.account_id_mode = AccountIdEndpointMode::disabled;
  } else if (iequals(mode->value, "preferred")) {
    endpoints.account_id_mode = AccountIdEndpointMode::preferred;
  } else if (iequals(mode->value, "required")) {
    endpoints.account_id_mode = AccountIdEndpointMode::required;
  } else {
    return bad_setting(*mode, "is no account id endpoint mode: disabled, preferred and required are");
  }
  settings.use("endpoints.account_id_mode", *mode);
  return {};
}

}  // namespace

// From the most to the least telling: a service's variable, the variable for all, a service's line in the
// profile, the line for all. An endpoint for all that was given in code ends the search.
Result<void> load_endpoints(Config& config, SettingsFound& settings) {
  if (auto done = load_choice(config, settings); !done) return done;
  const Environment& environment = settings.environment();
  const ProfileFiles& files = settings.files();
  const auto ignored =
      settings.find("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
  note(config, "ignore_configured_endpoint_urls", ignored);
  if (config.endpoint_url) return {};
  if (ignored) {
    const auto yes = truth(*ignored);
    if (!yes) return std::unexpected(yes.error());
    if (*yes) return {};
  }
  const auto use = [&](const std::string& service, std::string url, const Setting& setting) {
    if (config.service_endpoint_urls.try_emplace(service, std::move(url)).second)
      settings.use("service_endpoint_urls." + service, setting);
  };
  static constexpr std::string_view prefix = "AWS_ENDPOINT_URL_";
  for (const std::string& name : environment.names ? environment.names() : std::vector<std::string>()) {
    const auto setting = name.starts_with(prefix) ? settings.variable(name) : std::nullopt;
    if (!setting) continue;
    auto url = endpoint_setting(*setting);
    if (!url) return std::unexpected(std::move(url.error()));
    use(core::lower(std::string_view(name).substr(prefix.size())), std::move(*url), *setting);
  }
  auto for_all = settings.variable("AWS_ENDPOINT_URL");
  if (!for_all) {
    auto services = files.service_endpoints();
    if (!services) return std::unexpected(std::move(services.error()));
    for (const auto& [service, setting] : *services) {
      auto url = endpoint_setting(setting);
      if (!url) return std::unexpected(std::move(url.error()));
      use(service, std::move(*url), setting);
    }
    for_all = files.find("endpoint_url");
  }
  if (!for_all) return {};
  auto url = endpoint_setting(*for_all);
  if (!url) return std::unexpected(std::move(url.error()));
  config.endpoint_url = std::move(*url);
  settings.use("endpoint_url", *for_all);
  return {};
}

}  // namespace gannet::identity
