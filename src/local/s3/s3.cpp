#include "local/s3/s3.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/encoding.hpp"
#include "local/s3/bucket_name.hpp"
#include "local/s3/cors.hpp"
#include "local/s3/operations.hpp"

namespace gannet::local {

struct S3::State {
  State(Database& database, const CloudFacts& facts, std::filesystem::path folder, bool durable)
      : service(database, std::move(folder), durable, facts) {}
  s3::Service service;
};

namespace s3 {
namespace {

/// How much of a refused body is still read, so that the client sees the answer instead of a broken
/// connection.
constexpr std::size_t drained_bytes = 1 << 20;

void log(const Service& service, LogLevel level, std::string_view message) {
  if (service.facts->log) service.facts->log(level, message);
}

/// Query parameters that turn a request on a bucket into one on something that belongs to it.
constexpr std::array<std::string_view, 23> bucket_settings{
    "accelerate", "acl",          "analytics",         "cors",           "encryption",
    "inventory",  "lifecycle",    "location",          "logging",        "metrics",
    "policy",     "replication",  "notification",      "object-lock",    "ownershipControls",
    "tagging",    "website",      "publicAccessBlock", "requestPayment", "intelligent-tiering",
    "versioning", "policyStatus", "metadataTable"};

/// The same of objects, where the local cloud has nothing.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> absent_of_objects{
    {{"legal-hold", "Legal holds"},
     {"retention", "Retentions"},
     {"restore", "Restorations from archives"},
     {"select", "Queries within objects"},
     {"torrent", "Torrents"},
     {"renameObject", "Renamings of objects"},
     {"encryption", "Changes of an object's encryption"}}};

std::string_view setting_of(const Request& request) {
  for (const std::string_view setting : bucket_settings) {
    if (request.parameter(setting) != nullptr) return setting;
  }
  return {};
}

std::unexpected<Failure> method_not_allowed(const Request& request, std::string_view resource) {
  return refuse(405, "MethodNotAllowed",
                fmt::format("The specified method is not allowed against this resource: {} of {}.",
                            request.head.method, resource),
                "Method", request.head.method);
}

Outcome<Bucket> find_bucket(Service& service, const Request& request) {
  auto bucket = service.catalog.bucket(request.bucket());
  if (!bucket) {
    if (!is_bucket_name(request.bucket())) {
      return refuse(400, "InvalidBucketName", "The specified bucket is not valid.", "BucketName",
                    request.bucket());
    }
    return no_such_bucket(request.bucket());
  }
  if (const std::string* owner = request.header("x-amz-expected-bucket-owner");
      owner != nullptr && *owner != service.facts->account_id) {
    return refuse(403, "AccessDenied", "Access Denied");
  }
  return std::move(*bucket);
}

Task<Answer> answer_bucket(Service& service, Request& request) {
  const std::string& method = request.head.method;
  const std::string setting(setting_of(request));
  if (method == "PUT" && setting.empty()) co_return co_await create_bucket(service, request);
  auto found = find_bucket(service, request);
  if (!found) co_return std::unexpected(std::move(found.error()));
  const Bucket bucket = std::move(*found);
  if (request.parameter("session") != nullptr) co_return not_implemented("Sessions of directory buckets");
  if (method == "GET" || method == "HEAD") {
    if (!setting.empty()) co_return get_bucket_setting(service, bucket, setting);
    if (method == "HEAD") co_return head_bucket(service, request, bucket);
    if (request.parameter("uploads") != nullptr) co_return list_multipart_uploads(service, request, bucket);
    if (request.parameter("versions") != nullptr) co_return list_object_versions(service, request, bucket);
    const std::string* list_type = request.parameter("list-type");
    if (list_type == nullptr) co_return list_objects(service, request, bucket);
    if (*list_type == "2") co_return list_objects_v2(service, request, bucket);
    co_return invalid_argument("Invalid List Type specified in Request", "list-type", *list_type);
  }
  if (method == "PUT") co_return co_await put_bucket_setting(service, request, bucket, setting);
  if (method == "DELETE") {
    if (!setting.empty()) co_return delete_bucket_setting(service, bucket, setting);
    co_return delete_bucket(service, request, bucket);
  }
  if (method == "POST" && request.parameter("delete") != nullptr) {
    co_return co_await delete_objects(service, request, bucket);
  }
  co_return method_not_allowed(request, "BUCKET");
}

Task<Answer> answer_object(Service& service, Request& request) {
  const std::string& method = request.head.method;
  auto found = find_bucket(service, request);
  if (!found) co_return std::unexpected(std::move(found.error()));
  const Bucket bucket = std::move(*found);
  for (const auto& [parameter, what] : absent_of_objects) {
    if (request.parameter(parameter) != nullptr) co_return not_implemented(what);
  }
  const bool tagging = request.parameter("tagging") != nullptr;
  const bool acl = request.parameter("acl") != nullptr;
  const bool upload = request.parameter("uploadId") != nullptr;
  if (method == "GET" || method == "HEAD") {
    if (tagging) co_return get_object_tagging(service, request, bucket);
    if (acl) co_return get_object_acl(service, request, bucket);
    if (request.parameter("attributes") != nullptr) co_return get_object_attributes(service, request, bucket);
    if (upload) co_return list_parts(service, request, bucket);
    co_return get_object(service, request, bucket, method == "HEAD");
  }
  if (method == "PUT") {
    if (tagging) co_return co_await put_object_tagging(service, request, bucket);
    if (acl) {
      auto object = find_object(service, request, bucket);
      if (!object) co_return std::unexpected(std::move(object.error()));
      co_return co_await put_bucket_setting(service, request, bucket, "acl");
    }
    const bool copy = request.header("x-amz-copy-source") != nullptr;
    if (upload || request.parameter("partNumber") != nullptr) {
      if (copy) co_return co_await upload_part_copy(service, request, bucket);
      co_return co_await upload_part(service, request, bucket);
    }
    if (copy) co_return co_await copy_object(service, request, bucket);
    co_return co_await put_object(service, request, bucket);
  }
  if (method == "DELETE") {
    if (tagging) co_return delete_object_tagging(service, request, bucket);
    if (upload) co_return abort_multipart_upload(service, request, bucket);
    co_return delete_object(service, request, bucket);
  }
  if (method == "POST") {
    if (request.parameter("uploads") != nullptr) co_return create_multipart_upload(service, request, bucket);
    if (upload) co_return co_await complete_multipart_upload(service, request, bucket);
  }
  co_return method_not_allowed(request, "OBJECT");
}

Task<Answer> answer_signed(Service& service, Request& request) {
  if (!request.bucket().empty()) {
    if (request.key().empty()) return answer_bucket(service, request);
    return answer_object(service, request);
  }
  return [](Service& of, Request& asked) -> Task<Answer> {
    if (asked.head.method == "GET" && asked.key().empty()) co_return list_buckets(of, asked);
    co_return method_not_allowed(asked, "SERVICE");
  }(service, request);
}

CorsQuestion cors_question(const Request& request) {
  const Headers& headers = request.head.headers;
  CorsQuestion question{.origin = std::string(headers.get("origin")), .method = request.head.method};
  if (request.head.method == "OPTIONS") {
    question.preflight = true;
    question.method = headers.get("access-control-request-method");
    question.headers = split_list(headers.get("access-control-request-headers"));
  }
  return question;
}

/// What a page of that origin may see of answers about the bucket.
std::optional<Headers> cors_of(Service& service, const Request& request) {
  const CorsQuestion question = cors_question(request);
  std::string document;
  if (const auto bucket = service.catalog.bucket(request.bucket()))
    document = service.catalog.cors(bucket->id);
  if (document.empty()) return permissive_cors_headers(question);
  const auto rules = parse_cors(document);
  return rules ? cors_headers(*rules, question) : std::nullopt;
}

Answer answer_preflight(Service& service, const Request& request) {
  const CorsQuestion question = cors_question(request);
  if (question.origin.empty()) {
    return refuse(400, "BadRequest", "Insufficient information. Origin request header needed.");
  }
  if (question.method.empty()) {
    return refuse(400, "BadRequest", "Invalid Access-Control-Request-Method: null");
  }
  auto headers = cors_of(service, request);
  if (!headers) {
    return refuse(
        403, "AccessForbidden",
        "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, "
        "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
        "whitelisted by the resource's CORS spec.");
  }
  http::ServerResponse answer = empty_answer(200);
  answer.headers = std::move(*headers);
  return answer;
}

/// Whether the client announces a body of no bytes and waits to be asked for it. Of such a request "100
/// Continue" is left out; botocore then takes the answer to the next request on the connection for this
/// one's, and hangs.
bool waits_to_send_nothing(const Request& request) {
  return request.head.headers.contains("expect") && request.head.headers.get("content-length") == "0";
}

/// Takes address and query apart; what is wrong with them is the same for every operation.
Outcome<void> read_head(Request& request) {
  const std::string_view host_header = request.head.headers.get("host");
  const std::string_view host =
      host_header.empty() ? std::string_view(request.head.origin.host) : host_header;
  auto address = parse_address(host, request.head.path);
  if (!address) return std::unexpected(std::move(address.error()));
  request.address = std::move(*address);
  auto query = core::parse_query(request.head.query);
  if (!query) return refuse(400, "InvalidURI", "Couldn't parse the specified URI.", "URI", request.head.path);
  request.query = std::move(*query);
  return {};
}

Task<Answer> answer_request(Service& service, Request& request) {
  if (auto fine = read_head(request); !fine) co_return std::unexpected(std::move(fine.error()));
  if (request.head.method == "OPTIONS") co_return answer_preflight(service, request);
  if (request.caller->claim == nullptr) {
    if (request.head.method == "POST" &&
        request.head.headers.get("content-type").starts_with("multipart/form-data")) {
      co_return not_implemented("Uploads by HTML form (POST policies)");
    }
    co_return refuse(403, "AccessDenied", "Access Denied");
  }
  co_return co_await answer_signed(service, request);
}

http::ServerResponse error_answer(const Request& request, const Failure& failure) {
  http::ServerResponse answer{.status = failure.status, .headers = failure.headers};
  if (failure.status == 304 || request.head.method == "HEAD") return answer;
  answer.headers.add("Content-Type", "application/xml");
  answer.body = Body(error_document(failure, request.head.path, request.id));
  return answer;
}

Task<void> drain(Request& request) {
  // A client that waits to be asked for its body has sent none.
  if (request.body.complete() || request.head.headers.contains("expect")) co_return;
  std::vector<std::byte> buffer(16 * 1024);
  for (std::size_t drained = 0; drained < drained_bytes;) {
    const auto count = co_await request.body.read_some(buffer);
    if (!count || *count == 0) co_return;
    drained += *count;
  }
}

/// The answer once what it tells is committed. Files are removed when their rows are known to be gone, or
/// never to have been: when neither is known (the client went away meanwhile), they are left for the next
/// start to sweep.
Task<Answer> answer_committed(Service& service, Request& request) {
  std::string broken;
  try {
    Answer answer = co_await answer_request(service, request);
    if (!answer) {
      for (const std::string& file : request.added_files) service.objects.remove(file);
      request.added_files.clear();
    }
    co_await service.catalog.database().committed();
    for (const std::string& file : request.freed_files) service.objects.remove(file);
    co_return answer;
  } catch (const StoreError& error) {
    broken = error.what();
  }
  for (const std::string& file : request.added_files) service.objects.remove(file);
  log(service, LogLevel::error, fmt::format("S3 {} {}: {}", request.head.method, request.head.path, broken));
  co_return refuse(500, "InternalError", "We encountered an internal error. Please try again.");
}

}  // namespace
}  // namespace s3

