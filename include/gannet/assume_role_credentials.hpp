#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

namespace gannet {

/// What AssumeRole is asked for. The service's own limits hold for what is not said here.
struct AssumeRoleOptions {
  std::string role_arn{};  ///< Required.
  /// 2 to 64 letters, digits and `_=,.@+-`; seen in the account's logs. "": one is made, `gannet-` and the
  /// time.
  std::string role_session_name{};
  std::string external_id{};                       ///< What the role's owner agreed on with you; "" for none.
  std::optional<std::chrono::seconds> duration{};  ///< 15 minutes to 12 hours; not set: an hour.
  std::string policy{};                    ///< JSON; narrows what the role may do; "" for all that it may.
  std::vector<std::string> policy_arns{};  ///< Managed policies that narrow it as well.
  std::map<std::string, std::string> tags{};
  std::vector<std::string> transitive_tag_keys{};
  std::string source_identity{};
  /// Refused: nobody is there to type a code each time the credentials are refreshed. It is here so that a
  /// profile that has one is told so.
  std::string mfa_serial{};
};

/// Credentials of a role, got by AssumeRole with `config.credentials`, and again ahead of their expiry, on
/// `config`'s background. Region, endpoint (AWS_ENDPOINT_URL_STS), retries, limits and observers are
/// `config`'s, as they are now. What is wrong with the options is told by `resolve`.
std::shared_ptr<CredentialsProvider> assume_role_credentials(const Config& config, AssumeRoleOptions options);

}  // namespace gannet
