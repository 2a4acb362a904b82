#pragma once

#include <expected>
#include <string>

#include <gannet/transport.hpp>

#include "io/connection_pool.hpp"

namespace gannet::io {

/// Has the proxy that `connection` is connected to (over TLS, where the proxy speaks it) connect on to
/// `origin`. Then bytes go between the two ends, and the connection's stream is as the proxy left it. Errors
/// are not sent and name the proxy; its waits are under the connection's limits. `where` is how messages call
/// the connection.
Task<std::expected<void, TransportError>> open_tunnel(Connection& connection, const Origin& origin,
                                                      const ProxyRoute& route, const std::string& where);

}  // namespace gannet::io
