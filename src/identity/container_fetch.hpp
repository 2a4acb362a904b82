#pragma once

#include <optional>

#include <gannet/container_credentials.hpp>

#include "credentials/cached_credentials.hpp"
#include "identity/settings_found.hpp"

namespace gannet::identity {

/// Asks the container's agent: see `container_credentials`.
credentials::Fetch container_fetch(const Config& config, ContainerCredentialsOptions options);

/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI,
/// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE and AWS_CONTAINER_AUTHORIZATION_TOKEN; nothing where neither of the
/// first two is set.
std::optional<ContainerCredentialsOptions> container_options(const SettingsFound& settings);

}  // namespace gannet::identity
