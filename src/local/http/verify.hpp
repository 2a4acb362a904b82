#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/sigv4.hpp"
#include "local/http/refusal.hpp"
#include "local/http/route.hpp"
#include "local/service.hpp"

/// The checks of a signed request, in the order in which the services make them. Pure functions.
namespace gannet::local {

/// How far a request's date may be from now, either way: a quarter of an hour for S3, five minutes for the
/// others.
std::chrono::minutes maximum_skew(ServiceKind service) noexcept;

/// All but the signature itself: key, scope, dates, which headers are signed. `secret` is nullptr for an
/// unknown key.
std::optional<Refusal> check_claim(const HttpRequest& request, const core::ClaimedSignature& claim,
                                   ServiceKind service, const CloudFacts& facts, const Secret* secret);

/// The payload hash that an S3 request was signed with: the header's, or what stands for it in a presigned
/// request.
std::expected<std::string, Refusal> s3_payload_hash(const HttpRequest& request,
                                                    const core::ClaimedSignature& claim);

/// The payload hash that any other request was signed with, once its body has been read: a header that speaks
/// of it must agree with the body.
std::expected<std::string, Refusal> payload_hash_of(const HttpRequest& request, std::string_view body);

/// `key` is of the claim's day and scope.
std::optional<Refusal> check_signature(const HttpRequest& request, const core::ClaimedSignature& claim,
                                       ServiceKind service, std::string_view payload_hash,
                                       const core::SigningKey& key);

}  // namespace gannet::local
