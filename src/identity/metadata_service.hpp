#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gannet/config.hpp>
#include <gannet/http.hpp>
#include <gannet/secret.hpp>

namespace gannet::identity {

struct MetadataAnswer {
  int status = 0;
  Headers headers{};
  Secret body{};
};

/// A small HTTP service beside the program that hands out credentials: asked directly, never through a proxy,
/// with short limits and a few attempts. Holds no Config. A value; thread-safe.
class MetadataService {
 public:
  struct Patience {
    std::chrono::milliseconds timeout{1'000};  ///< To connect, and again for an answer. Zero means no limit.
    int attempts = 3;
    bool repeats_connect_timeouts = true;
  };

  MetadataService(const Config& config, Patience patience);

  /// The answer to `request`, whatever its status. One of 429 or 5xx, a fault of the network or a limit that
  /// passed is another attempt's matter, while there are any left. Each attempt goes to `origins` in turn
  /// until one lets itself be connected to. Errors are the last attempt's, of kind network, timeout,
  /// protocol, validation or cancelled. Expects a caller that has switched throwing on cancellation off.
  [[nodiscard]] Task<Result<MetadataAnswer>> ask(HttpRequest request, std::vector<Origin> origins) const;

  [[nodiscard]] const TimeSource& time() const noexcept { return time_; }

 private:
  [[nodiscard]] Task<std::expected<MetadataAnswer, TransportError>> send(const HttpRequest& request) const;

  std::shared_ptr<Transport> transport_;
  TimeSource time_;
  std::string user_agent_;
  Patience patience_;
};

}  // namespace gannet::identity
