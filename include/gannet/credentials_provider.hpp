#pragma once

#include <memory>

#include <gannet/credentials.hpp>
#include <gannet/result.hpp>
#include <gannet/task.hpp>

namespace gannet {

/// Where credentials come from. Thread-safe: one provider serves all clients of a Config.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  /// Credentials that are valid now. Errors are of kind `configuration`, or of one that says that it may pass
  /// (network, timeout, throttled, service) or that the caller cancelled, and name what was tried, never a
  /// secret. A call that gets one is not repeated: trying again is the provider's matter.
  virtual Task<Result<std::shared_ptr<const Credentials>>> resolve() = 0;
  /// The same without waiting, where they are at hand; nullptr otherwise.
  virtual std::shared_ptr<const Credentials> peek() noexcept { return nullptr; }
  /// What is held, for people to look at (`Config::explain`): it may have expired, and nothing is fetched for
  /// it.
  virtual std::shared_ptr<const Credentials> look() noexcept { return peek(); }
};

/// Always the same credentials. Those with an `expiration` are given until it has passed by the system's
/// clock; from then on `peek` gives nullptr and `resolve` an error of kind `configuration` with the code
/// ExpiredCredentials.
std::shared_ptr<CredentialsProvider> static_credentials(Credentials credentials);

}  // namespace gannet
