#include <string>
#include <string_view>
#include <utility>

#include "core/ascii.hpp"
#include "core/proxy_rules.hpp"
#include "identity/settings_found.hpp"

namespace gannet::identity {
namespace {

/// A variable that may be written in either case. As with curl and Python, the lower case counts for more,
/// and one that is set and empty says: none.
std::optional<Setting> either_case(const Environment& environment, std::string_view upper) {
  if (!environment.get) return std::nullopt;
  std::string lower = core::lower(upper);
  if (auto value = environment.get(lower)) return Setting{std::move(*value), std::move(lower)};
  // A CGI program finds the visitor's own header `Proxy` in there.
  if (upper == "HTTP_PROXY" && environment.get("REQUEST_METHOD")) return std::nullopt;
  auto value = environment.get(std::string(upper));
  if (!value || value->empty()) return std::nullopt;
  return Setting{std::move(*value), std::string(upper)};
}

/// A SOCKS proxy is usually named by ALL_PROXY, for other programs: that is no reason to fail.
std::optional<Setting> proxy_for_all(const Environment& environment) {
  auto setting = either_case(environment, "ALL_PROXY");
  if (!setting) return setting;
  const auto end = setting->value.find("://");
  if (end == std::string::npos) return setting;
  const auto scheme = std::string_view(setting->value).substr(0, end);
  if (iequals(scheme, "http") || iequals(scheme, "https")) return setting;
  wipe(setting->value);
  return std::nullopt;
}

Result<void> load_proxies(Config& config, SettingsFound& settings) {
  if (config.proxies) return {};
  struct Member {
    std::string_view variable;
    const char* name;
    Proxy Proxies::* proxy;
  };
  static constexpr Member members[] = {{"HTTPS_PROXY", "proxies.https", &Proxies::https},
                                       {"HTTP_PROXY", "proxies.http", &Proxies::http}};
  Proxies proxies;
  bool found = false;
  for (const Member& member : members) {
    auto setting = either_case(settings.environment(), member.variable);
    if (!setting) setting = proxy_for_all(settings.environment());
    if (!setting || setting->value.empty()) continue;
    auto proxy = core::parse_proxy(setting->value);
    wipe(setting->value);
    if (!proxy) {
      proxy.error().message = setting->where + ": " + proxy.error().message;
      return std::unexpected(std::move(proxy.error()));
    }
    proxies.*member.proxy = std::move(*proxy);
    settings.use(member.name, *setting);
    found = true;
  }
  if (!found) return {};
  if (auto hosts = either_case(settings.environment(), "NO_PROXY"); hosts && !hosts->value.empty()) {
    settings.use("proxies.no_proxy", *hosts);
    proxies.no_proxy = std::move(hosts->value);
  }
  config.proxies = std::move(proxies);
  return {};
}

}  // namespace

Result<void> load_transport(Config& config, SettingsFound& settings) {
  if (config.ca_bundle.empty()) {
    if (auto bundle = settings.find("AWS_CA_BUNDLE", "ca_bundle")) {
      settings.use("ca_bundle", *bundle);
      config.ca_bundle = std::move(bundle->value);
    }
  }
  return load_proxies(config, settings);
}

}  // namespace gannet::identity
