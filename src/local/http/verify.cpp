#include "local/http/verify.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "core/ascii.hpp"
#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "core/timestamps.hpp"

namespace gannet::local {
namespace {

using core::iso8601_basic;

Refusal wrong(Wrong what, std::string message) {
  return {.wrong = what, .message = std::move(message)};
}

std::optional<Refusal> check_scope(const core::ClaimedSignature& claim, ServiceKind service,
                                   const CloudFacts& facts) {
  const auto kind = claim.presigned ? Wrong::scope_in_query : Wrong::scope;
  const bool s3 = service == ServiceKind::s3;
  const std::string begin = claim.presigned ? "Error parsing the X-Amz-Credential parameter; "
                                            : "The authorization header is malformed; ";
  if (claim.service != signing_name(service)) {
    return wrong(
        kind, s3 ? begin + "incorrect service \"" + claim.service + "\". This endpoint belongs to \"s3\"."
                 : "Credential should be scoped to correct service: '" + std::string(signing_name(service)) +
                       "'. ");
  }
  // STS answered for all regions from one of them for years, and clients still sign for that one.
  const bool global = service == ServiceKind::sts && claim.region == "us-east-1";
  if (claim.region != facts.region && !global) {
    if (!s3)
      return wrong(kind, "Credential should be scoped to a valid region, not '" + claim.region + "'. ");
    auto refusal =
        wrong(kind, begin + "the region '" + claim.region + "' is wrong; expecting '" + facts.region + "'");
    refusal.facts.emplace_back("Region", facts.region);
    return refusal;
  }
  return std::nullopt;
}

std::string expired_text(const core::ClaimedSignature& claim, Timestamp now, std::chrono::seconds window,
                         std::string_view unit) {
  const auto count = unit == "min" ? window.count() / 60 : window.count();
  return "Signature expired: " + iso8601_basic(claim.time) + " is now earlier than " +
         iso8601_basic(now - window) + " (" + iso8601_basic(now) + " - " + std::to_string(count) + " " +
         std::string(unit) + ".)";
}

std::string not_current_text(const core::ClaimedSignature& claim, Timestamp now, std::chrono::minutes skew) {
  return "Signature not yet current: " + iso8601_basic(claim.time) + " is still later than " +
         iso8601_basic(now + skew) + " (" + iso8601_basic(now) + " + " + std::to_string(skew.count()) +
         " min.)";
}

std::optional<Refusal> check_presigned_time(const core::ClaimedSignature& claim, ServiceKind service,
                                            Timestamp now) {
  const bool s3 = service == ServiceKind::s3;
  const auto skew = maximum_skew(service);
  if (now + skew < claim.time) {
    auto refusal =
        wrong(Wrong::not_yet_valid, s3 ? "Request is not yet valid" : not_current_text(claim, now, skew));
    refusal.facts = {{"X-Amz-Date", iso8601_basic(claim.time)}, {"ServerTime", core::iso8601(now)}};
    return refusal;
  }
  if (claim.time + claim.expires < now) {
    auto refusal =
        wrong(Wrong::expired, s3 ? "Request has expired" : expired_text(claim, now, claim.expires, "sec"));
    refusal.facts = {{"X-Amz-Expires", std::to_string(claim.expires.count())},
                     {"Expires", core::iso8601(claim.time + claim.expires)},
                     {"ServerTime", core::iso8601(now)}};
    return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> check_time(const core::ClaimedSignature& claim, ServiceKind service, Timestamp now) {
  if (claim.presigned) return check_presigned_time(claim, service, now);
  const auto skew = maximum_skew(service);
  const bool early = claim.time < now - skew;
  const bool late = claim.time > now + skew;
  if (!early && !late) return std::nullopt;
  if (service != ServiceKind::s3) {
    return wrong(Wrong::skewed,
                 early ? expired_text(claim, now, skew, "min") : not_current_text(claim, now, skew));
  }
  auto refusal =
      wrong(Wrong::skewed, "The difference between the request time and the current time is too large.");
  refusal.facts = {{"RequestTime", iso8601_basic(claim.time)},
                   {"ServerTime", core::iso8601(now)},
                   {"MaxAllowedSkewMilliseconds", std::to_string(std::chrono::milliseconds(skew).count())}};
  return refusal;
}

std::optional<Refusal> check_signed_headers(const HttpRequest& request, const core::ClaimedSignature& claim,
                                            ServiceKind service) {
  std::string missing;
  for (const auto& name : core::unsigned_amz_headers(request, claim)) {
    if (!missing.empty()) missing += ", ";
    missing += name;
  }
  if (missing.empty()) return std::nullopt;
  if (service != ServiceKind::s3) {
    return wrong(Wrong::header_not_signed,
                 "'" + missing + "' must be a 'SignedHeader' in the AWS Authorization.");
  }
  auto refusal =
      wrong(Wrong::header_not_signed, "There were headers present in the request which were not signed");
  refusal.facts.emplace_back("HeadersNotSigned", missing);
  return refusal;
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char digit) {
           return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') ||
                  (digit >= 'A' && digit <= 'F');
         });
}

std::optional<std::string> query_parameter(const HttpRequest& request, std::string_view name) {
  const auto pairs = core::parse_query(request.query);
  if (!pairs) return std::nullopt;
  const auto at = std::ranges::find(*pairs, name, &std::pair<std::string, std::string>::first);
  if (at == pairs->end()) return std::nullopt;
  return at->second;
}

core::PathRule path_rule(ServiceKind service) {
  return service == ServiceKind::s3 ? core::PathRule::as_sent : core::PathRule::normalize_and_encode_again;
}

}  // namespace

std::chrono::minutes maximum_skew(ServiceKind service) noexcept {
  return std::chrono::minutes(service == ServiceKind::s3 ? 15 : 5);
}

std::optional<Refusal> check_claim(const HttpRequest& request, const core::ClaimedSignature& claim,
                                   ServiceKind service, const CloudFacts& facts, const Secret* secret) {
  const bool s3 = service == ServiceKind::s3;
  if (secret == nullptr) {
    auto refusal =
        wrong(Wrong::unknown_key, s3 ? "The AWS Access Key Id you provided does not exist in our records."
                                     : "The security token included in the request is invalid.");
    refusal.facts.emplace_back("AWSAccessKeyId", claim.access_key_id);
    return refusal;
  }
  if (!claim.session_token.empty()) {
    return wrong(Wrong::unknown_token, s3 ? "The provided token is malformed or otherwise invalid."
                                          : "The security token included in the request is invalid.");
  }
  if (auto refusal = check_scope(claim, service, facts)) return refusal;
  if (auto refusal = check_time(claim, service, facts.now())) return refusal;
  return check_signed_headers(request, claim, service);
}

std::expected<std::string, Refusal> s3_payload_hash(const HttpRequest& request,
                                                    const core::ClaimedSignature& claim) {
  std::optional<std::string> stated;
  if (const auto* header = request.headers.find("x-amz-content-sha256")) {
    stated = *header;
  } else if (claim.presigned) {
    stated = query_parameter(request, "X-Amz-Content-Sha256").value_or(std::string(core::unsigned_payload));
  } else {
    return std::unexpected(
        wrong(Wrong::payload_hash_missing, "Missing required header for this request: x-amz-content-sha256"));
  }
  static constexpr std::array<std::string_view, 4> words = {
      core::unsigned_payload, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"};
  if (!is_sha256_hex(*stated) && std::ranges::find(words, *stated) == words.end()) {
    auto refusal =
        wrong(Wrong::payload_hash_unusable,
              "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
              "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-UNSIGNED-PAYLOAD-TRAILER or a valid "
              "sha256 value.");
    refusal.facts = {{"ArgumentName", "x-amz-content-sha256"}, {"ArgumentValue", *stated}};
    return std::unexpected(std::move(refusal));
  }
  return *std::move(stated);
}

std::expected<std::string, Refusal> payload_hash_of(const HttpRequest& request, std::string_view body) {
  const auto* stated = request.headers.find("x-amz-content-sha256");
  if (stated != nullptr && *stated == core::unsigned_payload) return *stated;
  auto hash = core::sha256_hex(body);
  if (stated != nullptr && core::lower(*stated) != hash) {
    return std::unexpected(
        wrong(Wrong::payload,
              "The provided x-amz-content-sha256 header is not the SHA-256 of the body that came."));
  }
  return hash;
}

std::optional<Refusal> check_signature(const HttpRequest& request, const core::ClaimedSignature& claim,
                                       ServiceKind service, std::string_view payload_hash,
                                       const core::SigningKey& key) {
  if (core::verify_signature(request, claim, payload_hash, key, path_rule(service))) return std::nullopt;
  if (service != ServiceKind::s3) {
    return wrong(Wrong::signature,
                 "The request signature we calculated does not match the signature you provided. Check your "
                 "AWS Secret "
                 "Access Key and signing method. Consult the service documentation for details.");
  }
  HttpRequest asked = request;
  asked.query = core::without_signature(request.query);
  const std::vector<std::string_view> names(claim.signed_headers.begin(), claim.signed_headers.end());
  const std::string canonical = core::canonical_request(asked, names, payload_hash, path_rule(service));
  const std::string to_sign = core::string_to_sign(canonical, claim.time, {claim.region, claim.service});
  auto refusal =
      wrong(Wrong::signature,
            "The request signature we calculated does not match the signature you provided. Check your key "
            "and signing method.");
  refusal.facts = {{"AWSAccessKeyId", claim.access_key_id}, {"StringToSign", to_sign},
                   {"SignatureProvided", claim.signature},  {"StringToSignBytes", spaced_hex(to_sign)},
                   {"CanonicalRequest", canonical},         {"CanonicalRequestBytes", spaced_hex(canonical)}};
  return refusal;
}

}  // namespace gannet::local
