#include <utility>

#include "credentials/static_credentials.hpp"
#include "identity/fetched_credentials.hpp"
#include "identity/role_fetches.hpp"
#include "identity/session_name.hpp"
#include "identity/sts_calls.hpp"

namespace gannet {
namespace identity {
namespace {

struct State {
  std::shared_ptr<const Config> config;
  AssumeRoleOptions options;
  std::weak_ptr<CredentialsProvider> source;
};

Task<Result<Credentials>> fetch(std::shared_ptr<const State> state) {
  if (auto fit = check(state->options); !fit) co_return std::unexpected(std::move(fit.error()));
  const std::string failed = "cannot assume the role " + state->options.role_arn;
  auto source = state->source.lock();
  if (!source) {
    co_return fail(ErrorKind::configuration, "NoCredentials",
                   failed + ": the Config has no credentials to do it with");
  }
  auto who = co_await source->resolve();
  source.reset();
  if (!who) co_return std::unexpected(no_credentials(failed, std::move(who.error())));
  Config config = *state->config;
  config.credentials = credentials::fixed_credentials(**who, "the credentials to do it with", config.time);
  AssumeRoleOptions named = state->options;
  if (named.role_session_name.empty()) named.role_session_name = new_session_name(config.time);
  auto credentials = co_await assume_role(std::move(config), std::move(named));
  if (!credentials) co_return std::unexpected(no_credentials(failed, std::move(credentials.error())));
  co_return credentials;
}

}  // namespace

credentials::Fetch assume_role_fetch(Config config, AssumeRoleOptions options) {
  auto state = std::make_shared<State>();
  state->source = config.credentials;
  state->options = std::move(options);
  state->config = for_fetches(std::move(config));
  return [state = std::shared_ptr<const State>(std::move(state))] { return fetch(state); };
}

}  // namespace identity

std::shared_ptr<CredentialsProvider> assume_role_credentials(const Config& config,
                                                             AssumeRoleOptions options) {
  auto fetch = identity::assume_role_fetch(config, std::move(options));
  return identity::fetched_credentials(config, std::move(fetch), config.credentials);
}

}  // namespace gannet
