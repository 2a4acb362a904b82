#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include <boost/container/small_vector.hpp>
#include <fmt/format.h>

#include "core/ascii.hpp"
#include "core/canonical_request.hpp"
#include "core/encoding.hpp"
#include "core/signature_words.hpp"
#include "core/sigv4.hpp"
#include "core/string_to_sign.hpp"
#include "core/timestamps.hpp"

namespace gannet::core {

// ---- what a request claims

namespace {

constexpr std::int64_t longest_life = 7 * 24 * 3600;

/// Refuses with the code of the form that the claim has.
class Refusal {
 public:
  explicit Refusal(bool presigned)
      : code_(presigned ? "AuthorizationQueryParametersError" : "IncompleteSignature") {}
  std::unexpected<Error> operator()(std::string message) const {
    return fail(ErrorKind::unauthenticated, code_, std::move(message));
  }

 private:
  const char* code_;
};

bool is_date(std::string_view text) noexcept {
  return text.size() == 8 && std::ranges::all_of(text, is_digit);
}

/// `KEY/20260131/us-east-1/s3/aws4_request`; the key id may hold slashes itself.
bool read_credential(std::string_view text, ClaimedSignature& claim) {
  std::array<std::string_view, 4> parts;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    const auto slash = text.rfind('/');
    if (slash == text.npos) return false;
    *part = text.substr(slash + 1);
    if (part->empty()) return false;
    text = text.substr(0, slash);
  }
  if (text.empty() || !is_date(parts[0]) || parts[3] != scope_end) return false;
  claim.access_key_id = text;
  claim.date = parts[0];
  claim.region = parts[1];
  claim.service = parts[2];
  return true;
}

bool is_lower_case_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z') && c != ':' && c != ',' && c != ';';
  });
}

bool read_signed_headers(std::string_view text, ClaimedSignature& claim) {
  for (std::size_t start = 0; start <= text.size();) {
    const auto name = text.substr(start, text.find(';', start) - start);
    start += name.size() + 1;
    if (!is_lower_case_name(name)) return false;
    claim.signed_headers.emplace_back(name);
  }
  auto sorted = claim.signed_headers;
  std::ranges::sort(sorted);
  return std::ranges::adjacent_find(sorted) == sorted.end();
}

/// What both forms have in common.
Result<std::optional<ClaimedSignature>> checked(ClaimedSignature claim, std::string_view credential,
                                                std::string_view signed_headers, std::string_view signature) {
  const Refusal refuse(claim.presigned);
  if (!read_credential(credential, claim)) {
    return refuse(
        "The Credential of the signature must be ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request; check "
        "how it is made");
  }
  if (!read_signed_headers(signed_headers, claim)) {
    return refuse("SignedHeaders must be different header names in lower case, separated by semicolons");
  }
  if (std::ranges::find(claim.signed_headers, "host") == claim.signed_headers.end()) {
    return refuse("SignedHeaders must include host; sign the Host header");
  }
  if (signature.empty()) return refuse("The Signature is empty; sign the request");
  claim.signature = signature;
  const auto digits = iso8601_basic_digits(claim.time);
  if (claim.date != std::string_view(digits.data(), 8)) {
    return refuse(
        fmt::format("The date in the credential's scope, {}, is not the day of the request's date, {}",
                    claim.date, std::string_view(digits.data(), digits.size())));
  }
  return std::optional(std::move(claim));
}

