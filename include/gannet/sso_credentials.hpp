#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

namespace gannet {

/// A role of an account in IAM Identity Center, for whoever has signed in with `aws sso login`.
struct SsoOptions {
  std::string account_id{};  ///< Required, twelve digits.
  std::string role_name{};   ///< Required.
  std::string region{};      ///< Required: Identity Center's own, which may differ from the Config's.
  std::string start_url{};   ///< Required.
  /// The `[sso-session NAME]` that was signed in to; "" for a profile of the older kind, whose token is kept
  /// by its start URL and cannot be refreshed.
  std::string session_name{};
  std::string profile{};  ///< Whose these are: named in the sentence that says to sign in again.
  std::filesystem::path cache_folder{};  ///< Of the tokens; empty: `~/.aws/sso/cache`.
};

/// Credentials got by GetRoleCredentials with the token that `aws sso login` left in `cache_folder`. A token
/// about to expire is refreshed by CreateToken where the file has what it takes, and written back for the
/// other programs. Endpoints are AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC; for the rest as
/// `assume_role_credentials`, except that nothing is signed.
std::shared_ptr<CredentialsProvider> sso_credentials(const Config& config, SsoOptions options);

}  // namespace gannet
