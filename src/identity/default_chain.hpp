#pragma once

#include <memory>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

#include "credentials/profile_files.hpp"

namespace gannet::identity {

/// Credentials of the environment, then of the profile. Nothing that serves is no error here: the provider
/// then gives one that lists what was tried and what to set, when a call first needs credentials. Errors, of
/// kind `configuration`: one half of a pair of keys without the other. `skip_environment`: the program itself
/// named the profile, whose keys then count for more.
Result<std::shared_ptr<CredentialsProvider>> find_credentials(const Environment& environment,
                                                              const credentials::ProfileFiles& files,
                                                              bool skip_environment);

}  // namespace gannet::identity
