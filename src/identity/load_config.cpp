#include <utility>

#include <gannet/config.hpp>

#include "identity/default_chain.hpp"
#include "identity/explain.hpp"
#include "identity/instance_fetch.hpp"
#include "identity/settings_found.hpp"

namespace gannet {
namespace {

void note_files(Config& config, const identity::SettingsFound& settings) {
  const identity::ProfileFiles& files = settings.files();
  const auto note = [&](const char* name, const char* variable, const std::string& file) {
    const auto named = settings.variable(variable);
    identity::note(config, name, identity::Setting{file, named ? named->where : "default"});
  };
  note("config_file", "AWS_CONFIG_FILE", files.config_file());
  note("credentials_file", "AWS_SHARED_CREDENTIALS_FILE", files.credentials_file());
}

}  // namespace

Result<Config> Config::load() {
  return load(Config{});
}

Result<Config> Config::load(Config given, const Environment& environment) {
  auto files = identity::ProfileFiles::load(given.profile, environment);
  if (!files) return std::unexpected(std::move(files.error()));
  identity::SettingsFound settings(environment, *files);
  Config config = std::move(given);

  if (config.region.empty()) {
    auto region = settings.variable("AWS_REGION");
    if (!region) region = settings.find("AWS_DEFAULT_REGION", "region");
    if (region) {
      settings.use("region", *region);
      config.region = std::move(region->value);
    }
  }
  for (const auto load_part :
       {identity::load_endpoints, identity::load_retries, identity::load_s3, identity::load_transport,
        identity::load_compression, identity::load_user_agent, identity::load_trace_id}) {
    if (auto done = load_part(config, settings); !done) return std::unexpected(std::move(done.error()));
  }
  if (!config.credentials) {
    auto found = identity::find_credentials(config, settings, !config.profile.empty());
    if (!found) return std::unexpected(std::move(found.error()));
    settings.use("credentials", {.value = {}, .where = std::move(found->origin)});
    config.credentials = std::move(found->provider);
  }
  // Where nobody named one, "" goes on standing for `default`: naming it would mean that it has to be there.
  if (const std::string& variable = files->profile_variable(); !variable.empty()) {
    config.profile = files->profile();
    settings.use("profile", {.value = {}, .where = variable});
  }
  note_files(config, settings);
  identity::note_instance_settings(config, settings);
  config.origins.insert(settings.origins().begin(), settings.origins().end());
  config.loaded_values = identity::values_to_compare(config);
  return config;
}

}  // namespace gannet
