#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gannet/result.hpp>

#include "io/byte_stream.hpp"

namespace gannet::io {

/// Whom to trust. Verification of chain and host name is always on. Immutable and thread-safe once made.
class TlsContext {
 public:
  /// Trusts the authorities of a PEM file or folder; with an empty path the system's.
  static Result<std::shared_ptr<const TlsContext>> create(const std::filesystem::path& authorities);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  /// A client's stream over a connected socket, which must outlive it; the peer must prove to be `host`, a
  /// name or an IP address.
  [[nodiscard]] Result<std::unique_ptr<ByteStream>> stream(int socket, const std::string& host) const;

 private:
  struct State;
  explicit TlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gannet::io
