#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>

#include "identity/fetched_credentials.hpp"
#include "identity/role_fetches.hpp"
#include "identity/sso_calls.hpp"
#include "identity/sso_token.hpp"
#include "io/time_source.hpp"

namespace gannet {
namespace identity {
namespace {

/// A token with less to live than this is refreshed.
constexpr std::chrono::minutes refresh_window{15};

/// What one provider remembers between its fetches.
struct State {
  std::shared_ptr<const Config> config;
  SsoOptions options;
  std::filesystem::path file;
  std::mutex mutex;
  std::optional<SsoToken> unsaved;  ///< A refreshed token that could not be written to the file.
};

std::string sign_in_again(const SsoOptions& options) {
  if (!options.profile.empty()) return "sign in with `aws sso login --profile " + options.profile + "`";
  if (!options.session_name.empty())
    return "sign in with `aws sso login --sso-session " + options.session_name + "`";
  return "sign in with `aws sso login`";
}

std::unexpected<Error> wrong(const SsoOptions& options, const std::string& what) {
  return fail(ErrorKind::configuration, "NoSsoToken", what + ": " + sign_in_again(options));
}

Result<void> check_state(const State& state) {
  const SsoOptions& options = state.options;
  const std::pair<const char*, const std::string*> required[] = {{"account_id", &options.account_id},
                                                                 {"role_name", &options.role_name},
                                                                 {"region", &options.region},
                                                                 {"start_url", &options.start_url}};
  for (const auto& [name, value] : required) {
    if (value->empty())
      return fail(ErrorKind::configuration, "InvalidSso", std::string("SsoOptions::") + name + " is empty");
  }
  if (state.file.empty()) {
    return fail(ErrorKind::configuration, "InvalidSso",
                "HOME is not set, so that there is no folder of tokens: set SsoOptions::cache_folder");
  }
  return {};
}

Result<SsoToken> newest_token(State& state) {
  auto token = read_sso_token(state.file);
  const std::lock_guard lock(state.mutex);
  if (state.unsaved && (!token || token->expires_at < state.unsaved->expires_at)) return *state.unsaved;
  state.unsaved.reset();
  if (!token) return wrong(state.options, "there is no usable token: " + token.error().message);
  return token;
}

void keep(State& state, const SsoToken& token) {
  if (save_sso_token(token, state.file)) return;
  const std::lock_guard lock(state.mutex);
  state.unsaved = token;
}

/// A token that can be used now. The older kind of profile has no refreshing.
Task<Result<SsoToken>> usable_token(std::shared_ptr<State> state) {
  auto token = newest_token(*state);
  if (!token) co_return token;
  const Timestamp now = io::now_of(state->config->time);
  std::optional<Error> why_not;
  if (!state->options.session_name.empty() && token->expires_at - now < refresh_window &&
      token->is_refreshable(now)) {
    token->start_url = state->options.start_url;
    token->region = state->options.region;
    auto fresh = co_await refresh_token(*state->config, *token);
    if (fresh) {
      keep(*state, *fresh);
      co_return fresh;
    }
    if (fresh.error().kind == ErrorKind::cancelled) co_return fresh;
    why_not = std::move(fresh.error());
    // Another program may have been first, and used up the refresh token.
    auto written = newest_token(*state);
    if (written && written->expires_at > token->expires_at) token = std::move(written);
  }
  if (token->expires_at > now) co_return token;
  std::string expired = "the token of IAM Identity Center in " + state->file.string() + " has expired";
  if (!why_not) co_return wrong(state->options, expired);
  Error error = no_credentials(expired + " and refreshing it failed", std::move(*why_not));
  // Signing in again is of use where the refresh was refused, not where nobody answered.
  if (error.kind == ErrorKind::configuration) error.message += ": " + sign_in_again(state->options);
  co_return std::unexpected(std::move(error));
}

Task<Result<Credentials>> fetch(std::shared_ptr<State> state) {
  if (auto fit = check_state(*state); !fit) co_return std::unexpected(std::move(fit.error()));
  auto token = co_await usable_token(state);
  if (!token) co_return std::unexpected(std::move(token.error()));
  auto credentials =
      co_await get_role_credentials(*state->config, state->options, std::move(token->access_token));
  if (credentials) co_return credentials;
  Error& error = credentials.error();
  if (error.kind == ErrorKind::unauthenticated)
    error.message += "; the token is no longer accepted: " + sign_in_again(state->options);
  co_return std::unexpected(no_credentials("cannot get credentials of the role " + state->options.role_name +
                                               " in the account " + state->options.account_id,
                                           std::move(error)));
}

}  // namespace

credentials::Fetch sso_fetch(Config config, SsoOptions options) {
  auto state = std::make_shared<State>();
  config.region = options.region;
  state->config = for_fetches(std::move(config));
  if (options.cache_folder.empty()) {
    if (const auto home = Environment::process().get("HOME"); home && !home->empty())
      options.cache_folder = std::filesystem::path(*home) / ".aws" / "sso" / "cache";
  }
  if (!options.cache_folder.empty()) {
    state->file =
        options.cache_folder /
        sso_token_file_name(options.session_name.empty() ? options.start_url : options.session_name);
  }
  state->options = std::move(options);
  return [state] { return fetch(state); };
}

}  // namespace identity

std::shared_ptr<CredentialsProvider> sso_credentials(const Config& config, SsoOptions options) {
  return identity::fetched_credentials(config, identity::sso_fetch(config, std::move(options)));
}

}  // namespace gannet
