#include "io/proxy_route.hpp"

#include <utility>

#include "core/proxy_rules.hpp"
#include "io/http_message.hpp"

namespace gannet::io {

Reached route_through(const Proxy& proxy) {
  if (proxy.url.empty()) return nullptr;
  auto origin = core::proxy_origin(proxy.url);
  if (!origin) return std::unexpected(std::move(origin.error()));
  auto authorization = core::proxy_authorization(proxy);
  if (!authorization) return std::unexpected(std::move(authorization.error()));
  return std::make_shared<const ProxyRoute>(ProxyRoute{std::move(*origin), std::move(*authorization)});
}

Error proxy_refusal(const ProxyRoute& route, const Origin& origin, int status) {
  Error error{.kind = ErrorKind::network, .code = "ProxyRefused"};
  error.message = "the proxy " + host_and_port(route.proxy) + " did not connect to " + host_and_port(origin) +
                  ": it answered HTTP " + std::to_string(status);
  // tinyproxy says 401 to a wrong password.
  if (status == 407 || status == 401) {
    error.kind = ErrorKind::configuration;
    error.code = "ProxyAuthenticationRequired";
    error.message += route.authorization.empty()
                         ? ", it wants a user name and a password: put them into the proxy's URL"
                         : ", it does not accept the user name and password of the proxy's URL";
  } else if (status >= 400 && status < 500 && status != 408 && status != 429) {
    // Asking again would not help.
    error.kind = ErrorKind::configuration;
    error.message += ": allow the host there, or name it in NO_PROXY";
  }
  return error;
}

}  // namespace gannet::io
