#include <string>
#include <string_view>
#include <utility>

#include "identity/settings_found.hpp"

namespace gannet::identity {

Result<void> load_transport(Config& config, SettingsFound& settings) {
  if (config.ca_bundle.empty()) {
    if (auto bundle = settings.find("AWS_CA_BUNDLE", "ca_bundle")) {
      settings.use("ca_bundle", *bundle);
      config.ca_bundle = std::move(bundle->value);
    }
  }
  return {};
}

}  // namespace gannet::identity
