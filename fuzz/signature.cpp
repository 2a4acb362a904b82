// A request as bytes, as a server would meet it: a line, headers, an empty line. Its claim is read and
// verified; then it is signed anew, and must verify.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "core/sigv4.hpp"

namespace {

using namespace gannet;
using namespace gannet::core;

std::string_view take_until(std::string_view& text, char end) {
  const auto piece = text.substr(0, text.find(end));
  text.remove_prefix(std::min(piece.size() + 1, text.size()));
  return piece;
}

/// What an HTTP parser lets through as a header's name (RFC 9110 5.6.2).
bool is_token(std::string_view name) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&others](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           others.find(c) != others.npos;
  });
}

HttpRequest read_request(std::string_view text) {
  HttpRequest request{.method = "", .origin = {.tls = false, .host = "localhost", .port = 4566}};
  auto line = take_until(text, '\n');
  request.method = take_until(line, ' ');
  auto target = take_until(line, ' ');
  request.path = take_until(target, '?');
  request.query = target;
  while (!text.empty()) {
    auto field = take_until(text, '\n');
    if (field.empty()) break;
    const auto name = take_until(field, ':');
    if (is_token(name)) request.headers.add(name, field);
  }
  return request;
}

void require(bool truth) {
  if (!truth) std::abort();
}

PathRule rule_of(std::size_t number) {
  constexpr PathRule rules[] = {PathRule::as_sent, PathRule::encode_again,
                                PathRule::normalize_and_encode_again};
  return rules[number % 3];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto request = read_request(text);
  const auto rule = rule_of(size);
  const Secret secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

  const auto claim = parse_signature(request);
  if (claim && *claim) {
    require(!(*claim)->signed_headers.empty());
    require(!(*claim)->presigned || ((*claim)->expires.count() >= 1 && (*claim)->expires.count() <= 604800));
    unsigned_amz_headers(request, **claim);
    auto without = **claim;
    without.signature.clear();
    verify_signature(request, **claim, empty_sha256_hex, secret, rule);
    require(!verify_signature(request, without, empty_sha256_hex, secret, rule));
  } else if (!claim) {
    require(claim.error().kind == ErrorKind::unauthenticated && !claim.error().message.empty());
  }

  // What is signed here must verify here, unless its query is one that no signer may send.
  SigningKeyCache keys;
  const Credentials who{
      .access_key_id = "AKIDEXAMPLE", .secret_access_key = secret, .session_token = {}, .expiration = {}};
  request.headers.remove("Authorization");
  request.headers.remove("X-Amz-Security-Token");
  const auto unsigned_claim = parse_signature(request);
  if (!unsigned_claim || *unsigned_claim) return 0;
  sign(request, empty_sha256_hex, who, {"us-east-1", "service"}, Timestamp(std::chrono::seconds(1769850487)),
       keys, {.path = rule});
  const auto again = parse_signature(request);
  require(again && *again);
  const bool sendable = parse_query(request.query).has_value();
  require(verify_signature(request, **again, empty_sha256_hex, secret, rule) == sendable);
  request.method += "X";
  require(!verify_signature(request, **again, empty_sha256_hex, secret, rule));
  return 0;
}
