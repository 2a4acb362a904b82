#include "identity/role_fetches.hpp"

#include <utility>

#include "runtime/client_state.hpp"

namespace gannet::identity {

std::shared_ptr<const Config> for_fetches(Config config) {
  auto shared = runtime::make_shared_state();
  if (config.shared) {
    if (!config.transport) config.transport = config.shared->sockets(config);
    shared->skew.store(config.shared->skew.load());
  }
  config.shared = std::move(shared);
  config.background = {};
  config.credentials = nullptr;
  return std::make_shared<const Config>(std::move(config));
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
    case ErrorKind::outcome_unknown:  // What may have been written there is of no interest here.
      why.kind = why.http_status != 0 ? ErrorKind::service : ErrorKind::network;
      break;
    default:
      why.kind = ErrorKind::configuration;
      why.code = "NoCredentials";
  }
  why.http_status = 0;  // Of another call than the one that needs the credentials.
  why.applied = Applied::no;
  why.details.reset();
  return why;
}

}  // namespace gannet::identity
