#pragma once

#include <gannet/config.hpp>

#include "identity/fixed_credentials.hpp"
#include "identity/settings_found.hpp"

namespace gannet::identity {

/// The first source that the environment and the profile name, in botocore's order: keys of the environment;
/// a role that the profile assumes; a web identity of the environment or the profile; the profile's single
/// sign-on, keys in the credentials file, process, keys in the config file; the container's role; the
/// instance's. `skip_environment`: the program itself named the profile, which then goes before the keys and
/// the web identity of the environment.
///
/// No network: what a source answers is told to the first call. That there is none is told by it too, with
/// what was tried. Errors, of kind `configuration`, are of what is set wrongly, and name the variable, or
/// file and line.
Result<CredentialsFound> find_credentials(const Config& config, const SettingsFound& settings,
                                          bool skip_environment);

}  // namespace gannet::identity
