#include "local/http/refusal.hpp"

#include <array>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/xml.hpp"
#include "local/sts/sts.hpp"

namespace gannet::local {
namespace {

struct Words {
  int status;
  std::string_view code;
};

struct Row {
  Wrong wrong;
  Words s3;
  Words json;
  Words query;
};

constexpr auto rows = std::to_array<Row>({
    {Wrong::unsigned_request,
     {403, "AccessDenied"},
     {400, "MissingAuthenticationTokenException"},
     {403, "MissingAuthenticationToken"}},
    {Wrong::two_signatures,
     {400, "InvalidArgument"},
     {400, "IncompleteSignatureException"},
     {400, "IncompleteSignature"}},
    {Wrong::malformed_header,
     {400, "AuthorizationHeaderMalformed"},
     {400, "IncompleteSignatureException"},
     {400, "IncompleteSignature"}},
    {Wrong::malformed_query,
     {400, "AuthorizationQueryParametersError"},
     {400, "IncompleteSignatureException"},
     {400, "IncompleteSignature"}},
    {Wrong::unsupported_version,
     {400, "InvalidRequest"},
     {400, "IncompleteSignatureException"},
     {400, "IncompleteSignature"}},
    {Wrong::unknown_key,
     {403, "InvalidAccessKeyId"},
     {400, "UnrecognizedClientException"},
     {403, "InvalidClientTokenId"}},
    {Wrong::unknown_token,
     {400, "InvalidToken"},
     {400, "UnrecognizedClientException"},
     {403, "InvalidClientTokenId"}},
    {Wrong::scope,
     {400, "AuthorizationHeaderMalformed"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::scope_in_query,
     {400, "AuthorizationQueryParametersError"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::header_not_signed,
     {403, "AccessDenied"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::skewed,
     {403, "RequestTimeTooSkewed"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::expired,
     {403, "AccessDenied"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::not_yet_valid,
     {403, "AccessDenied"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::signature,
     {403, "SignatureDoesNotMatch"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::payload_hash_missing,
     {400, "InvalidRequest"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::payload_hash_unusable,
     {400, "InvalidArgument"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::payload,
     {400, "XAmzContentSHA256Mismatch"},
     {400, "InvalidSignatureException"},
     {403, "SignatureDoesNotMatch"}},
    {Wrong::too_large,
     {413, "EntityTooLarge"},
     {413, "RequestEntityTooLargeException"},
     {413, "RequestEntityTooLarge"}},
    {Wrong::unreadable, {400, "IncompleteBody"}, {400, "SerializationException"}, {400, "MalformedInput"}},
    {Wrong::unknown_operation,
     {400, "InvalidRequest"},
     {400, "UnknownOperationException"},
     {400, "InvalidAction"}},
    {Wrong::throttled, {503, "SlowDown"}, {400, "ThrottlingException"}, {400, "Throttling"}},
    {Wrong::throughput_exceeded,
     {503, "SlowDown"},
     {400, "ProvisionedThroughputExceededException"},
     {400, "Throttling"}},
    {Wrong::expired_token, {400, "ExpiredToken"}, {400, "ExpiredTokenException"}, {403, "ExpiredToken"}},
    {Wrong::internal, {500, "InternalError"}, {500, "InternalServerError"}, {500, "InternalFailure"}},
});

const Row& row_of(Wrong wrong) noexcept {
  for (const auto& row : rows) {
    if (row.wrong == wrong) return row;
  }
  return rows.back();
}

std::string_view json_code(const Row& row, ServiceKind service) noexcept {
  const bool other_word = row.wrong == Wrong::internal && service == ServiceKind::secretsmanager;
  return other_word ? "InternalServiceError" : row.json.code;
}

std::string_view layer_of(std::string_view code) noexcept {
  if (code == "ProvisionedThroughputExceededException") return "com.amazonaws.dynamodb.v20120810#";
  return code == "ThrottlingException" ? "com.amazon.coral.availability#" : "com.amazon.coral.service#";
}

std::string printable(std::string_view text) {
  return core::is_utf8(text) ? std::string(text) : std::string("(not UTF-8)");
}

std::string json_error(ServiceKind service, std::string_view code, std::string_view message) {
  core::JsonWriter json;
  json.begin_object();
  json.key("__type");
  if (service == ServiceKind::dynamodb) {
    // What stands before the # is the name of the layer that refuses; clients cut it off.
    json.string(std::string(layer_of(code)) + std::string(code));
  } else {
    json.string(code);
  }
  json.key("message");
  json.string(printable(message));
  json.end_object();
  return json.take();
}

std::string s3_error(const Refusal& refusal, std::string_view code, std::string_view resource,
                     std::string_view request_id) {
  core::XmlWriter xml;
  xml.declaration();
  xml.open("Error");
  xml.element("Code", code);
  xml.element("Message", printable(refusal.message));
  for (const auto& [name, value] : refusal.facts) xml.element(name, printable(value));
  xml.element("Resource", printable(resource));
  xml.element("RequestId", request_id);
  xml.close("Error");
  return xml.take();
}

}  // namespace

std::string spaced_hex(std::string_view text) {
  const std::string digits = core::hex(as_bytes(text));
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) out.append(i == 0 ? "" : " ").append(digits, i, 2);
  return out;
}

http::ServerResponse answer_of(const Refusal& refusal, ServiceKind service, std::string_view resource,
                               std::string_view request_id) {
  const auto& row = row_of(refusal.wrong);
  http::ServerResponse response;
  switch (service) {
    case ServiceKind::s3:
      response.status = row.s3.status;
      response.headers.set("Content-Type", "application/xml");
      response.body = Body(s3_error(refusal, row.s3.code, resource, request_id));
      break;
    case ServiceKind::dynamodb:
    case ServiceKind::secretsmanager:
      response.status = row.json.status;
      response.headers.set("Content-Type", service == ServiceKind::dynamodb ? "application/x-amz-json-1.0"
                                                                            : "application/x-amz-json-1.1");
      response.body = Body(json_error(service, json_code(row, service), refusal.message));
      break;
    case ServiceKind::sts: {
      auto reply = sts_error(row.query.status, row.query.code, refusal.message, request_id);
      response.status = reply.status;
      response.headers.set("Content-Type", reply.content_type);
      response.body = Body(std::move(reply.body));
      break;
    }
  }
  return response;
}

}  // namespace gannet::local
