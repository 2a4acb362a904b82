#pragma once

#include <memory>
#include <string>

#include <gannet/assume_role_credentials.hpp>
#include <gannet/config.hpp>
#include <gannet/sso_credentials.hpp>
#include <gannet/web_identity_credentials.hpp>

#include "credentials/cached_credentials.hpp"

/// How the credentials of roles are got once; `fetched_credentials` keeps them and gets them again.
namespace gannet::identity {

/// `config.credentials` are held weakly.
credentials::Fetch assume_role_fetch(Config config, AssumeRoleOptions options);
credentials::Fetch web_identity_fetch(Config config, WebIdentityOptions options);
credentials::Fetch sso_fetch(Config config, SsoOptions options);

/// A Config for the calls of a fetch: with `config`'s transport, but nothing of it that would keep the
/// background thread alive on which the fetch runs.
std::shared_ptr<const Config> for_fetches(Config config);

/// Makes a service's refusal to give credentials an error of the credentials: that the role does not exist
/// must not look as if the table did not. What may be gone the next time (network, timeout, throttled,
/// service, cancelled) keeps its kind; the rest is a matter of the configuration.
Error no_credentials(const std::string& what_failed, Error why);

}  // namespace gannet::identity
