#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include <gannet/http.hpp>
#include <gannet/secret.hpp>

#include "core/sigv4.hpp"
#include "local/http/refusal.hpp"
#include "local/service.hpp"

/// Presigned URLs of S3's Signature Version 2 (`?AWSAccessKeyId=...&Expires=...&Signature=...`). The AWS SDK
/// for Python makes them by default where S3 still takes them, which is us-east-1. Signed are the method, the
/// resource, Content-MD5, Content-Type, the x-amz- headers and the expiry; not the host, nor other
/// parameters.
namespace gannet::local {

/// The claim as a presigned one of the cloud's region, to be verified by `check_signature_v2`; nothing where
/// the URL makes none. `time` is when it ends.
std::expected<std::optional<core::ClaimedSignature>, Refusal> parse_signature_v2(const HttpRequest& request,
                                                                                 const CloudFacts& facts);

/// `secret` is nullptr for an unknown key.
std::optional<Refusal> check_signature_v2(const HttpRequest& request, const core::ClaimedSignature& claim,
                                          const CloudFacts& facts, const Secret* secret);

}  // namespace gannet::local
