#pragma once

#include <optional>
#include <string>
#include <vector>

#include <gannet/config.hpp>

#include "identity/fixed_credentials.hpp"
#include "identity/settings_found.hpp"

namespace gannet::identity {

/// Credentials as profiles describe them, found without any network. Nothing where a profile says nothing of
/// the kind; errors, of kind `configuration`, for what it says wrongly, with file and line. `config` is what
/// the calls are made with. Must not outlive what it is made from.
class ProfileCredentials {
 public:
  using Found = Result<std::optional<CredentialsFound>>;

  ProfileCredentials(const Config& config, const SettingsFound& settings)
      : config_(config), settings_(settings), files_(settings.files()) {}

  /// A role that is assumed with the credentials of another source: `role_arn` with `source_profile` or
  /// `credential_source`.
  Found role(const std::string& profile);
  /// Web identity, single sign-on, keys in the credentials file, a process, keys in the config file. With
  /// `environment` the variables of web identity go before the profile's lines.
  Found others(const std::string& profile, bool environment);

 private:
  Result<CredentialsFound> source_profile(const std::string& profile, const Setting& source);
  Result<CredentialsFound> credential_source(const Setting& source);
  Found web_identity(const std::string& profile, bool environment);
  Found single_sign_on(const std::string& profile);
  Found process(const std::string& profile);
  [[nodiscard]] bool assumes_role(const std::string& profile) const;
  [[nodiscard]] bool has_keys(const std::string& profile) const;

  const Config& config_;
  const SettingsFound& settings_;
  const ProfileFiles& files_;
  std::vector<std::string> visited_;
};

}  // namespace gannet::identity
