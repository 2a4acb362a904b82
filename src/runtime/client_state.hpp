#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gannet/config.hpp>

#include "core/retry_rules.hpp"
#include "core/sigv4.hpp"
#include "io/background_thread.hpp"
#include "io/socket_transport.hpp"
#include "runtime/address.hpp"
#include "runtime/call.hpp"

namespace gannet::runtime {

/// What the copies of a Config share. Thread-safe.
struct Shared {
  /// The server's clock minus ours, as last learnt from a Date header.
  std::atomic<std::chrono::milliseconds> skew{std::chrono::milliseconds(0)};
  core::SigningKeyCache signing_keys;

  /// The bucket of a service.
  std::shared_ptr<core::RetryBucket> bucket(std::string_view service);
  /// Sockets as `config` has them (its authorities, proxies and limits on connections), made when first asked
  /// for. A copy of a Config with other proxies gets others: `copy.proxies = Proxies{}` reaches what no proxy
  /// does, the instance's own metadata, say.
  std::shared_ptr<Transport> sockets(const Config& config);
  /// The thread behind `Config::background`.
  io::BackgroundThread background;

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<core::RetryBucket>, std::less<>> buckets_;
  std::vector<std::pair<io::SocketTransportOptions, std::shared_ptr<Transport>>> sockets_;
};

/// Where work runs that outlives its caller.
boost::asio::any_io_executor background_of(const Config& config);

/// Everything of a client that does not change from call to call, worked out once.
struct ClientState {
  const Service* service;
  Config config;
  Endpoints endpoints;
  std::shared_ptr<core::RetryBucket> bucket;
  RetryPolicy retry;
  std::shared_ptr<Transport> transport;
  std::string user_agent;
};

}  // namespace gannet::runtime
