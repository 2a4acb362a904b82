#include "identity/explain.hpp"

#include <cstdint>
#include <utility>

#include "core/timestamps.hpp"
#include "identity/secret_texts.hpp"
#include "io/time_source.hpp"

namespace gannet {
namespace identity {
namespace {

std::string text(const std::string& value) {
  return value;
}
std::string text(const std::filesystem::path& value) {
  return value.string();
}
std::string text(bool value) {
  return value ? "true" : "false";
}
std::string text(int value) {
  return std::to_string(value);
}
std::string text(std::chrono::milliseconds value) {
  return std::to_string(value.count()) + " ms";
}
std::string text(AccountIdEndpointMode value) {
  switch (value) {
    case AccountIdEndpointMode::disabled:
      return "disabled";
    case AccountIdEndpointMode::preferred:
      return "preferred";
    case AccountIdEndpointMode::required:
      return "required";
  }
  return {};
}

template <class Value>
std::string text(const std::optional<Value>& value) {
  return value ? text(*value) : std::string();
}
std::string limit(std::chrono::milliseconds value) {
  return value.count() == 0 ? "none" : text(value);
}
/// What stands for a setting that is not set.
std::string or_else(const std::string& value, const char* usual) {
  return value.empty() ? usual : value;
}
/// Of what has no text.
template <class Value>
std::string given_or(const Value& value, const char* usual) {
  return value ? "given" : usual;
}

/// Where the user's name stands, if there is one.
std::size_t after_scheme(std::string_view url) {
  const auto colon = url.find(':');
  return colon != std::string_view::npos && url.substr(colon).starts_with("://") ? colon + 3 : 0;
}

std::string proxy(const Config& config, Proxy Proxies::* which) {
  if (!config.proxies) return {};
  const Proxy& one = (*config.proxies).*which;
  std::string url = masked_url(one.url);
  if (url.empty() || one.username.empty()) return url;
  return url.insert(after_scheme(url), one.username + (one.password.empty() ? "@" : ":***@"));
}

std::string addressing(S3Addressing value) {
  switch (value) {
    case S3Addressing::automatic:
      return "auto";
    case S3Addressing::virtual_host:
      return "virtual";
    case S3Addressing::path:
      return "path";
  }
  return {};
}

std::string credentials(const Config& config) {
  if (!config.credentials) return {};
  const auto who = config.credentials->look();
  if (const auto origin = config.origins.find("credentials");
      !who && origin != config.origins.end() && origin->second == not_found)
    return "none";
  if (!who) return "fetched when first needed";
  const std::string key_id = masked_key_id(who->access_key_id);
  const auto end = who->expiration;
  return !end || io::now_of(config.time) < *end ? key_id : key_id + ", expired at " + core::iso8601(*end);
}

/// A setting that Config has no member for: as `load` found it.
std::string noted(const Config& config, const char* name, const char* usual) {
  const auto found = config.loaded_values.find(name);
  return found == config.loaded_values.end() ? usual : found->second;
}

struct Line {
  std::string_view name;
  std::string (*value)(const Config&);
};

// One line a setting, in the order of Config's members; what is none stands by what it concerns.
constexpr Line lines[] = {
    {"region", [](const Config& c) { return text(c.region); }},
    {"profile", [](const Config& c) { return text(c.profile); }},
    {"config_file", [](const Config& c) { return noted(c, "config_file", ""); }},
    {"credentials_file", [](const Config& c) { return noted(c, "credentials_file", ""); }},
    {"ignore_configured_endpoint_urls",
     [](const Config& c) { return noted(c, "ignore_configured_endpoint_urls", "false"); }},
    {"endpoint_url", [](const Config& c) { return masked_url(text(c.endpoint_url)); }},
    {"endpoints.use_fips", [](const Config& c) { return or_else(text(c.endpoints.use_fips), "false"); }},
    {"endpoints.use_dual_stack",
     [](const Config& c) { return or_else(text(c.endpoints.use_dual_stack), "false"); }},
    {"endpoints.s3_use_dual_stack",
     [](const Config& c) { return or_else(text(c.endpoints.s3_use_dual_stack), "as the others"); }},
    {"endpoints.s3_use_accelerate",
     [](const Config& c) { return or_else(text(c.endpoints.s3_use_accelerate), "false"); }},
    {"endpoints.s3_use_arn_region",
     [](const Config& c) { return or_else(text(c.endpoints.s3_use_arn_region), "false"); }},
    {"endpoints.s3_us_east_1_global",
     [](const Config& c) { return or_else(text(c.endpoints.s3_us_east_1_global), "false"); }},
    {"endpoints.s3_disable_multi_region_access_points",
     [](const Config& c) {
       return or_else(text(c.endpoints.s3_disable_multi_region_access_points), "false");
     }},
    {"endpoints.sts_global", [](const Config& c) { return or_else(text(c.endpoints.sts_global), "false"); }},
    {"endpoints.account_id_mode",
     [](const Config& c) { return or_else(text(c.endpoints.account_id_mode), "disabled"); }},
    {"credentials", [](const Config& c) { return credentials(c); }},
    {"ec2_metadata_disabled", [](const Config& c) { return noted(c, "ec2_metadata_disabled", "false"); }},
    {"ec2_metadata_service_endpoint",
     [](const Config& c) { return masked_url(noted(c, "ec2_metadata_service_endpoint", "EC2's own")); }},
    {"ec2_metadata_service_endpoint_mode",
     [](const Config& c) { return noted(c, "ec2_metadata_service_endpoint_mode", "IPv4"); }},
    {"metadata_service_timeout", [](const Config& c) { return noted(c, "metadata_service_timeout", "1"); }},
    {"metadata_service_num_attempts",
     [](const Config& c) { return noted(c, "metadata_service_num_attempts", "3"); }},
    {"s3_addressing", [](const Config& c) { return addressing(c.s3_addressing); }},
    {"retry_mode", [](const Config& c) { return noted(c, "retry_mode", "standard"); }},
    {"retry.max_attempts",
     [](const Config& c) { return or_else(text(c.retry.max_attempts), "3 (DynamoDB: 4)"); }},
    {"retry.base_delay",
     [](const Config& c) {
       return or_else(text(c.retry.base_delay), "50 ms (DynamoDB: 25 ms, throttled: 1000 ms)");
     }},
    {"retry.max_delay", [](const Config& c) { return text(c.retry.max_delay); }},
    {"retry.jitter",
     [](const Config& c) { return std::string(c.retry.jitter == Jitter::full ? "full" : "none"); }},
    {"timeouts.connect", [](const Config& c) { return limit(c.timeouts.connect); }},
    {"timeouts.stall", [](const Config& c) { return limit(c.timeouts.stall); }},
    {"timeouts.attempt", [](const Config& c) { return limit(c.timeouts.attempt); }},
    {"timeouts.call", [](const Config& c) { return limit(c.timeouts.call); }},
    {"timeouts.unrepeatable_idle", [](const Config& c) { return text(c.timeouts.unrepeatable_idle); }},
    {"connections.per_origin", [](const Config& c) { return std::to_string(c.connections.per_origin); }},
    {"connections.max_idle", [](const Config& c) { return text(c.connections.max_idle); }},
    {"connections.max_age", [](const Config& c) { return text(c.connections.max_age); }},
    {"ca_bundle", [](const Config& c) { return or_else(text(c.ca_bundle), "the system's"); }},
    {"proxies.https", [](const Config& c) { return proxy(c, &Proxies::https); }},
    {"proxies.http", [](const Config& c) { return proxy(c, &Proxies::http); }},
    {"proxies.no_proxy", [](const Config& c) { return c.proxies ? c.proxies->no_proxy : std::string(); }},
    {"transport", [](const Config& c) { return given_or(c.transport, "sockets"); }},
    {"observers", [](const Config& c) { return text(static_cast<int>(c.observers.size())); }},
    {"app_id", [](const Config& c) { return text(c.app_id); }},
    {"execution_env", [](const Config& c) { return text(c.execution_env); }},
    {"trace_id", [](const Config& c) { return given_or(c.trace_id, ""); }},
    {"disable_request_compression",
     [](const Config& c) { return or_else(text(c.disable_request_compression), "false"); }},
    {"request_min_compression_size_bytes",
     [](const Config& c) { return or_else(text(c.request_min_compression_size_bytes), "10240"); }},
    {"background", [](const Config& c) { return given_or(c.background, "a thread of its own"); }},
};

std::string service_line(const std::string& service) {
  return "service_endpoint_urls." + service;
}

/// Where the value of `name` came from: it is `compared` now.
std::string origin_of(const Config& config, const std::string& name, const std::string& compared,
                      const std::string& by_default) {
  const auto origin = config.origins.find(name);
  const auto loaded = config.loaded_values.find(name);
  const bool as_loaded = loaded != config.loaded_values.end() && loaded->second == compared;
  if (origin != config.origins.end() && as_loaded) return origin->second;
  return compared == by_default ? "default" : "code";
}

/// What tells two credentials apart without looking at them: fetching changes their text.
std::string compared(const Config& config, const Line& line) {
  if (line.name != "credentials") return line.value(config);
  return config.credentials ? std::to_string(reinterpret_cast<std::uintptr_t>(config.credentials.get()))
                            : std::string();
}

}  // namespace

std::map<std::string, std::string> values_to_compare(const Config& config) {
  std::map<std::string, std::string> values;
  for (const Line& line : lines) values.emplace(line.name, compared(config, line));
  for (const auto& [service, url] : config.service_endpoint_urls) values.emplace(service_line(service), url);
  return values;
}

std::string masked_url(std::string_view url) {
  std::string masked(url);
  // An @ of a good URL is in its path. What is none is masked to the last one: a password may hold any
  // character.
  if (parse_url(url)) return masked;
  const auto at = url.rfind('@');
  const auto colon = url.find(':', after_scheme(url));
  if (at != std::string_view::npos && colon < at) masked.replace(colon + 1, at - colon - 1, "***");
  return masked;
}

}  // namespace identity

std::vector<ExplainedSetting> Config::explain() const {
  const Config defaults;
  std::vector<ExplainedSetting> explained;
  for (const identity::Line& line : identity::lines) {
    const std::string name(line.name);
    explained.push_back({.name = name,
                         .value = line.value(*this),
                         .origin = identity::origin_of(*this, name, identity::compared(*this, line),
                                                       identity::compared(defaults, line))});
    if (line.name != "endpoint_url") continue;
    for (const auto& [service, url] : service_endpoint_urls) {
      const std::string own = identity::service_line(service);
      explained.push_back({.name = own,
                           .value = identity::masked_url(url),
                           .origin = identity::origin_of(*this, own, url, "")});
    }
  }
  return explained;
}

}  // namespace gannet
