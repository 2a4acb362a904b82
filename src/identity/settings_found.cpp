#include "identity/settings_found.hpp"

#include <charconv>
#include <utility>

#include "core/endpoints.hpp"

namespace gannet::identity {

std::optional<Setting> SettingsFound::variable(const std::string& name) const {
  auto value = environment_.get ? environment_.get(name) : std::nullopt;
  if (!value || value->empty()) return std::nullopt;
  return Setting{std::move(*value), name};
}

std::optional<Setting> SettingsFound::find(const std::string& name, std::string_view key) const {
  auto found = variable(name);
  return found ? found : files_.find(key);
}

void note(Config& config, const std::string& name, const std::optional<Setting>& found) {
  config.origins.erase(name);
  config.loaded_values.erase(name);
  if (!found) return;
  config.origins.emplace(name, found->where);
  config.loaded_values.emplace(name, found->value);
}

std::unexpected<Error> bad_setting(const Setting& setting, const std::string& expected) {
  return fail(ErrorKind::configuration, "InvalidConfiguration",
              setting.where + ": '" + setting.value + "' " + expected);
}

Result<bool> truth(const Setting& setting) {
  if (iequals(setting.value, "true")) return true;
  if (iequals(setting.value, "false")) return false;
  return bad_setting(setting, "is neither true nor false");
}

Result<int> positive_number(const Setting& setting) {
  int number = 0;
  const char* end = setting.value.data() + setting.value.size();
  const auto read = std::from_chars(setting.value.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < 1)
    return bad_setting(setting, "is not a whole number from 1");
  return number;
}

Result<std::string> endpoint_setting(const Setting& setting) {
  if (auto url = parse_url(setting.value); !url) {
    return fail(ErrorKind::configuration, "InvalidConfiguration",
                setting.where + ": " + core::quoted_url(setting.value) +
                    "cannot be used as an endpoint: " + url.error().message);
  }
  return setting.value;
}

Result<void> load_truth(std::optional<bool>& member, const char* name, const std::optional<Setting>& found,
                        SettingsFound& settings) {
  if (member || !found) return {};
  const auto yes = truth(*found);
  if (!yes) return std::unexpected(yes.error());
  member = *yes;
  settings.use(name, *found);
  return {};
}

Result<void> load_legacy(std::optional<bool>& member, const char* name, const std::optional<Setting>& found,
                         SettingsFound& settings) {
  if (member || !found) return {};
  const bool legacy = iequals(found->value, "legacy");
  if (!legacy && !iequals(found->value, "regional"))
    return bad_setting(*found, "is neither regional nor legacy");
  member = legacy;
  settings.use(name, *found);
  return {};
}

}  // namespace gannet::identity