/// Nothing if it is there more than once.
std::optional<std::string_view> only_header(const Headers& headers, std::string_view name) {
  std::optional<std::string_view> value = "";
  bool found = false;
  for (const auto& header : headers) {
    if (!iequals(header.name, name)) continue;
    if (found) return std::nullopt;
    value = header.value;
    found = true;
  }
  return value;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

Result<std::optional<ClaimedSignature>> parse_header_claim(const HttpRequest& request) {
  const Refusal refuse(false);
  const auto authorization = only_header(request.headers, "Authorization");
  const auto amz_date = only_header(request.headers, date_parameter);
  const auto token = only_header(request.headers, token_parameter);
  if (!authorization || !amz_date || !token) {
    return refuse("Authorization, X-Amz-Date and X-Amz-Security-Token may each be given once only");
  }
  auto text = trimmed(*authorization);
  if (!text.starts_with(signature_algorithm) || text.size() == signature_algorithm.size() ||
      text[signature_algorithm.size()] != ' ') {
    return refuse(fmt::format("The Authorization header must begin with {}; other schemes are not supported",
                              signature_algorithm));
  }
  text.remove_prefix(signature_algorithm.size() + 1);

  std::optional<std::string_view> credential;
  std::optional<std::string_view> signed_headers;
  std::optional<std::string_view> signature;
  for (std::size_t start = 0; start <= text.size();) {
    const auto whole = text.substr(start, text.find(',', start) - start);
    start += whole.size() + 1;
    const auto piece = trimmed(whole);
    const auto equals = piece.find('=');
    if (equals == piece.npos)
      return refuse("The Authorization header must be a list of NAME=VALUE, separated by commas");
    const auto name = piece.substr(0, equals);
    auto* const which = name == "Credential"      ? &credential
                        : name == "SignedHeaders" ? &signed_headers
                        : name == "Signature"     ? &signature
                                                  : nullptr;
    if (which == nullptr || *which) {
      return refuse(
          "The Authorization header must have Credential, SignedHeaders and Signature, once each and no "
          "other");
    }
    *which = piece.substr(equals + 1);
  }
  if (!credential) return refuse("The Authorization header has no Credential");
  if (!signed_headers) return refuse("The Authorization header has no SignedHeaders");
  if (!signature) return refuse("The Authorization header has no Signature");

  ClaimedSignature claim;
  std::optional<Timestamp> time;
  if (!amz_date->empty()) {
    time = parse_iso8601_basic(trimmed(*amz_date));
    if (!time) return refuse("X-Amz-Date must be a UTC time as 20260131T235959Z");
  } else {
    const auto date = only_header(request.headers, "Date");
    if (!date || date->empty())
      return refuse("A signed request must have one X-Amz-Date header, or one Date header");
    time = parse_iso8601_basic(trimmed(*date));
    if (!time) time = parse_rfc822(trimmed(*date));
    if (!time) return refuse("Date must be a UTC time as 20260131T235959Z or Sat, 31 Jan 2026 23:59:59 GMT");
  }
  claim.time = *time;
  claim.session_token = trimmed(*token);
  return checked(std::move(claim), *credential, *signed_headers, *signature);
}

struct QueryClaim {
  std::optional<std::string> algorithm, credential, date, expires, signed_headers, token, signature;

  std::optional<std::string>* member(std::string_view name) {
    if (name == algorithm_parameter) return &algorithm;
    if (name == credential_parameter) return &credential;
    if (name == date_parameter) return &date;
    if (name == expires_parameter) return &expires;
    if (name == signed_headers_parameter) return &signed_headers;
    if (name == token_parameter) return &token;
    if (name == signature_parameter) return &signature;
    return nullptr;
  }
};

Result<std::optional<ClaimedSignature>> parse_query_claim(const HttpRequest& request) {
  const Refusal refuse(true);
  const auto pairs = parse_query(request.query);
  if (!pairs) return refuse("The query has a % that is not followed by two hexadecimal digits");
  QueryClaim parts;
  for (const auto& [name, value] : *pairs) {
    auto* const member = parts.member(name);
    if (member == nullptr) continue;
    if (*member) return refuse(fmt::format("The query parameter {} may be given once only", name));
    *member = value;
  }
  if (!parts.algorithm || *parts.algorithm != signature_algorithm) {
    return refuse(fmt::format("X-Amz-Algorithm must be {}", signature_algorithm));
  }
  if (!parts.credential || !parts.date || !parts.expires || !parts.signed_headers || !parts.signature) {
    return refuse(
        "A presigned request needs X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, X-Amz-Expires, "
        "X-Amz-SignedHeaders and "
        "X-Amz-Signature in its query");
  }

  ClaimedSignature claim;
  claim.presigned = true;
  const auto time = parse_iso8601_basic(*parts.date);
  if (!time) return refuse("X-Amz-Date must be a UTC time as 20260131T235959Z");
  claim.time = *time;
  std::int64_t expires = 0;
  const auto* const end = parts.expires->data() + parts.expires->size();
  const auto [stop, error] = std::from_chars(parts.expires->data(), end, expires);
  if (error != std::errc() || stop != end || expires < 1 || expires > longest_life) {
    return refuse(
        fmt::format("X-Amz-Expires must be a number of seconds from 1 to {}, a week", longest_life));
  }
  claim.expires = std::chrono::seconds(expires);
  if (parts.token) claim.session_token = *parts.token;
  return checked(std::move(claim), *parts.credential, *parts.signed_headers, *parts.signature);
}

/// Whether a query is meant to be signed, were it ever so badly.
bool has_query_claim(std::string_view query) {
  if (query.find('-') == query.npos && query.find('%') == query.npos) return false;
  for (std::size_t start = 0; start < query.size();) {
    const auto piece = query.substr(start, query.find('&', start) - start);
    start += piece.size() + 1;
    const auto name = uri_decode(piece.substr(0, piece.find('=')));
    if (name == algorithm_parameter || name == signature_parameter || name == credential_parameter)
      return true;
  }
  return false;
}

}  // namespace

