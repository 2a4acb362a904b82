#pragma once

#include <optional>
#include <string>

#include <gannet/sso_credentials.hpp>

#include "identity/settings_found.hpp"

namespace gannet::identity {

/// What single sign-on a profile asks for: nothing where it has neither `sso_account_id` nor `sso_role_name`.
/// The other of the two may stand in its session; the start URL and the region must, where it has one.
/// Errors, of kind `configuration`, name file and line: a session that is not there, keys that are missing or
/// that profile and session tell differently.
struct SsoProfile {
  SsoOptions options;
  std::string where;  ///< Of what made it a profile with single sign-on.
};
Result<std::optional<SsoProfile>> sso_profile(const SettingsFound& settings, const std::string& profile);

}  // namespace gannet::identity
