#include "runtime/client_state.hpp"

#include <algorithm>
#include <utility>

#include "runtime/user_agent.hpp"

namespace gannet::runtime {

std::shared_ptr<Shared> make_shared_state() {
  return std::make_shared<Shared>();
}

std::shared_ptr<core::RetryBucket> Shared::bucket(std::string_view service) {
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(service);
  if (found == buckets_.end()) {
    found = buckets_.emplace(service, std::make_shared<core::RetryBucket>()).first;
  }
  return found->second;
}

std::shared_ptr<Transport> Shared::sockets(const Config& config) {
  io::SocketTransportOptions options;
  options.ca_bundle = config.ca_bundle;
  options.proxies = config.proxies.value_or(Proxies{});
  options.max_connections_per_origin = std::max<std::size_t>(1, config.connections.per_origin);
  options.max_age = config.connections.max_age;
  options.max_idle = config.connections.max_idle;
  const std::lock_guard lock(mutex_);
  for (const auto& [made_of, transport] : sockets_) {
    if (made_of == options) return transport;
  }
  auto transport = io::socket_transport(options);
  sockets_.emplace_back(std::move(options), transport);
  return transport;
}

boost::asio::any_io_executor background_of(const Config& config) {
  return config.background ? config.background : config.shared->background.executor();
}

std::shared_ptr<const ClientState> make_client(const Service& service, Config config) {
  if (!config.shared) config.shared = make_shared_state();
  auto endpoints = endpoints_of(service, config);
  auto bucket = config.shared->bucket(service.id);
  auto transport = config.transport ? config.transport : config.shared->sockets(config);
  const RetryPolicy retry = config.retry;
  auto agent = user_agent(config);
  return std::make_shared<const ClientState>(ClientState{.service = &service,
                                                         .config = std::move(config),
                                                         .endpoints = std::move(endpoints),
                                                         .bucket = std::move(bucket),
                                                         .retry = retry,
                                                         .transport = std::move(transport),
                                                         .user_agent = std::move(agent)});
}

const Config& config_of(const ClientState& client) {
  return client.config;
}

}  // namespace gannet::runtime
