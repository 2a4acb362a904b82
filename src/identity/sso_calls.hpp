#pragma once

#include <chrono>

#include <gannet/config.hpp>
#include <gannet/credentials.hpp>
#include <gannet/result.hpp>
#include <gannet/secret.hpp>
#include <gannet/sso_credentials.hpp>
#include <gannet/task.hpp>

#include "identity/sso_token.hpp"

/// The operations of IAM Identity Center that give credentials and tokens; none is signed. `config.region` is
/// Identity Center's. No secret is in their errors, and observers do not see one.
namespace gannet::identity {

/// The account's role as the bearer of `access_token` has it. A token that is no longer accepted is an error
/// of kind `unauthenticated`.
Task<Result<Credentials>> get_role_credentials(Config config, SsoOptions options, Secret access_token);

/// `token` with a new access token, by its refresh token; what the answer leaves out stays as it was.
Task<Result<SsoToken>> refresh_token(Config config, SsoToken token);

}  // namespace gannet::identity
