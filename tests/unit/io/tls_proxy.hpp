#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

#include "unit/io/tls_peer.hpp"

namespace gannet::io::testing {

/// A proxy that is spoken to in TLS, for one connection after the other, on a thread: it tunnels to the port
/// of this machine that CONNECT names, and answers any other request itself, with "proxied".
class TlsProxy {
 public:
  explicit TlsProxy(const Certificate& certificate);
  TlsProxy(const TlsProxy&) = delete;
  TlsProxy& operator=(const TlsProxy&) = delete;
  ~TlsProxy();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  void serve(const Certificate& certificate);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  int active_ = -1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gannet::io::testing
