#pragma once

#include <gannet/assume_role_credentials.hpp>
#include <gannet/credentials.hpp>
#include <gannet/result.hpp>
#include <gannet/secret.hpp>
#include <gannet/task.hpp>
#include <gannet/web_identity_credentials.hpp>

/// The two operations of STS that give credentials. The generated client sits above this layer.
namespace gannet::identity {

/// What the options break of what STS wants, before it is asked.
Result<void> check(const AssumeRoleOptions& options);
Result<void> check(const WebIdentityOptions& options);

/// By `config`'s credentials, which are the role's source. `options` are checked and have a session name; the
/// account id is read from the ARN that STS answers with. Errors are those of the pipeline.
Task<Result<Credentials>> assume_role(Config config, AssumeRoleOptions options);
/// The token is in no error, and observers do not see it.
Task<Result<Credentials>> assume_role_with_web_identity(Config config, WebIdentityOptions options,
                                                        Secret token);

}  // namespace gannet::identity
