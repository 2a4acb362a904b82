#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

typedef struct ssl_session_st SSL_SESSION;

namespace gannet::io {

struct TlsSessionDeleter {
  void operator()(SSL_SESSION* session) const noexcept;
};
using TlsSession = std::unique_ptr<SSL_SESSION, TlsSessionDeleter>;

/// TLS sessions to be resumed, by peer. A session stands for a certificate that was verified, so a cache
/// belongs to one set of authorities and never serves another. Thread-safe.
///
/// Those of TLS 1.3 are given out once: who sees a ticket twice could tell that the two connections are of
/// one client. One of TLS 1.2 serves until it is forgotten or too old. The sessions given out are copies:
/// OpenSSL marks a session whose connection broke, and connections are on many threads.
class TlsSessions {
 public:
  static constexpr std::size_t most_peers = 64;
  static constexpr std::size_t most_of_a_peer = 8;
  /// Nor is an older one used, whatever its server says: its certificate is looked at again.
  static constexpr std::chrono::seconds longest_life{2 * 3600};

  /// Keeps a copy for the next connection to `peer`; the least used of the peers, and its oldest session,
  /// make room.
  void keep(std::string_view peer, SSL_SESSION* session);
  /// The newest that may still be used, or nothing.
  [[nodiscard]] TlsSession take(std::string_view peer);
  /// `peer` did not go on with one of them.
  void forget(std::string_view peer);

 private:
  struct Peer {
    std::string name;
    std::list<TlsSession> sessions;  // The newest first.
  };
  std::list<Peer>::iterator find(std::string_view name);

  std::mutex mutex_;
  std::list<Peer> peers_;  // Those used last first.
};

}  // namespace gannet::io
