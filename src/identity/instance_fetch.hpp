#pragma once

#include <gannet/instance_credentials.hpp>

#include "credentials/cached_credentials.hpp"
#include "identity/settings_found.hpp"

namespace gannet::identity {

/// Asks the instance metadata service: see `instance_credentials`. Copies share the session token.
credentials::Fetch instance_fetch(const Config& config, InstanceCredentialsOptions options);

/// AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE,
/// AWS_METADATA_SERVICE_TIMEOUT (seconds) and AWS_METADATA_SERVICE_NUM_ATTEMPTS, and, all but the first, what
/// the profile says by the same names in lower case without `aws_`.
Result<InstanceCredentialsOptions> instance_options(const SettingsFound& settings);
/// The same settings, for `explain`: as they are written, and whether or not the instance comes to be asked.
void note_instance_settings(Config& config, const SettingsFound& settings);

}  // namespace gannet::identity
