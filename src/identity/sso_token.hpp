#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <gannet/result.hpp>
#include <gannet/secret.hpp>
#include <gannet/timestamp.hpp>

/// The token that `aws sso login` leaves in a file, for every SDK to use.
namespace gannet::identity {

struct SsoToken {
  Secret access_token{};
  Timestamp expires_at{};
  std::string start_url{};
  std::string region{};
  std::string client_id{};
  Secret client_secret{};
  Secret refresh_token{};
  /// Of the client: past it nothing can be refreshed.
  std::optional<Timestamp> registration_expires_at{};

  /// Whether it has what CreateToken takes to refresh it.
  [[nodiscard]] bool is_refreshable(Timestamp now) const;
};

/// The file's name, as the AWS command line has it: the SHA-1 of the session's name, or of the start URL
/// where there is no session.
std::string sso_token_file_name(std::string_view session_or_start_url);

/// Errors are of kind `configuration` and name `file`, never what stands there.
Result<SsoToken> parse_sso_token(std::string_view text, std::string_view file);
/// The file's text, as `parse_sso_token` and the SDKs read it.
Secret write_sso_token(const SsoToken& token);

Result<SsoToken> read_sso_token(const std::filesystem::path& file);
/// Replaces the file in one step; only its owner may read it. Leaves it as it was when it fails.
Result<void> save_sso_token(const SsoToken& token, const std::filesystem::path& file);

}  // namespace gannet::identity
