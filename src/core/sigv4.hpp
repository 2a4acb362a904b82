#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/credentials.hpp>
#include <gannet/http.hpp>
#include <gannet/result.hpp>
#include <gannet/secret.hpp>
#include <gannet/timestamp.hpp>

/// AWS Signature Version 4 (the IAM user guide, "Create a signed AWS API request"): one canonicalization for
/// signing, presigning and verifying.
namespace gannet::core {

struct SigningScope {
  std::string_view region;
  std::string_view service;
};

inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

/// How a request's path becomes canonical: S3 takes it as sent, everything else normalizes and encodes it
/// once more.
enum class PathRule : std::uint8_t { as_sent, encode_again, normalize_and_encode_again };

struct SigningOptions {
  PathRule path = PathRule::normalize_and_encode_again;
  bool content_sha256_header = false;  ///< Adds `x-amz-content-sha256`: S3 wants it.
  /// The session token is added after signing, not signed.
  bool session_token_unsigned = false;
};

/// The key of one day, region and service, ready to sign with (RFC 2104's two inner states are kept). Wiped
/// at its end.
class SigningKey {
 public:
  SigningKey(const Secret& secret_access_key, std::string_view date, SigningScope scope);
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  /// HMAC-SHA256 of `text`, in lower-case hex.
  [[nodiscard]] std::array<char, 64> sign(std::string_view text) const noexcept;
  [[nodiscard]] std::array<std::byte, 32> sign_bytes(std::string_view text) const noexcept;

 private:
  struct States;
  std::unique_ptr<States> states_;
};

/// The last keys made, by secret, day and scope. Thread-safe; a hit takes no lock that a writer could hold
/// for long.
class SigningKeyCache {
 public:
  SigningKeyCache();
  ~SigningKeyCache();
  std::shared_ptr<const SigningKey> get(const Secret& secret_access_key, std::string_view date,
                                        SigningScope where);
  std::shared_ptr<const SigningKey> get(const Credentials& who, std::string_view date, SigningScope where) {
    return get(who.secret_access_key, date, where);
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Adds Host (if absent), X-Amz-Date, X-Amz-Security-Token and Authorization to `request`; what an earlier
/// signing added is replaced. All headers present are signed, except those that belong to one hop or that
/// proxies may change (as the SDKs: connection, expect, keep-alive, proxy-authenticate, proxy-authorization,
/// te, trailer, transfer-encoding, upgrade, user-agent, x-amzn-trace-id). `payload_hash` is SHA-256 in hex of
/// the body, or `unsigned_payload`, or a STREAMING- constant. The query is signed by its meaning: pairs are
/// decoded, encoded anew and sorted; `+` stands for itself.
void sign(HttpRequest& request, std::string_view payload_hash, const Credentials& who, SigningScope where,
          Timestamp now, SigningKeyCache& keys, SigningOptions options = {});

/// The whole URL that carries the signature in its query, good from `now` for `expires` (1 second to 7 days,
/// which is the caller's to see to), to be asked for with the method and the headers of `request`, which are
/// signed as by `sign`. `payload_hash` is `unsigned_payload` for S3.
std::string presign(const HttpRequest& request, std::string_view payload_hash, const Credentials& who,
                    SigningScope where, Timestamp now, std::chrono::seconds expires, SigningKeyCache& keys,
                    SigningOptions options = {});

/// The canonical request, for tests and for the messages of a verifier. `signed_headers` are lower case, in
/// the order they are claimed; one that the request lacks counts as empty, Host as `request.origin`. The
/// whole query counts: take X-Amz-Signature out of a presigned one first (`without_signature`).
std::string canonical_request(const HttpRequest& request, std::span<const std::string_view> signed_headers,
                              std::string_view payload_hash, PathRule path);

/// What is signed in the end.
std::string string_to_sign(std::string_view canonical_request, Timestamp time, SigningScope where);

/// A query without its X-Amz-Signature.
std::string without_signature(std::string_view query);

/// What a request says of its own signature, from the Authorization header or the query string.
struct ClaimedSignature {
  bool presigned = false;
  std::string access_key_id;
  std::string date;  ///< 20260131
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  ///< Lower case, in the order given.
  std::string signature;                    ///< As given, not yet known to be one.
  Timestamp time;                           ///< X-Amz-Date, or Date where a header claim has no other.
  std::chrono::seconds expires{0};          ///< Of a presigned request.
  std::string session_token;
};

/// Reads the claim. Nothing at all: an unsigned request (nullopt). Errors are of kind `unauthenticated`; the
/// code is "IncompleteSignature" for a header and "AuthorizationQueryParametersError" for a query, the
/// message says what is wrong. A claim that is returned has Host among its signed headers, a scope of the day
/// of its time, and 1 second to 7 days to live if it is presigned.
Result<std::optional<ClaimedSignature>> parse_signature(const HttpRequest& request);

/// Whether `claim` is the signature of `request` under `key`, which must be of the claim's day and scope;
/// compared in constant time. False too if a header that is claimed to be signed is not there, or if the
/// query is malformed. Time is not looked at.
bool verify_signature(const HttpRequest& request, const ClaimedSignature& claim,
                      std::string_view payload_hash, const SigningKey& key, PathRule path);
bool verify_signature(const HttpRequest& request, const ClaimedSignature& claim,
                      std::string_view payload_hash, const Secret& secret, PathRule path);

/// The names, in lower case, of the x-amz-* headers that `request` has but `claim` does not cover. S3 refuses
/// a request that has any ("There were headers present in the request which were not signed").
std::vector<std::string> unsigned_amz_headers(const HttpRequest& request, const ClaimedSignature& claim);

}  // namespace gannet::core
