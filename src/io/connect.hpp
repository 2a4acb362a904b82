#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
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

/// Where a connection is to lead.
struct Destination {
  const Origin& origin;
  const ProxyRoute* route = nullptr;  ///< The proxy that is connected to instead.
  const TlsContext* tls = nullptr;    ///< Where TLS is spoken with any of them.
};

using Connected = std::expected<std::shared_ptr<Connection>, TransportError>;

/// Connects to the first of `endpoints` that is there and agrees on TLS with it; a proxy that speaks TLS is
/// agreed with on its own, and an https origin reached through it by a tunnel. An endpoint that does not
/// answer in its share of the time, or does not come to an agreement, is passed over. But one whose
/// certificate is refused ends it: a name that leads to strangers is not tried until one of them passes.
/// `all_by` is the connect limit's end; `limits` are the attempt's. Expects a caller that has switched
/// throwing on cancellation off.
Task<Connected> connect_to(Watchdog& watchdog, const std::vector<boost::asio::ip::tcp::endpoint>& endpoints,
                           const Destination& to, Place place, Clock::time_point all_by, WaitLimits limits);

/// By when an endpoint has to have answered: those behind it have half of what is left of the time.
Clock::time_point share_of(Clock::time_point now, Clock::time_point all_by, bool last) noexcept;

/// Looks the host up, that of `route`'s proxy if there is one, and connects to its addresses as above, all of
/// it within the connect limit. Expects a caller that has switched throwing on cancellation off.
Task<Connected> open_connection(Watchdog& watchdog, const Origin& origin,
                                std::shared_ptr<const ProxyRoute> route,
                                std::shared_ptr<const TransportSettings> settings, Place place,
                                std::chrono::milliseconds connect_limit, WaitLimits limits);

}  // namespace gannet::io
