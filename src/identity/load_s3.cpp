#include <string>
#include <string_view>
#include <utility>

#include "identity/settings_found.hpp"

namespace gannet::identity {

Result<void> load_s3(Config& config, SettingsFound& settings) {
  if (config.s3_addressing != S3Addressing::automatic) return {};
  const auto style = settings.files().find("s3", "addressing_style");
  if (!style || style->value == "auto") return {};
  if (style->value == "virtual") {
    config.s3_addressing = S3Addressing::virtual_host;
  } else if (style->value == "path") {
    config.s3_addressing = S3Addressing::path;
  } else {
    return bad_setting(*style, "is no addressing style: auto, virtual and path are");
  }
  settings.use("s3_addressing", *style);
  return {};
}

}  // namespace gannet::identity
