#include "local/http/front.hpp"

#include <exception>
#include <expected>
#include <optional>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "core/checksums.hpp"
#include "local/http/request_id.hpp"
#include "local/http/signature_v2.hpp"
#include "local/http/verify.hpp"
#include "local/sts/sts.hpp"

namespace gannet::local {
namespace {

bool is_health_check(const HttpRequest& head) {
  return head.path == "/_gannet/health" && (head.method == "GET" || head.method == "HEAD");
}

http::ServerResponse healthy() {
  http::ServerResponse response;
  response.headers.set("Content-Type", "application/json");
  response.body = Body(R"({"status":"ok"})");
  return response;
}

/// Requests of browsers that cannot sign: S3 itself decides on them.
bool may_be_unsigned(const HttpRequest& head) {
  return head.method == "OPTIONS" ||
         (head.method == "POST" && head.headers.get("content-type").starts_with("multipart/form-data"));
}

Refusal unsigned_request(ServiceKind service) {
  return {
      .wrong = Wrong::unsigned_request,
      .message = service == ServiceKind::s3 ? "Access Denied" : "Request is missing Authentication Token"};
}

Refusal unreadable_claim(const HttpRequest& head, const Error& error) {
  const bool in_header = head.headers.contains("authorization");
  if (error.code != "AuthorizationQueryParametersError") {
    return {.wrong = Wrong::malformed_header, .message = error.message};
  }
  return {.wrong = in_header ? Wrong::two_signatures : Wrong::malformed_query, .message = error.message};
}

Refusal unreadable_body(const Error& error, std::size_t limit) {
  if (error.kind == ErrorKind::limit_exceeded) {
    return {.wrong = Wrong::too_large,
            .message = "The request's body is larger than the " + std::to_string(limit) +
                       " bytes this service takes."};
  }
  return {.wrong = Wrong::unreadable, .message = "The request's body cannot be read: " + error.message};
}

}  // namespace

std::size_t maximum_body(ServiceKind service) noexcept {
  // DynamoDB's own limit of a request; the others' inputs are far smaller.
  return service == ServiceKind::sts ? std::size_t{1} << 20U : std::size_t{16} << 20U;
}

http::ServerResponse response_of(Reply reply) {
  http::ServerResponse response;
  response.status = reply.status;
  response.headers = std::move(reply.headers);
  response.headers.set("Content-Type", reply.content_type);
  response.body = Body(std::move(reply.body));
  return response;
}

void stamp(http::ServerResponse& response, ServiceKind service, const std::string& request_id) {
  if (service == ServiceKind::s3) {
    if (!response.headers.contains("x-amz-request-id")) response.headers.add("x-amz-request-id", request_id);
    if (!response.headers.contains("x-amz-id-2")) response.headers.add("x-amz-id-2", request_id + "/gannet");
    return;
  }
  response.headers.set("x-amzn-RequestId", request_id);
  if (service == ServiceKind::dynamodb) {
    const auto body = response.body.in_memory();
    response.headers.set("x-amz-crc32",
                         std::to_string(core::crc32(body ? as_text(*body) : std::string_view())));
  }
}

/// What is known of a request besides its body. Lives in the frame of `handle` and of those it calls.
struct Front::Admission {
  ServiceKind service = ServiceKind::s3;
  std::string_view request_id{};
  std::string_view resource{};
  const CloudFacts* facts = nullptr;
  const Result<std::optional<core::ClaimedSignature>>* claimed = nullptr;
  const core::ClaimedSignature* claim = nullptr;
  /// Of a URL of Signature Version 2: then `claim` is its.
  const std::expected<std::optional<core::ClaimedSignature>, Refusal>* older = nullptr;
  const Secret* secret = nullptr;

  [[nodiscard]] Caller caller() const {
    return {.access_key_id = claim != nullptr ? std::string_view(claim->access_key_id) : std::string_view(),
            .claim = claim,
            .secret_access_key = secret,
            .request_id = request_id};
  }
};

Front::Front(const CloudFacts& facts, std::vector<AcceptedKey> keys, Database& database, Services services,
             FaultInjector* faults)
    : facts_(facts),
      keys_(std::move(keys)),
      database_(database),
      services_(std::move(services)),
      faults_(faults) {}

const Secret* Front::secret_of(std::string_view access_key_id) const {
  for (const auto& key : keys_) {
    if (key.access_key_id == access_key_id) return &key.secret_access_key;
  }
  return nullptr;
}

Task<http::ServerResponse> Front::handle(http::ServerRequest request) {
  const bool faulty = faults_ != nullptr && faults_->active() && !is_health_check(request.head);
  return faulty ? handle_with_faults(std::move(request)) : serve(std::move(request), facts_);
}

Task<http::ServerResponse> Front::serve(http::ServerRequest request, const CloudFacts& facts) {
  if (is_health_check(request.head)) co_return healthy();

  const auto claimed = core::parse_signature(request.head);
  Admission admission;
  admission.facts = &facts;
  admission.claimed = &claimed;
  admission.claim = claimed && claimed->has_value() ? &claimed->value() : nullptr;
  admission.service = route(request.head, admission.claim);
  std::expected<std::optional<core::ClaimedSignature>, Refusal> older;
  if (admission.service == ServiceKind::s3 && claimed && !claimed->has_value()) {
    older = parse_signature_v2(request.head, facts);
    if (!older || older->has_value()) admission.older = &older;
    if (older && older->has_value()) admission.claim = &older->value();
  }
  const std::string request_id = new_request_id(admission.service);
  const std::string resource = request.head.path;
  admission.request_id = request_id;
  admission.resource = resource;
  if (admission.claim != nullptr) admission.secret = secret_of(admission.claim->access_key_id);

  http::ServerResponse response;
  bool failed = false;
  try {
    response = co_await answer(std::move(request), admission);
    // Also for what only read: it may have seen what is not committed yet.
    co_await database_.committed();
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) throw;
    failed = true;
    if (facts_.log) facts_.log(LogLevel::error, "Request " + request_id + " failed: " + error.what());
  } catch (const std::exception& error) {
    failed = true;
    if (facts_.log) facts_.log(LogLevel::error, "Request " + request_id + " failed: " + error.what());
  }
  if (failed) {
    const Refusal internal{
        .wrong = Wrong::internal,
        .message = "The local cloud failed to do this; its log says why, under request " + request_id + "."};
    response = answer_of(internal, admission.service, resource, request_id);
  }
  stamp(response, admission.service, request_id);
  co_return response;
}

