#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <gannet/config.hpp>

#include "credentials/profile_files.hpp"

/// What the parts of `Config::load` read from, and what they have in common.
namespace gannet::identity {

using credentials::ProfileFiles;
using credentials::Setting;

/// Settings from the environment, where variables that are empty count as not set, then from the profile.
/// Keeps where each setting that was used came from. Must not outlive what it is made from.
class SettingsFound {
 public:
  SettingsFound(const Environment& environment, const ProfileFiles& files)
      : environment_(environment), files_(files) {}

  [[nodiscard]] std::optional<Setting> variable(const std::string& name) const;
  [[nodiscard]] std::optional<Setting> find(const std::string& name, std::string_view key) const;

  [[nodiscard]] const Environment& environment() const noexcept { return environment_; }
  [[nodiscard]] const ProfileFiles& files() const noexcept { return files_; }

  /// Says that the member `name` of Config was set from `setting`.
  void use(std::string name, const Setting& setting) { origins_[std::move(name)] = setting.where; }
  [[nodiscard]] const std::map<std::string, std::string>& origins() const noexcept { return origins_; }

 private:
  const Environment& environment_;
  const ProfileFiles& files_;
  std::map<std::string, std::string> origins_;
};

/// Keeps in `config` a setting that it has no member for, for `explain`; `name` is the profile's key.
/// Nothing: it is as by default.
void note(Config& config, const std::string& name, const std::optional<Setting>& found);

/// "WHERE: 'VALUE' EXPECTED", of kind `configuration`.
std::unexpected<Error> bad_setting(const Setting& setting, const std::string& expected);
Result<bool> truth(const Setting& setting);
Result<int> positive_number(const Setting& setting);
/// The URL, if a client can use it as an endpoint. The error does not quote one that may hold a password.
Result<std::string> endpoint_setting(const Setting& setting);

/// Fills a yes or no that is not set yet from `found`; `name` is the member of Config.
Result<void> load_truth(std::optional<bool>& member, const char* name, const std::optional<Setting>& found,
                        SettingsFound& settings);
/// The same for settings that say `legacy` (true) or `regional` (false).
Result<void> load_legacy(std::optional<bool>& member, const char* name, const std::optional<Setting>& found,
                         SettingsFound& settings);

// Each fills what `config` does not say yet.
Result<void> load_compression(Config& config, SettingsFound& settings);
Result<void> load_endpoints(Config& config, SettingsFound& settings);
Result<void> load_retries(Config& config, SettingsFound& settings);
Result<void> load_s3(Config& config, SettingsFound& settings);
Result<void> load_transport(Config& config, SettingsFound& settings);
Result<void> load_user_agent(Config& config, SettingsFound& settings);
Result<void> load_trace_id(Config& config, SettingsFound& settings);

}  // namespace gannet::identity
