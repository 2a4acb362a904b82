#pragma once

#include <filesystem>
#include <memory>

#include <gannet/http.hpp>
#include <gannet/result.hpp>

#include "io/byte_stream.hpp"

namespace gannet::io {

/// Whom to trust, and the sessions agreed on with whom was trusted, which later connections to the same host
/// and port resume. Verification of chain and host name is always on. Thread-safe.
class TlsContext {
 public:
  /// Trusts the authorities of a PEM file or folder; with an empty path the system's.
  static Result<std::shared_ptr<const TlsContext>> create(const std::filesystem::path& authorities);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  /// A client's stream over a connected socket, which must outlive it; the peer must prove to be the origin's
  /// host, a name or an IP address. With `below` the bytes go through that stream, which is over the socket:
  /// TLS within a TLS connection to a proxy.
  [[nodiscard]] Result<std::unique_ptr<ByteStream>> stream(int socket, const Origin& peer,
                                                           std::unique_ptr<ByteStream> below = nullptr) const;

 private:
  struct State;
  explicit TlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gannet::io
