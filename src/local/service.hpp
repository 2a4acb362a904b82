#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <gannet/http.hpp>
#include <gannet/log.hpp>
#include <gannet/timestamp.hpp>

#include "core/sigv4.hpp"

/// What the front of the local cloud and the services behind it say to each other.
namespace gannet::local {

/// Facts that all services of one cloud share.
struct CloudFacts {
  std::string account_id{};
  std::string region{};
  std::function<Timestamp()> now{};
  LogSink log{};
};

/// Who asks, once the signature has been verified. Views live as long as the request.
struct Caller {
  std::string_view access_key_id{};               ///< "" for an unsigned request.
  const core::ClaimedSignature* claim = nullptr;  ///< nullptr for an unsigned request.
  const Secret* secret_access_key = nullptr;      ///< To verify signed chunks with.
  std::string_view request_id{};                  ///< What the answer's headers will call this request.
};

/// An answer of a service whose bodies are small: JSON and query protocols.
struct Reply {
  int status = 200;
  std::string body{};
  std::string content_type{};
  Headers headers{};  ///< Beyond Content-Type and the request id.
};

}  // namespace gannet::local
