#pragma once

#include <memory>
#include <string>

#include <gannet/http.hpp>
#include <gannet/proxies.hpp>
#include <gannet/result.hpp>

namespace gannet::io {

/// The way through a proxy.
struct ProxyRoute {
  Origin proxy{};          ///< With `tls` the proxy itself is spoken to in TLS.
  Secret authorization{};  ///< The value of Proxy-Authorization; empty: it asks for none.
};

/// How an origin is reached: through a proxy, directly (nullptr), or not at all, the proxy being unusable.
using Reached = Result<std::shared_ptr<const ProxyRoute>>;

Reached route_through(const Proxy& proxy);

/// What a proxy's answer `status`, which is no success, to a request for `origin` means: the error names the
/// proxy and what to do, never the password.
Error proxy_refusal(const ProxyRoute& route, const Origin& origin, int status);

}  // namespace gannet::io