Task<http::ServerResponse> Front::answer(http::ServerRequest request, Admission admission) {
  if (const auto refusal = examine(request.head, admission))
    co_return refuse(request.head, admission, *refusal);
  if (admission.service != ServiceKind::s3) co_return co_await answer_whole(std::move(request), admission);
  const Caller caller = admission.caller();
  co_return co_await services_.s3(caller, std::move(request));
}

Task<http::ServerResponse> Front::answer_whole(http::ServerRequest request, Admission admission) {
  const auto limit = maximum_body(admission.service);
  const auto body = co_await request.body.read_all(limit);
  if (!body) co_return refuse(request.head, admission, unreadable_body(body.error(), limit));
  if (const auto refusal = examine_body(request.head, admission, *body)) {
    co_return refuse(request.head, admission, *refusal);
  }
  co_return dispatch(admission, request.head, *body);
}

/// All that can be known without the body: for S3 that is everything.
std::optional<Refusal> Front::examine(const HttpRequest& head, const Admission& admission) {
  if (!*admission.claimed) return unreadable_claim(head, admission.claimed->error());
  if (admission.older != nullptr) {
    if (!*admission.older) return admission.older->error();
    return check_signature_v2(head, *admission.claim, *admission.facts, admission.secret);
  }
  const bool s3 = admission.service == ServiceKind::s3;
  if (admission.claim == nullptr) {
    if (s3 && !may_be_unsigned(head)) return unsigned_request(admission.service);
    return std::nullopt;
  }
  if (auto refusal =
          check_claim(head, *admission.claim, admission.service, *admission.facts, admission.secret))
    return refusal;
  if (!s3) return std::nullopt;
  const auto payload_hash = s3_payload_hash(head, *admission.claim);
  if (!payload_hash) return payload_hash.error();
  return examine_signature(head, admission, *payload_hash);
}

std::optional<Refusal> Front::examine_signature(const HttpRequest& head, const Admission& admission,
                                                std::string_view payload_hash) {
  const auto& claim = *admission.claim;
  const auto key = signing_keys_.get(*admission.secret, claim.date, {claim.region, claim.service});
  return check_signature(head, claim, admission.service, payload_hash, *key);
}

std::optional<Refusal> Front::examine_body(const HttpRequest& head, const Admission& admission,
                                           std::string_view body) {
  if (admission.claim == nullptr) {
    const bool needs_none = admission.service == ServiceKind::sts && Sts::is_unsigned_operation(body);
    if (needs_none) return std::nullopt;
    return unsigned_request(admission.service);
  }
  const auto payload_hash = payload_hash_of(head, body);
  if (!payload_hash) return payload_hash.error();
  return examine_signature(head, admission, *payload_hash);
}

http::ServerResponse Front::refuse(const HttpRequest& head, const Admission& admission,
                                   const Refusal& refusal) const {
  auto response = answer_of(refusal, admission.service, admission.resource, admission.request_id);
  if (admission.service == ServiceKind::s3 && services_.s3_cross_origin) {
    for (const auto& field : services_.s3_cross_origin(head)) response.headers.add(field.name, field.value);
  }
  return response;
}

http::ServerResponse Front::dispatch(const Admission& admission, const HttpRequest& head,
                                     std::string_view body) {
  const Caller caller = admission.caller();
  if (admission.service == ServiceKind::sts) {
    return response_of(services_.sts(caller, body.empty() ? std::string_view(head.query) : body));
  }
  const auto operation = target_operation(head, admission.service);
  if (operation.empty()) {
    const Refusal unknown{.wrong = Wrong::unknown_operation,
                          .message = "X-Amz-Target names no operation of this service."};
    return refuse(head, admission, unknown);
  }
  const auto& service =
      admission.service == ServiceKind::dynamodb ? services_.dynamodb : services_.secretsmanager;
  return response_of(service(caller, operation, body));
}

}  // namespace gannet::local
