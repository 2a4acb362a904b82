#include "identity/remote_credentials.hpp"

#include <utility>

#include "runtime/client_state.hpp"

namespace gannet::identity {

std::shared_ptr<CredentialsProvider> kept(const Config& config, credentials::Fetch fetch) {
  // The shared state and not the whole Config: what it needs of it is the thread.
  auto background = [executor = config.background, shared = config.shared] {
    return executor ? executor : shared->background.executor();
  };
  return credentials::cached_credentials(std::move(fetch), std::move(background), config.time);
}

Error no_credentials(const std::string& what_failed, Error why) {
  std::string message = what_failed + ": ";
  if (why.http_status != 0 && !why.code.empty()) message += why.code + ": ";
  why.message = message + why.message;
  switch (why.kind) {
    case ErrorKind::network:
    case ErrorKind::timeout:
    case ErrorKind::throttled:
    case ErrorKind::service:
    case ErrorKind::cancelled:
      break;
    default:
      why.kind = ErrorKind::configuration;
      why.code = "NoCredentials";
  }
  why.applied = Applied::no;
  why.details.reset();
  return why;
}

}  // namespace gannet::identity