Result<std::optional<ClaimedSignature>> parse_signature(const HttpRequest& request) {
  const bool in_header = request.headers.contains("Authorization");
  const bool in_query = has_query_claim(request.query);
  if (in_header && in_query) {
    return Refusal(true)(
        "A request is signed by its Authorization header or by its query, not by both; leave one out");
  }
  if (in_header) return parse_header_claim(request);
  if (in_query) return parse_query_claim(request);
  return std::optional<ClaimedSignature>();
}

// ---- whether it is true

namespace {

/// Every byte encoded as S3 encodes keys: for clients that sign that form of a path and send another.
std::optional<std::string> encoded_anew(std::string_view path) {
  const auto decoded = uri_decode(path);
  if (!decoded) return std::nullopt;
  return uri_encode(*decoded, true);
}

}  // namespace

bool verify_signature(const HttpRequest& request, const ClaimedSignature& claim,
                      std::string_view payload_hash, const SigningKey& key, PathRule path) {
  if (!is_well_formed_query(request.query)) return false;
  const auto host = request.origin.host.empty() ? std::string() : request.origin.authority();
  const boost::container::small_vector<std::string_view, 24> names(claim.signed_headers.begin(),
                                                                   claim.signed_headers.end());
  SignedFields fields;
  if (!take_claimed_headers(fields, request, host, {names.data(), names.size()})) return false;
  fields.name_them();

  const auto digits = iso8601_basic_digits(claim.time);
  const std::string_view date_time(digits.data(), digits.size());
  const auto matches = [&](std::string_view sent_path) {
    CanonicalQuery query;
    query.take(request.query, claim.presigned);
    CanonicalText canonical;
    write_canonical_request(canonical, request.method, sent_path, path, query, fields, payload_hash);
    const auto signature = signature_of(canonical.view(), date_time, {claim.region, claim.service}, key);
    return equal_in_constant_time(view_of(signature), claim.signature);
  };
  if (matches(request.path)) return true;
  if (path != PathRule::as_sent) return false;
  const auto anew = encoded_anew(request.path);
  return anew && *anew != request.path && matches(*anew);
}

bool verify_signature(const HttpRequest& request, const ClaimedSignature& claim,
                      std::string_view payload_hash, const Secret& secret, PathRule path) {
  const SigningKey key(secret, claim.date, {claim.region, claim.service});
  return verify_signature(request, claim, payload_hash, key, path);
}

std::vector<std::string> unsigned_amz_headers(const HttpRequest& request, const ClaimedSignature& claim) {
  std::vector<std::string> names;
  for (const auto& header : request.headers) {
    if (header.name.size() < 6 || !iequals(std::string_view(header.name).substr(0, 6), "x-amz-")) continue;
    std::string name = lower(header.name);
    if (std::ranges::find(claim.signed_headers, name) != claim.signed_headers.end()) continue;
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace gannet::core
