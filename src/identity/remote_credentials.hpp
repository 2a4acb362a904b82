#pragma once

#include <memory>
#include <string>

#include <gannet/assume_role_credentials.hpp>
#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>
#include <gannet/sso_credentials.hpp>
#include <gannet/web_identity_credentials.hpp>

#include "credentials/cached_credentials.hpp"

/// How credentials that come over the network are got once; what keeps them and gets them again is the same
/// for all.
namespace gannet::identity {

credentials::Fetch assume_role_fetch(Config config, AssumeRoleOptions options);
credentials::Fetch web_identity_fetch(Config config, WebIdentityOptions options);
credentials::Fetch sso_fetch(Config config, SsoOptions options);

/// Keeps what `fetch` gets, on `config`'s background and clock.
std::shared_ptr<CredentialsProvider> kept(const Config& config, credentials::Fetch fetch);

/// Makes a service's refusal to give credentials an error of the credentials: that the role does not exist
/// must not look as if the table did not. What may be gone the next time (network, timeout, throttled,
/// service, cancelled) keeps its kind; the rest is a matter of the configuration.
Error no_credentials(const std::string& what_failed, Error why);

}  // namespace gannet::identity
