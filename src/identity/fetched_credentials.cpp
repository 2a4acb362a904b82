#include "identity/fetched_credentials.hpp"

#include <utility>

#include <gannet/container_credentials.hpp>
#include <gannet/instance_credentials.hpp>
#include <gannet/process_credentials.hpp>

#include "identity/container_fetch.hpp"
#include "identity/instance_fetch.hpp"
#include "identity/process_fetch.hpp"
#include "runtime/client_state.hpp"

namespace gannet {
namespace identity {

std::shared_ptr<CredentialsProvider> fetched_credentials(const Config& config, credentials::Fetch fetch,
                                                         std::shared_ptr<CredentialsProvider> source) {
  const auto shared = config.shared ? config.shared : runtime::make_shared_state();
  auto background = [own = config.background, shared, source = std::move(source)] {
    return own ? own : shared->background.executor();
  };
  return credentials::cached_credentials(std::move(fetch), std::move(background), config.time);
}

}  // namespace identity

std::shared_ptr<CredentialsProvider> instance_credentials(const Config& config,
                                                          InstanceCredentialsOptions options) {
  return identity::fetched_credentials(config, identity::instance_fetch(config, std::move(options)));
}

std::shared_ptr<CredentialsProvider> container_credentials(const Config& config,
                                                           ContainerCredentialsOptions options) {
  return identity::fetched_credentials(config, identity::container_fetch(config, std::move(options)));
}

std::shared_ptr<CredentialsProvider> process_credentials(const Config& config,
                                                         ProcessCredentialsOptions options) {
  return identity::fetched_credentials(config, identity::process_fetch(config, std::move(options)));
}

}  // namespace gannet
