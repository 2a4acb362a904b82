#pragma once

#include <string>

#include <gannet/http.hpp>
#include <gannet/secret.hpp>
#include <gannet/timestamp.hpp>

namespace gannet {

/// A signed request that somebody else may send until it expires. Whoever has the URL can use it.
struct PresignedRequest {
  std::string method{};
  Secret url{};
  Headers headers{};  ///< To be sent as they are: they are signed.
  Timestamp expires{};
};

}  // namespace gannet
