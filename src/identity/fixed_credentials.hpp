#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

#include "credentials/profile_files.hpp"
#include "identity/settings_found.hpp"

/// Keys that stand in the environment or in a file.
namespace gannet::identity {

/// Credentials with the place that they come from, for people.
struct CredentialsFound {
  std::shared_ptr<CredentialsProvider> provider;
  std::string origin;  ///< "AWS_ACCESS_KEY_ID", "/home/me/.aws/credentials, line 3".
};

/// Never any.
std::shared_ptr<CredentialsProvider> missing_credentials(Error why);

// Nothing where there are no keys; an error of kind `configuration` for half a pair, and for what no request
// can carry.
Result<std::optional<CredentialsFound>> environment_credentials(const SettingsFound& settings,
                                                                const TimeSource& time);
Result<std::optional<CredentialsFound>> credentials_file_keys(const ProfileFiles& files,
                                                              const std::string& profile,
                                                              const TimeSource& time);
Result<std::optional<CredentialsFound>> config_file_keys(const ProfileFiles& files,
                                                         const std::string& profile, const TimeSource& time);

}  // namespace gannet::identity
