#pragma once

#include <expected>
#include <memory>

#include <gannet/transport.hpp>

#include "io/connection_pool.hpp"

namespace gannet::io {

/// The error that a wait's end stands for. `doing` says what was waited for: "waiting for the answer".
TransportError wait_error(Waited waited, const Origin& origin, const char* doing, Delivery delivery);

/// A connection that failed: its message names host, port and reason.
TransportError connection_error(const Origin& origin, const char* code, const std::string& reason,
                                Delivery delivery);

/// "host:port", an IPv6 address in brackets.
std::string host_and_port(const Origin& origin);

/// Looks the host up, connects to its addresses in turn and agrees on TLS. `limits` are the attempt's; the
/// connect limit comes on top. Expects a caller that has switched throwing on cancellation off.
Task<std::expected<std::shared_ptr<Connection>, TransportError>> open_connection(
    Watchdog& watchdog, const Origin& origin, std::shared_ptr<const TransportSettings> settings, Place place,
    std::chrono::milliseconds connect_limit, WaitLimits limits);

}  // namespace gannet::io
