#include "credentials/profile_files.hpp"

#include <algorithm>
#include <utility>

#include "credentials/secret_file.hpp"

namespace gannet::credentials {
namespace {

constexpr std::size_t longest_file = 16UL * 1024 * 1024;

std::string variable(const Environment& environment, const char* name) {
  return environment.get ? environment.get(name).value_or("") : "";
}

std::string expand_home(std::string path, const Environment& environment) {
  if (path == "~" || path.starts_with("~/")) path.replace(0, 1, variable(environment, "HOME"));
  return path;
}

struct NamedFile {
  std::string path;  ///< "": there is none.
  bool by_variable = false;
};

NamedFile file_named(const char* name, const char* below_home, const Environment& environment) {
  std::string path = variable(environment, name);
  const bool by_variable = !path.empty();
  if (!by_variable) {
    // Without a home the file in it does not exist either.
    if (variable(environment, "HOME").empty()) return {};
    path = below_home;
  }
  return {.path = expand_home(std::move(path), environment), .by_variable = by_variable};
}

Result<ProfileText> read(const NamedFile& named) {
  const std::string& file = named.path;
  std::error_code problem;
  const auto status = std::filesystem::status(file, problem);
  if (file.empty() || status.type() == std::filesystem::file_type::not_found) return ProfileText();
  // A daemon that has given up root may still have root's HOME, which it may not enter.
  if (!named.by_variable && problem == std::errc::permission_denied) return ProfileText();
  if (status.type() == std::filesystem::file_type::directory) {
    return fail(ErrorKind::configuration, "UnreadableProfileFile",
                "cannot read " + file + ": it is a directory");
  }
  const auto text = read_secret_file(file, longest_file, PipeWriter::is_awaited);
  if (!text) return fail(ErrorKind::configuration, "UnreadableProfileFile", text.error().message);
  return ProfileText::parse(text->reveal(), file);
}

std::string place(const std::string& file, const ProfileEntry& entry) {
  return file + ", line " + std::to_string(entry.line);
}

bool has_value(const ProfileSection* section, std::string_view key) {
  const auto* entry = section == nullptr ? nullptr : section->find(key);
  return entry != nullptr && !entry->value.empty();
}

std::optional<Setting> value_in(const ProfileSection& section, std::string_view key,
                                const std::string& file) {
  if (!has_value(&section, key)) return std::nullopt;
  const auto* entry = section.find(key);
  return Setting{entry->value, place(file, *entry)};
}

}  // namespace

Result<ProfileFiles> ProfileFiles::load(std::string_view profile, const Environment& environment) {
  ProfileFiles files;
  NamedFile config_file = file_named("AWS_CONFIG_FILE", "~/.aws/config", environment);
  NamedFile credentials_file = file_named("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", environment);
  auto config = read(config_file);
  if (!config) return std::unexpected(std::move(config.error()));
  auto credentials = read(credentials_file);
  if (!credentials) return std::unexpected(std::move(credentials.error()));
  files.config_file_ = std::move(config_file.path);
  files.credentials_file_ = std::move(credentials_file.path);
  files.config_ = std::move(*config);
  files.credentials_ = std::move(*credentials);

  files.profile_ = profile;
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (!files.profile_.empty()) break;
    files.profile_ = variable(environment, name);
    if (!files.profile_.empty()) files.profile_variable_ = name;
  }
  if (files.profile_.empty()) {
    files.profile_ = "default";
  } else if (files.in_config() == nullptr && files.in_credentials() == nullptr) {
    const std::string asked_by =
        files.profile_variable_.empty() ? "Config::profile" : files.profile_variable_;
    return fail(ErrorKind::configuration, "ProfileNotFound",
                "the profile '" + files.profile_ + "' (" + asked_by + ") is neither in '" +
                    files.config_file_ + "' as [profile " + files.profile_ + "] nor in '" +
                    files.credentials_file_ + "' as [" + files.profile_ + "]");
  }
  return files;
}

const ProfileSection* ProfileFiles::in_config(std::string_view profile) const noexcept {
  return config_.section("profile", profile);
}
const ProfileSection* ProfileFiles::in_credentials(std::string_view profile) const noexcept {
  return credentials_.section(profile);
}
const ProfileSection* ProfileFiles::sso_session(std::string_view name) const noexcept {
  return config_.section("sso-session", name);
}

std::optional<Setting> ProfileFiles::find(std::string_view key) const {
  return find_in(profile_, key);
}

std::optional<Setting> ProfileFiles::find_in(std::string_view profile, std::string_view key) const {
  if (const auto* section = in_credentials(profile)) {
    if (auto found = value_in(*section, key, credentials_file_)) return found;
  }
  const auto* section = in_config(profile);
  return section == nullptr ? std::nullopt : find_in_config(*section, key);
}

bool ProfileFiles::has(std::string_view profile, std::string_view key) const noexcept {
  return has_value(in_credentials(profile), key) || has_value(in_config(profile), key);
}

std::optional<Setting> ProfileFiles::find_in_config(const ProfileSection& section,
                                                    std::string_view key) const {
  return value_in(section, key, config_file_);
}

std::optional<Setting> ProfileFiles::find(std::string_view key, std::string_view nested) const {
  // The lines below a key are one value: those of one file stand in for those of the other.
  const std::pair<const ProfileSection*, const std::string&> places[] = {
      {in_credentials(), credentials_file_}, {in_config(), config_file_}};
  for (const auto& [section, file] : places) {
    const auto* entry = section == nullptr ? nullptr : section->find(key);
    if (entry == nullptr || (entry->value.empty() && entry->nested.empty())) continue;
    const auto inner = std::ranges::find(entry->nested, nested, &ProfileEntry::key);
    if (inner == entry->nested.end() || inner->value.empty()) return std::nullopt;
    return Setting{inner->value, place(file, *inner)};
  }
  return std::nullopt;
}

Result<std::vector<std::pair<std::string, Setting>>> ProfileFiles::service_endpoints() const {
  std::vector<std::pair<std::string, Setting>> endpoints;
  const auto name = find("services");
  if (!name) return endpoints;
  const ProfileSection* services = config_.section("services", name->value);
  if (services == nullptr) {
    return fail(ErrorKind::configuration, "ServicesNotFound",
                name->where + ": there is no section [services " + name->value + "]");
  }
  for (const ProfileEntry& service : services->entries) {
    for (const ProfileEntry& inner : service.nested) {
      if (inner.key == "endpoint_url" && !inner.value.empty())
        endpoints.emplace_back(service.key, Setting{inner.value, place(config_file_, inner)});
    }
  }
  return endpoints;
}

}  // namespace gannet::credentials
