#include "identity/fixed_credentials.hpp"

#include <utility>

#include "core/timestamps.hpp"
#include "credentials/static_credentials.hpp"

namespace gannet::identity {
namespace {

using credentials::ProfileEntry;
using credentials::ProfileSection;
using Found = std::optional<CredentialsFound>;

CredentialsFound found_at(const std::string& where, Credentials credentials, const TimeSource& time) {
  return {credentials::fixed_credentials(std::move(credentials), "the credentials of " + where, time), where};
}

class MissingCredentials final : public CredentialsProvider {
 public:
  explicit MissingCredentials(Error why) : why_(std::move(why)) {}
  Task<Result<std::shared_ptr<const Credentials>>> resolve() override { co_return std::unexpected(why_); }

 private:
  const Error why_;
};

std::string value_of(const ProfileSection& section, std::string_view key) {
  const ProfileEntry* entry = section.find(key);
  return entry == nullptr ? std::string() : entry->value;
}

Result<Found> section_keys(const ProfileSection* section, const std::string& file, const TimeSource& time) {
  if (section == nullptr) return std::nullopt;
  std::string key = value_of(*section, "aws_access_key_id");
  std::string secret = value_of(*section, "aws_secret_access_key");
  if (key.empty() && secret.empty()) return std::nullopt;
  const auto place = [&](std::string_view name) {
    return file + ", line " + std::to_string(section->find(name)->line);
  };
  if (secret.empty() || key.empty()) {
    const std::string_view given = secret.empty() ? "aws_access_key_id" : "aws_secret_access_key";
    const std::string_view missing = secret.empty() ? "aws_secret_access_key" : "aws_access_key_id";
    return fail(ErrorKind::configuration, "PartialCredentials",
                place(given) + ": " + std::string(given) + " needs " + std::string(missing) + " beside it");
  }
  std::string token = value_of(*section, "aws_session_token");
  if (token.empty()) token = value_of(*section, "aws_security_token");
  return found_at(place("aws_access_key_id"),
                  {.access_key_id = std::move(key),
                   .secret_access_key = Secret(std::move(secret)),
                   .session_token = Secret(std::move(token)),
                   .account_id = value_of(*section, "aws_account_id")},
                  time);
}

}  // namespace

std::shared_ptr<CredentialsProvider> missing_credentials(Error why) {
  return std::make_shared<MissingCredentials>(std::move(why));
}

Result<Found> environment_credentials(const SettingsFound& settings, const TimeSource& time) {
  const auto text = [&](const char* name) {
    auto found = settings.variable(name);
    return found ? std::move(found->value) : std::string();
  };
  std::string key = text("AWS_ACCESS_KEY_ID");
  std::string secret = text("AWS_SECRET_ACCESS_KEY");
  if (key.empty() && secret.empty()) return std::nullopt;
  if (secret.empty() || key.empty()) {
    return fail(ErrorKind::configuration, "PartialCredentials",
                std::string(secret.empty() ? "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"
                                           : "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not") +
                    ": set both, or none");
  }
  std::string token = text("AWS_SESSION_TOKEN");
  if (token.empty()) token = text("AWS_SECURITY_TOKEN");
  Credentials credentials{.access_key_id = std::move(key),
                          .secret_access_key = Secret(std::move(secret)),
                          .session_token = Secret(std::move(token)),
                          .account_id = text("AWS_ACCOUNT_ID")};
  if (const auto end = settings.variable("AWS_CREDENTIAL_EXPIRATION")) {
    credentials.expiration = core::parse_iso8601(end->value);
    if (!credentials.expiration) return bad_setting(*end, "is no time of the form 2026-01-31T09:08:07Z");
  }
  return found_at("AWS_ACCESS_KEY_ID", std::move(credentials), time);
}

Result<Found> credentials_file_keys(const ProfileFiles& files, const std::string& profile,
                                    const TimeSource& time) {
  return section_keys(files.in_credentials(profile), files.credentials_file(), time);
}

Result<Found> config_file_keys(const ProfileFiles& files, const std::string& profile,
                               const TimeSource& time) {
  return section_keys(files.in_config(profile), files.config_file(), time);
}

}  // namespace gannet::identity
