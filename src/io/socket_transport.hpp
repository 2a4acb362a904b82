#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>

#include <gannet/proxies.hpp>
#include <gannet/transport.hpp>

namespace gannet::io {

struct SocketTransportOptions {
  std::filesystem::path ca_bundle{};  ///< PEM file or folder; empty: the system's authorities.
  Proxies proxies{};                  ///< One that cannot be used is told by the requests it should serve.
  std::size_t max_connections_per_origin =
      128;  ///< In each execution context; further requests wait in order.
  std::chrono::milliseconds max_age{
      300'000};  ///< Older connections are not used again: DNS changes are followed.
  std::chrono::milliseconds max_idle{50'000};  ///< Connections idle for longer are not used again.
  /// How long a request with `Expect: 100-continue` waits to be asked for its body before it sends it all the
  /// same.
  std::chrono::milliseconds continue_wait{1'000};

  friend bool operator==(const SocketTransportOptions&, const SocketTransportOptions&) = default;
};

/// HTTP/1.1 over TCP and TLS. Connections are kept for the next request, apart for each execution context,
/// and are closed with it. Nothing is opened or loaded before the first request.
std::shared_ptr<Transport> socket_transport(SocketTransportOptions options = {});

}  // namespace gannet::io
