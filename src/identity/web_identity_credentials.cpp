#include <utility>

#include "credentials/secret_file.hpp"
#include "identity/fetched_credentials.hpp"
#include "identity/role_fetches.hpp"
#include "identity/session_name.hpp"
#include "identity/sts_calls.hpp"

namespace gannet {
namespace identity {
namespace {

constexpr std::size_t longest_token = 64UL * 1024;

/// What the service's refusal asks of whoever runs this.
std::string advice(const std::string& code, const WebIdentityOptions& options) {
  const std::string file = options.token_file.string();
  if (code == "ExpiredTokenException" || code == "ExpiredToken")
    return "; the token in " + file + " has expired: whatever writes that file has stopped doing so";
  if (code == "InvalidIdentityToken")
    return "; is " + file + " the token of a provider that the role's account knows?";
  if (code == "IDPRejectedClaim" || code == "AccessDenied")
    return "; does the role's trust policy name the bearer of " + file + "?";
  return {};
}

Task<Result<Credentials>> fetch(std::shared_ptr<const Config> config,
                                std::shared_ptr<const WebIdentityOptions> options) {
  if (auto fit = check(*options); !fit) co_return std::unexpected(std::move(fit.error()));
  auto token = credentials::read_secret_file(options->token_file, longest_token);
  if (!token) co_return std::unexpected(std::move(token.error()));
  if (token->empty()) {
    co_return fail(ErrorKind::configuration, "EmptyToken",
                   "the web identity token file " + options->token_file.string() + " is empty");
  }
  WebIdentityOptions named = *options;
  if (named.role_session_name.empty()) named.role_session_name = new_session_name(config->time);
  auto credentials = co_await assume_role_with_web_identity(*config, std::move(named), std::move(*token));
  if (!credentials) {
    credentials.error().message += advice(credentials.error().code, *options);
    co_return std::unexpected(
        no_credentials("cannot assume the role " + options->role_arn + " with a web identity",
                       std::move(credentials.error())));
  }
  co_return credentials;
}

}  // namespace

credentials::Fetch web_identity_fetch(Config config, WebIdentityOptions options) {
  return [config = for_fetches(std::move(config)),
          options = std::make_shared<const WebIdentityOptions>(std::move(options))] {
    return fetch(config, options);
  };
}

}  // namespace identity

std::shared_ptr<CredentialsProvider> web_identity_credentials(const Config& config,
                                                              WebIdentityOptions options) {
  return identity::fetched_credentials(config, identity::web_identity_fetch(config, std::move(options)));
}

}  // namespace gannet
