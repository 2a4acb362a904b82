#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/http_server.hpp>

#include "local/http/route.hpp"

namespace gannet::local {

/// What can be wrong with a request before a service looks at it. Each service has its own code and status
/// for it.
enum class Wrong : std::uint8_t {
  unsigned_request,       ///< No signature, and the operation needs one.
  two_signatures,         ///< One in the header and one in the query string.
  malformed_header,       ///< The Authorization header cannot be read.
  malformed_query,        ///< The X-Amz- parameters of the query string cannot be read.
  unsupported_version,    ///< Signature Version 2, which S3 takes in one region only.
  unknown_key,            ///< No such access key.
  unknown_token,          ///< A session token; the cloud's keys have none.
  scope,                  ///< The credential's region, service or date is another; in the header.
  scope_in_query,         ///< The same in the query string.
  header_not_signed,      ///< Host or an x-amz- header is outside the signature.
  skewed,                 ///< The date is too far from now.
  expired,                ///< A presigned request that is too late.
  not_yet_valid,          ///< A presigned request from the future.
  signature,              ///< Not the signature of this request.
  payload_hash_missing,   ///< S3 wants x-amz-content-sha256.
  payload_hash_unusable,  ///< Neither a hash nor one of the words that may stand for it.
  payload,                ///< The body's hash is not the one the request speaks of.
  too_large,              ///< The body is over the service's limit.
  unreadable,             ///< The body was cut off or cannot be read.
  unknown_operation,
  throttled,            ///< Too many requests.
  throughput_exceeded,  ///< The same of the items of a DynamoDB table.
  expired_token,
  internal,
};

struct Refusal {
  Wrong wrong = Wrong::internal;
  std::string message{};
  /// Further elements of S3's error document, in order.
  std::vector<std::pair<std::string, std::string>> facts{};
};

/// The bytes of `text` in hex with a space between them, as S3's errors show what was to be signed.
std::string spaced_hex(std::string_view text);

/// The answer as that service words it. `resource` is the request's path, for S3.
http::ServerResponse answer_of(const Refusal& refusal, ServiceKind service, std::string_view resource,
                               std::string_view request_id);

}  // namespace gannet::local
