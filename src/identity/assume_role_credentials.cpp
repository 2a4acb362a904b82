#include <utility>

#include "identity/remote_credentials.hpp"
#include "identity/session_name.hpp"
#include "identity/sts_calls.hpp"

namespace gannet {
namespace identity {
namespace {

Task<Result<Credentials>> fetch(std::shared_ptr<const Config> config,
                                std::shared_ptr<const AssumeRoleOptions> options) {
  if (auto fit = check(*options); !fit) co_return std::unexpected(std::move(fit.error()));
  if (!config->credentials) {
    co_return fail(ErrorKind::configuration, "NoCredentials",
                   "cannot assume the role " + options->role_arn +
                       ": the Config has no credentials to do it with");
  }
  AssumeRoleOptions named = *options;
  if (named.role_session_name.empty()) named.role_session_name = new_session_name(config->time);
  auto credentials = co_await assume_role(*config, std::move(named));
  if (!credentials) {
    co_return std::unexpected(
        no_credentials("cannot assume the role " + options->role_arn, std::move(credentials.error())));
  }
  co_return credentials;
}

}  // namespace

credentials::Fetch assume_role_fetch(Config config, AssumeRoleOptions options) {
  return [config = std::make_shared<const Config>(std::move(config)),
          options = std::make_shared<const AssumeRoleOptions>(std::move(options))] {
    return fetch(config, options);
  };
}

}  // namespace identity

std::shared_ptr<CredentialsProvider> assume_role_credentials(const Config& config,
                                                             AssumeRoleOptions options) {
  return identity::kept(config, identity::assume_role_fetch(config, std::move(options)));
}

}  // namespace gannet
