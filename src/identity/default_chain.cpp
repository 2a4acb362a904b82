#include "identity/default_chain.hpp"

#include <array>
#include <utility>

namespace gannet::identity {
namespace {

using credentials::ProfileEntry;
using credentials::ProfileFiles;
using credentials::ProfileSection;

/// Gives always the same: credentials, or why there are none.
class FixedProvider final : public CredentialsProvider {
 public:
  explicit FixedProvider(Credentials credentials)
      : credentials_(std::make_shared<const Credentials>(std::move(credentials))) {}
  explicit FixedProvider(Error why_none) : why_none_(std::move(why_none)) {}

  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    if (!credentials_) co_return std::unexpected(why_none_);
    co_return credentials_;
  }
  std::shared_ptr<const Credentials> peek() noexcept override { return credentials_; }

 private:
  std::shared_ptr<const Credentials> credentials_;
  Error why_none_;
};

std::string variable(const Environment& environment, const char* name) {
  return environment.get ? environment.get(name).value_or("") : "";
}

Result<std::optional<Credentials>> from_environment(const Environment& environment) {
  std::string key = variable(environment, "AWS_ACCESS_KEY_ID");
  std::string secret = variable(environment, "AWS_SECRET_ACCESS_KEY");
  if (key.empty() && secret.empty()) return std::nullopt;
  if (secret.empty() || key.empty()) {
    return fail(ErrorKind::configuration, "PartialCredentials",
                std::string(secret.empty() ? "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"
                                           : "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not") +
                    ": set both, or none");
  }
  std::string token = variable(environment, "AWS_SESSION_TOKEN");
  if (token.empty()) token = variable(environment, "AWS_SECURITY_TOKEN");
  return Credentials{.access_key_id = std::move(key),
                     .secret_access_key = Secret(std::move(secret)),
                     .session_token = Secret(std::move(token)),
                     .expiration = {}};
}

std::string value_of(const ProfileSection& section, std::string_view key) {
  const ProfileEntry* entry = section.find(key);
  return entry == nullptr ? std::string() : entry->value;
}

Result<std::optional<Credentials>> from_section(const ProfileSection* section, const std::string& file) {
  if (section == nullptr) return std::nullopt;
  std::string key = value_of(*section, "aws_access_key_id");
  std::string secret = value_of(*section, "aws_secret_access_key");
  if (key.empty() && secret.empty()) return std::nullopt;
  if (secret.empty() || key.empty()) {
    const std::string_view given = secret.empty() ? "aws_access_key_id" : "aws_secret_access_key";
    const std::string_view missing = secret.empty() ? "aws_secret_access_key" : "aws_access_key_id";
    return fail(ErrorKind::configuration, "PartialCredentials",
                file + ", line " + std::to_string(section->find(given)->line) + ": " + std::string(given) +
                    " needs " + std::string(missing) + " beside it");
  }
  std::string token = value_of(*section, "aws_session_token");
  if (token.empty()) token = value_of(*section, "aws_security_token");
  return Credentials{.access_key_id = std::move(key),
                     .secret_access_key = Secret(std::move(secret)),
                     .session_token = Secret(std::move(token)),
                     .expiration = {}};
}

struct Unsupported {
  std::string_view key;
  std::string_view what;
};

std::optional<Error> unsupported(const ProfileFiles& files, std::span<const Unsupported> kinds) {
  for (const Unsupported& kind : kinds) {
    if (const auto found = files.find(kind.key)) {
      return Error{.kind = ErrorKind::configuration,
                   .code = "UnsupportedProfile",
                   .message = "the profile '" + files.profile() + "' gets its credentials from " +
                              std::string(kind.what) + " (" + std::string(kind.key) + " in " + found->where +
                              "), which is not supported yet: give it static keys, set AWS_ACCESS_KEY_ID and "
                              "AWS_SECRET_ACCESS_KEY, or set Config::credentials"};
    }
  }
  return std::nullopt;
}

constexpr std::array before_static_keys = {
    Unsupported{"role_arn", "a role"},
    Unsupported{"web_identity_token_file", "a web identity"},
    Unsupported{"sso_session", "single sign-on"},
    Unsupported{"sso_start_url", "single sign-on"},
};
constexpr std::array after_credentials_file = {
    Unsupported{"credential_process", "a process"},
    Unsupported{"login_session", "a login session"},
};

Error nothing_found(const Environment& environment, const ProfileFiles& files, bool skip_environment) {
  std::string tried = skip_environment ? "the environment was left out because the program names a profile"
                                       : "AWS_ACCESS_KEY_ID is not set";
  const auto add = [&](const std::string& file, bool section) {
    if (file.empty()) return;
    tried += section ? "; the profile '" + files.profile() + "' in " + file + " has no aws_access_key_id"
                     : "; there is no profile '" + files.profile() + "' in " + file;
  };
  add(files.credentials_file(), files.in_credentials() != nullptr);
  add(files.config_file(), files.in_config() != nullptr);
  for (const char* name : {"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                           "AWS_CONTAINER_CREDENTIALS_FULL_URI"}) {
    if (!variable(environment, name).empty())
      tried += "; " + std::string(name) + " is set but not supported yet";
  }
  return {
      .kind = ErrorKind::configuration,
      .code = "NoCredentials",
      .message = "no credentials were found: " + tried +
                 ". Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or Config::credentials"};
}

}  // namespace

Result<std::shared_ptr<CredentialsProvider>> find_credentials(const Environment& environment,
                                                              const ProfileFiles& files,
                                                              bool skip_environment) {
  using Provider = std::shared_ptr<CredentialsProvider>;
  if (!skip_environment) {
    auto found = from_environment(environment);
    if (!found) return std::unexpected(std::move(found.error()));
    if (*found) return Provider(std::make_shared<FixedProvider>(std::move(**found)));
  }
  if (auto why = unsupported(files, before_static_keys))
    return Provider(std::make_shared<FixedProvider>(*why));
  auto found = from_section(files.in_credentials(), files.credentials_file());
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found) return Provider(std::make_shared<FixedProvider>(std::move(**found)));
  if (auto why = unsupported(files, after_credentials_file))
    return Provider(std::make_shared<FixedProvider>(*why));
  found = from_section(files.in_config(), files.config_file());
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found) return Provider(std::make_shared<FixedProvider>(std::move(**found)));
  return Provider(std::make_shared<FixedProvider>(nothing_found(environment, files, skip_environment)));
}

}  // namespace gannet::identity