S3::S3(Database& database, const CloudFacts& facts, std::filesystem::path objects_folder, bool durable)
    : state_(std::make_unique<State>(database, facts, std::move(objects_folder), durable)) {
  s3::Service& service = state_->service;
  const std::vector<std::string> missing = service.objects.sweep(service.catalog.files());
  for (const std::string& sentence : service.catalog.forget(missing))
    s3::log(service, LogLevel::error, "S3 " + sentence);
}

S3::~S3() = default;

Task<http::ServerResponse> S3::handle(const Caller& caller, http::ServerRequest incoming) {
  s3::Service& service = state_->service;
  s3::Request request{.caller = &caller,
                      .head = std::move(incoming.head),
                      .body = std::move(incoming.body),
                      .id = std::string(caller.request_id)};
  s3::Answer answer = co_await s3::answer_committed(service, request);
  if (!answer) co_await s3::drain(request);
  http::ServerResponse response = answer ? std::move(*answer) : s3::error_answer(request, answer.error());
  for (const Header& field : cross_origin_headers(request.head))
    response.headers.add(field.name, field.value);
  if (s3::waits_to_send_nothing(request)) response.headers.set("Connection", "close");
  co_return response;
}

Headers S3::cross_origin_headers(const HttpRequest& request) const {
  if (!request.headers.contains("origin") || request.method == "OPTIONS") return {};
  s3::Request asked{.head = request};
  if (auto address = s3::parse_address(request.headers.get("host"), request.path))
    asked.address = *std::move(address);
  return s3::cors_of(state_->service, asked).value_or(Headers());
}

}  // namespace gannet::local
