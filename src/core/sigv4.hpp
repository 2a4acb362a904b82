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

#include <gannet/credentials.hpp>
#include <gannet/http.hpp>
#include <gannet/timestamp.hpp>

/// AWS Signature Version 4 (the IAM user guide, "Create a signed AWS API request"): one canonicalization for signing,
/// presigning and verifying.
namespace gannet::core {

struct SigningScope {
  std::string_view region;
  std::string_view service;
};

inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

/// How a request's path becomes canonical: S3 takes it as sent, everything else normalizes and encodes it once more.
enum class PathRule : std::uint8_t { as_sent, encode_again, normalize_and_encode_again };

struct SigningOptions {
  PathRule path = PathRule::normalize_and_encode_again;
  bool content_sha256_header = false;  ///< Adds `x-amz-content-sha256`: S3 wants it.
  /// The session token is added after signing, not signed.
  bool session_token_unsigned = false;
};

/// The key of one day, region and service, ready to sign with (RFC 2104's two inner states are kept). Wiped at its end.
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

/// The last keys made, by secret, day and scope. Thread-safe; a hit takes no lock that a writer could hold for long.
class SigningKeyCache {
 public:
  SigningKeyCache();
  ~SigningKeyCache();
  std::shared_ptr<const SigningKey> get(const Credentials& who, std::string_view date, SigningScope where);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Adds Host (if absent), X-Amz-Date, X-Amz-Security-Token and Authorization to `request`. All headers present are
/// signed, except those that proxies may change (as the SDKs: connection, expect, transfer-encoding, user-agent,
/// x-amzn-trace-id). `payload_hash` is SHA-256 in hex of the body, or `unsigned_payload`, or a STREAMING- constant.
void sign(HttpRequest& request, std::string_view payload_hash, const Credentials& who, SigningScope where, Timestamp now,
          SigningKeyCache& keys, SigningOptions options = {});

/// The whole URL that carries the signature in its query, good from `now` for `expires`, to be asked for with the method
/// and the headers of `request`, all of which are signed. `payload_hash` is `unsigned_payload` for S3.
std::string presign(const HttpRequest& request, std::string_view payload_hash, const Credentials& who, SigningScope where,
                    Timestamp now, std::chrono::seconds expires, SigningKeyCache& keys, SigningOptions options = {});

/// What the parts of a signature computation are, for tests and for the messages of a verifier.
std::string canonical_request(const HttpRequest& request, std::span<const std::string_view> signed_headers,
                              std::string_view payload_hash, PathRule path);

/// What a request says of its own signature, from the Authorization header or the query string.
struct ClaimedSignature {
  bool presigned = false;
  std::string access_key_id;
  std::string date;     ///< 20260131
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  ///< Lower case, in the order given.
  std::string signature;                    ///< 64 lower-case hex digits.
  Timestamp time;                           ///< X-Amz-Date
  std::chrono::seconds expires{0};          ///< Of a presigned request.
  std::string session_token;
};

/// Reads the claim. Nothing at all: an unsigned request (nullopt). Errors are of kind `unauthenticated`; the code is
/// "IncompleteSignature" for a header and "AuthorizationQueryParametersError" for a query, the message says what is wrong.
Result<std::optional<ClaimedSignature>> parse_signature(const HttpRequest& request);

/// Whether `claim` is the signature of `request` under `secret`, compared in constant time. Time is not looked at.
bool verify_signature(const HttpRequest& request, const ClaimedSignature& claim, std::string_view payload_hash,
                      const Secret& secret, PathRule path);

}  // namespace gannet::core
