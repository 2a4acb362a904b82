#include <string>
#include <string_view>
#include <utility>

#include "identity/settings_found.hpp"

namespace gannet::identity {
namespace {

Result<void> load_addressing(Config& config, SettingsFound& settings) {
  if (config.s3_addressing != S3Addressing::automatic) return {};
  const auto style = settings.files().find("s3", "addressing_style");
  if (!style || style->value == "auto") return {};
  if (style->value == "virtual") {
    config.s3_addressing = S3Addressing::virtual_host;
  } else if (style->value == "path") {
    config.s3_addressing = S3Addressing::path;
  } else {
    return bad_setting(*style, "is no addressing style: auto, virtual and path are");
  }
  settings.use("s3_addressing", *style);
  return {};
}

/// A variable, a line of the profile, or one below its `s3 =`: the first that is there.
std::optional<Setting> find_s3(const SettingsFound& settings, const char* variable, std::string_view key,
                               std::string_view nested) {
  std::optional<Setting> found;
  if (variable != nullptr) found = settings.variable(variable);
  if (!found && !key.empty()) found = settings.files().find(key);
  if (!found && !nested.empty()) found = settings.files().find("s3", nested);
  return found;
}

}  // namespace

Result<void> load_s3(Config& config, SettingsFound& settings) {
  struct Choice {
    std::optional<bool>* member;
    const char* name;
    const char* variable;
    std::string_view key;
    std::string_view nested;
    Result<void> (*load)(std::optional<bool>&, const char*, const std::optional<Setting>&, SettingsFound&);
  };
  EndpointSettings& endpoints = config.endpoints;
  const Choice choices[] = {
      {&endpoints.s3_use_dual_stack, "endpoints.s3_use_dual_stack", nullptr, "", "use_dualstack_endpoint",
       load_truth},
      {&endpoints.s3_use_accelerate, "endpoints.s3_use_accelerate", nullptr, "", "use_accelerate_endpoint",
       load_truth},
      {&endpoints.s3_use_arn_region, "endpoints.s3_use_arn_region", "AWS_S3_USE_ARN_REGION",
       "s3_use_arn_region", "use_arn_region", load_truth},
      {&endpoints.s3_us_east_1_global, "endpoints.s3_us_east_1_global", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
       "s3_us_east_1_regional_endpoint", "us_east_1_regional_endpoint", load_legacy},
      {&endpoints.s3_disable_multi_region_access_points, "endpoints.s3_disable_multi_region_access_points",
       "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "s3_disable_multiregion_access_points",
       "s3_disable_multiregion_access_points", load_truth},
  };
  for (const Choice& choice : choices) {
    const auto found = find_s3(settings, choice.variable, choice.key, choice.nested);
    if (auto done = choice.load(*choice.member, choice.name, found, settings); !done) return done;
  }
  return load_addressing(config, settings);
}

}  // namespace gannet::identity
