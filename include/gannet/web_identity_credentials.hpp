#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

namespace gannet {

/// What AssumeRoleWithWebIdentity is asked for.
struct WebIdentityOptions {
  std::string role_arn{};              ///< Required.
  std::filesystem::path token_file{};  ///< Required; read anew at every fetch, since its writer replaces it.
  std::string role_session_name{};     ///< As in AssumeRoleOptions.
  std::optional<std::chrono::seconds> duration{};  ///< 15 minutes to 12 hours; not set: an hour.
  std::string policy{};
  std::vector<std::string> policy_arns{};
};

/// Credentials of a role for the bearer of a token in a file, as Kubernetes gives to its pods (EKS: IRSA).
/// The call is not signed: `config.credentials` is of no interest. For the rest as
/// `assume_role_credentials`.
std::shared_ptr<CredentialsProvider> web_identity_credentials(const Config& config,
                                                              WebIdentityOptions options);

}  // namespace gannet
