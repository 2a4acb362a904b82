#include <utility>

#include "identity/settings_found.hpp"

namespace gannet::identity {

Result<void> load_compression(Config& config, SettingsFound& settings) {
  constexpr int largest = 1'048'576;
  if (!config.disable_request_compression) {
    if (const auto disabled =
            settings.find("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression")) {
      const auto truth = identity::truth(*disabled);
      if (!truth) return std::unexpected(truth.error());
      config.disable_request_compression = *truth;
      settings.use("disable_request_compression", *disabled);
    }
  }
  if (!config.request_min_compression_size_bytes) {
    if (const auto size =
            settings.find("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "request_min_compression_size_bytes")) {
      const auto number = positive_number(*size);
      if (!number || *number > largest)
        return bad_setting(*size, "is not a number of bytes from 1 to 1048576");
      config.request_min_compression_size_bytes = *number;
      settings.use("request_min_compression_size_bytes", *size);
    }
  }
  return {};
}

}  // namespace gannet::identity
