#include "identity/profile_credentials.hpp"

#include <algorithm>
#include <utility>

#include <gannet/process_credentials.hpp>

#include "identity/container_fetch.hpp"
#include "identity/fetched_credentials.hpp"
#include "identity/instance_fetch.hpp"
#include "identity/role_fetches.hpp"
#include "identity/sso_profile.hpp"
#include "identity/sts_calls.hpp"

namespace gannet::identity {
namespace {

std::unexpected<Error> wrong(const Setting& setting, const std::string& what) {
  return fail(ErrorKind::configuration, "InvalidProfile", setting.where + ": " + what);
}

std::string value_or_nothing(std::optional<Setting> setting) {
  return setting ? std::move(setting->value) : std::string();
}

Result<std::optional<std::chrono::seconds>> duration_of(const std::optional<Setting>& setting) {
  if (!setting) return std::nullopt;
  const auto seconds = positive_number(*setting);
  if (!seconds) return std::unexpected(seconds.error());
  return std::chrono::seconds(*seconds);
}

}  // namespace

bool ProfileCredentials::assumes_role(const std::string& profile) const {
  return files_.find_in(profile, "role_arn") && !files_.find_in(profile, "web_identity_token_file");
}

bool ProfileCredentials::has_keys(const std::string& profile) const {
  return files_.has(profile, "aws_access_key_id") || files_.has(profile, "aws_secret_access_key");
}

ProfileCredentials::Found ProfileCredentials::role(const std::string& profile) {
  if (!assumes_role(profile)) return std::nullopt;
  const auto text = [&](const char* key) { return files_.find_in(profile, key); };
  if (visited_.empty()) visited_.push_back(profile);
  const auto role_arn = text("role_arn");
  const auto from_profile = text("source_profile");
  const auto from_source = text("credential_source");
  if (from_profile && from_source) {
    return wrong(*from_profile, "source_profile and credential_source (" + from_source->where +
                                    ") exclude each other: leave one of them out");
  }
  if (!from_profile && !from_source)
    return wrong(*role_arn, "role_arn needs source_profile or credential_source beside it");

  const auto duration = duration_of(text("duration_seconds"));
  if (!duration) return std::unexpected(duration.error());
  AssumeRoleOptions options{.role_arn = role_arn->value,
                            .role_session_name = value_or_nothing(text("role_session_name")),
                            .external_id = value_or_nothing(text("external_id")),
                            .duration = *duration,
                            .mfa_serial = value_or_nothing(text("mfa_serial"))};
  if (const auto fit = check(options); !fit) return wrong(*role_arn, fit.error().message);

  auto source = from_profile ? source_profile(profile, *from_profile) : credential_source(*from_source);
  if (!source) return std::unexpected(std::move(source.error()));
  Config config = config_;
  config.credentials = std::move(source->provider);
  return CredentialsFound{
      .provider = assume_role_credentials(config, std::move(options)),
      .origin = role_arn->where + " (" + role_arn->value + ", assumed with " + source->origin + ")"};
}

Result<CredentialsFound> ProfileCredentials::source_profile(const std::string& profile,
                                                            const Setting& source) {
  const std::string& name = source.value;
  if (files_.in_config(name) == nullptr && files_.in_credentials(name) == nullptr)
    return wrong(source, "there is no profile '" + name + "' in either file");
  // A profile may name itself, for the keys that stand beside its role.
  const bool itself = name == profile && has_keys(name);
  if (!itself && std::ranges::find(visited_, name) != visited_.end()) {
    std::string path;
    for (const std::string& visited : visited_) path += visited + " -> ";
    return wrong(source, "source_profile leads in a circle: " + path + name);
  }
  visited_.push_back(name);
  // Keys of a source go before its role.
  auto found = has_keys(name) || !assumes_role(name) ? others(name, false) : role(name);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return wrong(source, "the profile '" + name + "' has no credentials to assume a role with");
  return std::move(**found);
}

Result<CredentialsFound> ProfileCredentials::credential_source(const Setting& source) {
  if (source.value == "Environment") {
    auto found = environment_credentials(settings_, config_.time);
    if (!found) return std::unexpected(std::move(found.error()));
    if (!*found) return wrong(source, "credential_source is Environment, but AWS_ACCESS_KEY_ID is not set");
    return std::move(**found);
  }
  if (source.value == "EcsContainer") {
    auto options = container_options(settings_);
    if (!options) {
      return wrong(source,
                   "credential_source is EcsContainer, but neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI "
                   "nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
    }
    return CredentialsFound{container_credentials(config_, std::move(*options)), "the container's role"};
  }
  if (source.value == "Ec2InstanceMetadata") {
    auto options = instance_options(settings_);
    if (!options) return std::unexpected(std::move(options.error()));
    return CredentialsFound{instance_credentials(config_, std::move(*options)), "the instance's role"};
  }
  return bad_setting(source,
                     "is no credential_source: Environment, Ec2InstanceMetadata and EcsContainer are");
}

ProfileCredentials::Found ProfileCredentials::others(const std::string& profile, bool environment) {
  auto found = web_identity(profile, environment);
  if (!found || *found) return found;
  found = single_sign_on(profile);
  if (!found || *found) return found;
  found = credentials_file_keys(files_, profile, config_.time);
  if (!found || *found) return found;
  found = process(profile);
  if (!found || *found) return found;
  return config_file_keys(files_, profile, config_.time);
}

ProfileCredentials::Found ProfileCredentials::web_identity(const std::string& profile, bool environment) {
  const auto text = [&](const char* variable, const char* key) {
    auto found = environment ? settings_.variable(variable) : std::nullopt;
    return found ? found : files_.find_in(profile, key);
  };
  const auto file = text("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
  if (!file) return std::nullopt;
  const auto role_arn = text("AWS_ROLE_ARN", "role_arn");
  if (!role_arn) return wrong(*file, "a web identity needs a role too: set role_arn, or AWS_ROLE_ARN");
  const auto duration = duration_of(files_.find_in(profile, "duration_seconds"));
  if (!duration) return std::unexpected(duration.error());
  WebIdentityOptions options{
      .role_arn = role_arn->value,
      .token_file = file->value,
      .role_session_name = value_or_nothing(text("AWS_ROLE_SESSION_NAME", "role_session_name")),
      .duration = *duration};
  if (const auto fit = check(options); !fit) return wrong(*role_arn, fit.error().message);
  return CredentialsFound{
      .provider = web_identity_credentials(config_, std::move(options)),
      .origin = file->where + " (" + role_arn->value + ", with the web identity in " + file->value + ")"};
}

ProfileCredentials::Found ProfileCredentials::single_sign_on(const std::string& profile) {
  auto asked = sso_profile(settings_, profile);
  if (!asked) return std::unexpected(std::move(asked.error()));
  if (!*asked) return std::nullopt;
  SsoProfile& found = **asked;
  std::string origin = found.where + " (" + found.options.role_name + " in the account " +
                       found.options.account_id + ", by single sign-on)";
  return CredentialsFound{sso_credentials(config_, std::move(found.options)), std::move(origin)};
}

ProfileCredentials::Found ProfileCredentials::process(const std::string& profile) {
  const auto command = files_.find_in(profile, "credential_process");
  if (!command) return std::nullopt;
  ProcessCredentialsOptions options{
      .command = command->value, .account_id = value_or_nothing(files_.find_in(profile, "aws_account_id"))};
  return CredentialsFound{process_credentials(config_, std::move(options)),
                          command->where + " (credential_process)"};
}

}  // namespace gannet::identity
