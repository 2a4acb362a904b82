#include "local/http/signature_v2.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/ascii.hpp"
#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "core/timestamps.hpp"
#include "local/s3/request.hpp"

namespace gannet::local {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view only_region = "us-east-1";

/// Parameters that are part of the resource: those that choose what is done, and those that change the
/// answer.
constexpr auto signed_parameters = std::to_array<std::string_view>({
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "select",
    "select-type",
    "session",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
});
static_assert(std::ranges::is_sorted(signed_parameters));

const std::string* find(const Pairs& query, std::string_view name) {
  const auto at = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  return at == query.end() ? nullptr : &at->second;
}

bool is_of_amazon(std::string_view name) {
  constexpr std::string_view prefix = "x-amz-";
  return name.size() > prefix.size() && iequals(name.substr(0, prefix.size()), prefix);
}

/// `name:value` lines in order. A parameter counts where no header has its name, as when S3 reads it.
std::string canonical_headers(const HttpRequest& request, const Pairs& query) {
  std::map<std::string, std::string> values;
  const auto take = [&values](std::string_view name, std::string_view value) {
    if (!is_of_amazon(name)) return;
    const auto [at, added] = values.try_emplace(core::lower(name), value);
    if (!added) at->second.append(",").append(value);
  };
  for (const Header& header : request.headers) take(header.name, header.value);
  for (const auto& [name, value] : query) {
    if (!request.headers.contains(name)) take(name, value);
  }
  std::string text;
  for (const auto& [name, value] : values) text.append(name).append(":").append(value).append("\n");
  return text;
}

std::string canonical_resource(const HttpRequest& request, const Pairs& query) {
  std::string text;
  const auto bucket = s3::bucket_in_host(request.headers.get("host"));
  if (!bucket.empty()) text.append("/").append(core::lower(bucket));
  text += request.path;
  Pairs taken;
  for (const auto& pair : query) {
    if (std::ranges::binary_search(signed_parameters, std::string_view(pair.first))) taken.push_back(pair);
  }
  std::ranges::sort(taken);
  char before = '?';
  for (const auto& [name, value] : taken) {
    text += std::exchange(before, '&');
    text += name;
    if (!value.empty()) text.append("=").append(value);
  }
  return text;
}

std::string string_to_sign_v2(const HttpRequest& request, const Pairs& query, std::string_view expires) {
  std::string text = request.method;
  for (const std::string_view part : {std::string_view(request.headers.get("content-md5")),
                                      std::string_view(request.headers.get("content-type")), expires}) {
    text.append("\n").append(part);
  }
  return text.append("\n")
      .append(canonical_headers(request, query))
      .append(canonical_resource(request, query));
}

std::string hmac_sha1_base64(const Secret& secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto key = secret.reveal();
  const auto* const done =
      HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  if (done == nullptr) return {};
  return core::base64({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

std::expected<std::optional<core::ClaimedSignature>, Refusal> parse_signature_v2(const HttpRequest& request,
                                                                                 const CloudFacts& facts) {
  // Most requests have no such parameter, and need not be taken apart.
  if (request.query.find("AWSAccessKeyId") == std::string::npos ||
      request.headers.contains("authorization")) {
    return std::nullopt;
  }
  const auto query = core::parse_query(request.query);
  if (!query) return std::nullopt;
  const std::string* const key = find(*query, "AWSAccessKeyId");
  if (key == nullptr) return std::nullopt;
  if (facts.region != only_region) {
    return std::unexpected(Refusal{.wrong = Wrong::unsupported_version,
                                   .message =
                                       "The authorization mechanism you have provided is not supported. "
                                       "Please use AWS4-HMAC-SHA256."});
  }
  const std::string* const signature = find(*query, "Signature");
  const std::string* const expires = find(*query, "Expires");
  if (signature == nullptr || expires == nullptr) {
    return std::unexpected(Refusal{
        .wrong = Wrong::unsigned_request,
        .message =
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"});
  }
  const auto ends = s3::parse_number(*expires);
  constexpr std::uint64_t year_9999 = 253402300799;
  if (!ends || *ends > year_9999) {
    return std::unexpected(Refusal{.wrong = Wrong::unsigned_request,
                                   .message = "Invalid date (should be seconds since epoch): " + *expires});
  }
  core::ClaimedSignature claim{.presigned = true,
                               .access_key_id = *key,
                               .date = {},
                               .region = facts.region,
                               .service = "s3",
                               .signed_headers = {},
                               .signature = *signature,
                               .time = Timestamp(std::chrono::seconds(*ends)),
                               .session_token = {}};
  if (const std::string* const token = find(*query, "x-amz-security-token")) claim.session_token = *token;
  return claim;
}

std::optional<Refusal> check_signature_v2(const HttpRequest& request, const core::ClaimedSignature& claim,
                                          const CloudFacts& facts, const Secret* secret) {
  if (secret == nullptr) {
    return Refusal{.wrong = Wrong::unknown_key,
                   .message = "The AWS Access Key Id you provided does not exist in our records.",
                   .facts = {{"AWSAccessKeyId", claim.access_key_id}}};
  }
  if (!claim.session_token.empty()) {
    return Refusal{.wrong = Wrong::unknown_token,
                   .message = "The provided token is malformed or otherwise invalid."};
  }
  const auto now = facts.now();
  if (claim.time < now) {
    return Refusal{.wrong = Wrong::expired,
                   .message = "Request has expired",
                   .facts = {{"Expires", core::iso8601(claim.time)}, {"ServerTime", core::iso8601(now)}}};
  }
  const auto query = core::parse_query(request.query);
  const std::string to_sign = string_to_sign_v2(request, *query, *find(*query, "Expires"));
  const std::string signature = hmac_sha1_base64(*secret, to_sign);
  if (!signature.empty() && core::equal_in_constant_time(signature, claim.signature)) return std::nullopt;
  return Refusal{
      .wrong = Wrong::signature,
      .message =
          "The request signature we calculated does not match the signature you provided. Check your "
          "key and signing method.",
      .facts = {{"AWSAccessKeyId", claim.access_key_id},
                {"StringToSign", to_sign},
                {"SignatureProvided", claim.signature},
                {"StringToSignBytes", spaced_hex(to_sign)}}};
}

}  // namespace gannet::local
