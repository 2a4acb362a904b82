#include "identity/default_chain.hpp"

#include <string>
#include <utility>

#include <gannet/container_credentials.hpp>
#include <gannet/instance_credentials.hpp>

#include "identity/container_fetch.hpp"
#include "identity/explain.hpp"
#include "identity/fetched_credentials.hpp"
#include "identity/instance_fetch.hpp"
#include "identity/profile_credentials.hpp"

namespace gannet::identity {
namespace {

/// Where nothing was found before the instance itself was asked.
std::string tried_so_far(const SettingsFound& settings, bool skip_environment) {
  const ProfileFiles& files = settings.files();
  std::string tried = skip_environment ? "the environment was left out because the program names a profile"
                                       : "AWS_ACCESS_KEY_ID and AWS_WEB_IDENTITY_TOKEN_FILE are not set";
  const auto add = [&](const std::string& file, bool section) {
    if (file.empty()) return;
    tried += section ? "; the profile '" + files.profile() + "' in " + file + " has no credentials"
                     : "; there is no profile '" + files.profile() + "' in " + file;
  };
  add(files.credentials_file(), files.in_credentials() != nullptr);
  add(files.config_file(), files.in_config() != nullptr);
  for (const char* key : {"sso_session", "sso_start_url"}) {
    if (const auto half = files.find(key)) {
      tried += "; " + std::string(key) + " (" + half->where +
               ") gives none without sso_account_id and sso_role_name";
      break;
    }
  }
  if (const auto login = files.find("login_session"))
    tried += "; login_session (" + login->where + ") is not supported";
  return tried + "; AWS_CONTAINER_CREDENTIALS_FULL_URI is not set";
}

Error nothing_found(const std::string& tried) {
  return {.kind = ErrorKind::configuration,
          .code = "NoCredentials",
          .message = "no credentials were found: " + tried +
                     ". Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or "
                     "Config::credentials"};
}

Task<Result<Credentials>> ask_instance(credentials::Fetch fetch, std::string tried) {
  auto found = co_await fetch();
  if (found || found.error().kind == ErrorKind::cancelled) co_return found;
  co_return std::unexpected(nothing_found(tried + "; " + found.error().message));
}

}  // namespace

Result<CredentialsFound> find_credentials(const Config& config, const SettingsFound& settings,
                                          bool skip_environment) {
  ProfileCredentials profiles(config, settings);
  const std::string& profile = settings.files().profile();
  auto found =
      skip_environment ? ProfileCredentials::Found() : environment_credentials(settings, config.time);
  if (found && !*found) found = profiles.role(profile);
  if (found && !*found) found = profiles.others(profile, !skip_environment);
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found) return std::move(**found);

  if (auto options = container_options(settings))
    return CredentialsFound{container_credentials(config, std::move(*options)), "the container's role"};
  const std::string tried = tried_so_far(settings, skip_environment);
  auto options = instance_options(settings);
  if (!options) return std::unexpected(std::move(options.error()));
  if (options->disabled) {
    return CredentialsFound{missing_credentials(nothing_found(tried + "; AWS_EC2_METADATA_DISABLED is true")),
                            not_found};
  }
  auto fetch = [asked = instance_fetch(config, std::move(*options)), tried] {
    return ask_instance(asked, tried);
  };
  return CredentialsFound{fetched_credentials(config, std::move(fetch)),
                          "the instance's role, if it has one"};
}

}  // namespace gannet::identity
