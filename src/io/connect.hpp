#pragma once

#include <expected>
#include <memory>

#include <gannet/transport.hpp>

#include "io/connection_pool.hpp"

namespace gannet::io {

/// The error that a wait's end stands for. `where` is host and port; `doing` says what was waited for:
/// "waiting for the answer".
TransportError wait_error(Waited waited, const std::string& where, const char* doing, Delivery delivery);
TransportError wait_error(Waited waited, const Origin& origin, const char* doing, Delivery delivery);

/// A connection that failed: its message names host, port and reason.
TransportError connection_error(const std::string& where, const char* code, const std::string& reason,
                                Delivery delivery);
TransportError connection_error(const Origin& origin, const char* code, const std::string& reason,
                                Delivery delivery);

/// Looks the host up, connects to its addresses in turn and agrees on TLS; with `route`, connects to the
/// proxy instead, agrees on TLS with that one if it speaks it, and for an https origin goes on through a
/// tunnel. `limits` are the attempt's; the connect limit comes on top, for all of it. Expects a caller that
/// has switched throwing on cancellation off.
Task<std::expected<std::shared_ptr<Connection>, TransportError>> open_connection(
    Watchdog& watchdog, const Origin& origin, std::shared_ptr<const ProxyRoute> route,
    std::shared_ptr<const TransportSettings> settings, Place place, std::chrono::milliseconds connect_limit,
    WaitLimits limits);

}  // namespace gannet::io
