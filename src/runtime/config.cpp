#include <charconv>
#include <utility>

#include <gannet/config.hpp>

#include "credentials/found_credentials.hpp"
#include "credentials/profile_files.hpp"

namespace gannet {
namespace {

using credentials::ProfileFiles;
using credentials::Setting;

/// A setting from the environment, where variables that are empty count as not set, then from the profile.
class Settings {
 public:
  Settings(const Environment& environment, const ProfileFiles& files)
      : environment_(environment), files_(files) {}

  [[nodiscard]] std::optional<Setting> variable(const std::string& name) const {
    auto value = environment_.get ? environment_.get(name) : std::nullopt;
    if (!value || value->empty()) return std::nullopt;
    return Setting{std::move(*value), name};
  }
  [[nodiscard]] std::optional<Setting> find(const std::string& name, std::string_view key) const {
    auto found = variable(name);
    return found ? found : files_.find(key);
  }

 private:
  const Environment& environment_;
  const ProfileFiles& files_;
};

std::unexpected<Error> bad(const Setting& setting, const std::string& expected) {
  return fail(ErrorKind::configuration, "InvalidConfiguration",
              setting.where + ": '" + setting.value + "' " + expected);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

Result<int> positive_number(const Setting& setting) {
  int number = 0;
  const char* end = setting.value.data() + setting.value.size();
  const auto read = std::from_chars(setting.value.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < 1)
    return bad(setting, "is not a whole number from 1");
  return number;
}

Result<bool> truth(const Setting& setting) {
  const std::string text = lower(setting.value);
  if (text == "true") return true;
  if (text == "false") return false;
  return bad(setting, "is neither true nor false");
}

Result<std::string> endpoint(const Setting& setting) {
  if (auto url = parse_url(setting.value); !url) {
    return bad(setting, "cannot be used as an endpoint: " + url.error().message);
  }
  return setting.value;
}

// From the most to the least telling: a service's variable, the variable for all, a service's line in the
// profile, the line for all. An endpoint for all that was given in code ends the search.
Result<void> load_endpoints(Config& config, const Settings& settings, const Environment& environment,
                            const ProfileFiles& files) {
  if (config.endpoint_url) return {};
  if (const auto ignored =
          settings.find("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) {
    const auto yes = truth(*ignored);
    if (!yes) return std::unexpected(yes.error());
    if (*yes) return {};
  }
  static constexpr std::string_view prefix = "AWS_ENDPOINT_URL_";
  for (const std::string& name : environment.names ? environment.names() : std::vector<std::string>()) {
    const auto setting = name.starts_with(prefix) ? settings.variable(name) : std::nullopt;
    if (!setting) continue;
    auto url = endpoint(*setting);
    if (!url) return std::unexpected(std::move(url.error()));
    config.service_endpoint_urls.try_emplace(lower(std::string_view(name).substr(prefix.size())),
                                             std::move(*url));
  }
  auto for_all = settings.variable("AWS_ENDPOINT_URL");
  if (!for_all) {
    auto services = files.service_endpoints();
    if (!services) return std::unexpected(std::move(services.error()));
    for (const auto& [service, setting] : *services) {
      auto url = endpoint(setting);
      if (!url) return std::unexpected(std::move(url.error()));
      config.service_endpoint_urls.try_emplace(service, std::move(*url));
    }
    for_all = files.find("endpoint_url");
  }
  if (!for_all) return {};
  auto url = endpoint(*for_all);
  if (!url) return std::unexpected(std::move(url.error()));
  config.endpoint_url = std::move(*url);
  return {};
}

Result<void> load_retries(RetryPolicy& retry, const Settings& settings) {
  // The newest common rules are the only ones here; programs that ask for the older or the adaptive ones get
  // them too.
  if (const auto mode = settings.find("AWS_RETRY_MODE", "retry_mode")) {
    const std::string text = lower(mode->value);
    if (text != "standard" && text != "legacy" && text != "adaptive") {
      return bad(*mode, "is no retry mode: standard, legacy and adaptive are (all three mean standard here)");
    }
  }
  if (retry.max_attempts) return {};
  if (const auto attempts = settings.find("AWS_MAX_ATTEMPTS", "max_attempts")) {
    const auto number = positive_number(*attempts);
    if (!number) return std::unexpected(number.error());
    retry.max_attempts = *number;
  }
  return {};
}

Result<void> load_s3(Config& config, const ProfileFiles& files) {
  if (config.s3_addressing != S3Addressing::automatic) return {};
  const auto style = files.find("s3", "addressing_style");
  if (!style || style->value == "auto") return {};
  if (style->value == "virtual") {
    config.s3_addressing = S3Addressing::virtual_host;
  } else if (style->value == "path") {
    config.s3_addressing = S3Addressing::path;
  } else {
    return bad(*style, "is no addressing style: auto, virtual and path are");
  }
  return {};
}

}  // namespace

Result<Config> Config::load() {
  return load(Config{});
}

Result<Config> Config::load(Config given, const Environment& environment) {
  auto files = ProfileFiles::load(given.profile, environment);
  if (!files) return std::unexpected(std::move(files.error()));
  const Settings settings(environment, *files);
  Config config = std::move(given);

  if (config.region.empty()) {
    auto region = settings.variable("AWS_REGION");
    if (!region) region = settings.find("AWS_DEFAULT_REGION", "region");
    if (region) config.region = std::move(region->value);
  }
  if (auto done = load_endpoints(config, settings, environment, *files); !done)
    return std::unexpected(done.error());
  if (auto done = load_retries(config.retry, settings); !done) return std::unexpected(done.error());
  if (auto done = load_s3(config, *files); !done) return std::unexpected(done.error());
  if (config.ca_bundle.empty()) {
    if (auto bundle = settings.find("AWS_CA_BUNDLE", "ca_bundle"))
      config.ca_bundle = std::move(bundle->value);
  }
  if (!config.credentials) {
    auto found = credentials::find_credentials(environment, *files, !config.profile.empty());
    if (!found) return std::unexpected(std::move(found.error()));
    config.credentials = std::move(*found);
  }
  // "" goes on standing for `default`: naming it would mean that it has to be there.
  if (config.profile.empty() && files->profile() != "default") config.profile = files->profile();
  return config;
}

}  // namespace gannet
