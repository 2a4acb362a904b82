#pragma once

#include <string>

#include <gannet/secret.hpp>

namespace gannet {

/// A proxy and who we are to it. The URL holds no password and may be printed.
struct Proxy {
  std::string url{};       ///< `http://host:port`, or `https://` to speak TLS with the proxy; "": none.
  std::string username{};  ///< For HTTP basic authentication; "": the proxy asks for none.
  Secret password{};

  friend bool operator==(const Proxy&, const Proxy&) = default;
};

/// Which proxy serves which endpoints. Empty it says: no proxy at all.
struct Proxies {
  Proxy https{};  ///< For https endpoints, through a CONNECT tunnel: TLS goes from end to end.
  Proxy http{};   ///< For http endpoints; it sees, and may change, what is sent.
  /// Hosts that are reached directly, separated by commas or spaces, in any case: `example.com` and
  /// `.example.com` stand for the name and all below it, `*.example.com` for all below it, `10.1.2.3` or
  /// `[fd00::1]` for an address, `10.0.0.0/8` for addresses (never for names that resolve to such), each with
  /// `:8080` behind it for one port alone; `*` for all. Anything else matches nothing.
  std::string no_proxy{};

  friend bool operator==(const Proxies&, const Proxies&) = default;
};

}  // namespace gannet
