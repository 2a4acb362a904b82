#include "identity/fixed_credentials.hpp"

#include <utility>

#include "core/timestamps.hpp"
#include "credentials/static_credentials.hpp"
#include "identity/secret_texts.hpp"

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

/// What stands at one place: "AWS_ACCESS_KEY_ID", "FILE, line 3: aws_access_key_id".
struct Part {
  Secret text{};
  std::string where{};
};

/// What credentials are made of, as found.
struct Parts {
  Part key;
  Part secret;
  Part token;
  Part account;
};

Part first_of(Part one, Part other) {
  return one.text.empty() ? std::move(other) : std::move(one);
}

/// Told when it is loaded: the first call would fail without a word on where it stands.
Result<Credentials> joined(Parts parts) {
  for (const Part* part : {&parts.key, &parts.secret, &parts.token, &parts.account}) {
    if (is_key_text(part->text.reveal())) continue;
    return fail(ErrorKind::configuration, "MalformedCredentials",
                part->where + " holds a line end, a blank or another character that no request can carry");
  }
  return Credentials{.access_key_id = parts.key.text.reveal(),
                     .secret_access_key = std::move(parts.secret.text),
                     .session_token = std::move(parts.token.text),
                     .account_id = parts.account.text.reveal()};
}

std::string place(const ProfileEntry& entry, const std::string& file) {
  return file + ", line " + std::to_string(entry.line);
}

Part part_in(const ProfileSection& section, const std::string& key, const std::string& file) {
  const ProfileEntry* entry = section.find(key);
  return entry == nullptr ? Part() : Part{Secret(entry->value), place(*entry, file) + ": " + key};
}

Result<Found> section_keys(const ProfileSection* section, const std::string& file, const TimeSource& time) {
  if (section == nullptr) return std::nullopt;
  const auto part = [&](const char* key) { return part_in(*section, key, file); };
  Parts parts{.key = part("aws_access_key_id"),
              .secret = part("aws_secret_access_key"),
              .token = first_of(part("aws_session_token"), part("aws_security_token")),
              .account = part("aws_account_id")};
  if (parts.key.text.empty() && parts.secret.text.empty()) return std::nullopt;
  if (parts.secret.text.empty() || parts.key.text.empty()) {
    const bool has_key = parts.secret.text.empty();
    return fail(ErrorKind::configuration, "PartialCredentials",
                (has_key ? parts.key.where + " needs aws_secret_access_key"
                         : parts.secret.where + " needs aws_access_key_id") +
                    " beside it");
  }
  auto credentials = joined(std::move(parts));
  if (!credentials) return std::unexpected(std::move(credentials.error()));
  return found_at(place(*section->find("aws_access_key_id"), file), std::move(*credentials), time);
}

}  // namespace

std::shared_ptr<CredentialsProvider> missing_credentials(Error why) {
  return std::make_shared<MissingCredentials>(std::move(why));
}

Result<Found> environment_credentials(const SettingsFound& settings, const TimeSource& time) {
  const auto part = [&](const char* name) {
    auto found = settings.variable(name);
    return found ? Part{Secret(std::move(found->value)), name} : Part();
  };
  Parts parts{.key = part("AWS_ACCESS_KEY_ID"),
              .secret = part("AWS_SECRET_ACCESS_KEY"),
              .token = first_of(part("AWS_SESSION_TOKEN"), part("AWS_SECURITY_TOKEN")),
              .account = part("AWS_ACCOUNT_ID")};
  if (parts.key.text.empty() && parts.secret.text.empty()) return std::nullopt;
  if (parts.secret.text.empty() || parts.key.text.empty()) {
    return fail(
        ErrorKind::configuration, "PartialCredentials",
        std::string(parts.secret.text.empty() ? "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"
                                              : "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not") +
            ": set both, or none");
  }
  auto credentials = joined(std::move(parts));
  if (!credentials) return std::unexpected(std::move(credentials.error()));
  if (const auto end = settings.variable("AWS_CREDENTIAL_EXPIRATION")) {
    credentials->expiration = core::parse_iso8601(end->value);
    if (!credentials->expiration) return bad_setting(*end, "is no time of the form 2026-01-31T09:08:07Z");
  }
  return found_at("AWS_ACCESS_KEY_ID", std::move(*credentials), time);
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
