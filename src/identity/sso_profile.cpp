#include "identity/sso_profile.hpp"

#include <filesystem>
#include <utility>

namespace gannet::identity {
namespace {

std::unexpected<Error> wrong(const std::string& message) {
  return fail(ErrorKind::configuration, "InvalidProfile", message);
}

/// Whatever profile and session both say they have to say alike.
Result<void> agree(const ProfileFiles& files, const std::string& profile,
                   const credentials::ProfileSection& session) {
  for (const credentials::ProfileEntry& entry : session.entries) {
    const auto there = files.find_in_config(session, entry.key);
    const auto here = files.find_in(profile, entry.key);
    if (!there || !here || there->value == here->value) continue;
    return wrong(here->where + ": " + entry.key + " is not what it is in " + there->where + ", the [" +
                 session.name + "] of the profile '" + profile + "'");
  }
  return {};
}

}  // namespace

Result<std::optional<SsoProfile>> sso_profile(const SettingsFound& settings, const std::string& profile) {
  const ProfileFiles& files = settings.files();
  auto account = files.find_in(profile, "sso_account_id");
  auto role = files.find_in(profile, "sso_role_name");
  if (!account && !role) return std::nullopt;
  const std::string where = account ? account->where : role->where;

  const credentials::ProfileSection* session = nullptr;
  const auto session_name = files.find_in(profile, "sso_session");
  if (session_name) {
    session = files.sso_session(session_name->value);
    if (session == nullptr) {
      return wrong(session_name->where + ": there is no section [sso-session " + session_name->value +
                   "] in " + files.config_file());
    }
    if (auto same = agree(files, profile, *session); !same) return std::unexpected(std::move(same.error()));
  }
  const auto in_session = [&](std::string_view key) {
    return session != nullptr ? files.find_in_config(*session, key) : std::nullopt;
  };
  if (!account) account = in_session("sso_account_id");
  if (!role) role = in_session("sso_role_name");
  // Where to sign in is the session's to say, for all profiles that share its token.
  const auto where_to = [&](std::string_view key) {
    return session != nullptr ? in_session(key) : files.find_in(profile, key);
  };
  const auto start_url = where_to("sso_start_url");
  const auto region = where_to("sso_region");
  std::string missing;
  const auto require = [&](const std::optional<Setting>& setting, std::string_view name) {
    if (!setting) missing.append(missing.empty() ? "" : ", ").append(name);
  };
  require(account, "sso_account_id");
  require(role, "sso_role_name");
  require(start_url, "sso_start_url");
  require(region, "sso_region");
  if (!missing.empty()) {
    const std::string place =
        session != nullptr ? "the profile's [" + session->name + "]" : "the profile '" + profile + "'";
    return wrong(where + ": single sign-on also needs " + missing + " in " + place);
  }

  SsoProfile found{.options = {.account_id = account->value,
                               .role_name = role->value,
                               .region = region->value,
                               .start_url = start_url->value,
                               .session_name = session_name ? session_name->value : std::string(),
                               .profile = profile},
                   .where = where};
  if (const auto home = settings.variable("HOME"))
    found.options.cache_folder = std::filesystem::path(home->value) / ".aws" / "sso" / "cache";
  return found;
}

}  // namespace gannet::identity
