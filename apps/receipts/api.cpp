#include "api.hpp"

#include <chrono>
#include <exception>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <gannet/content_type.hpp>
#include <gannet/request_target.hpp>

#include "item_json.hpp"
#include "validation.hpp"

namespace receipts {

struct Api::Request {
  gannet::http::ServerRequest http;
  std::vector<std::string> path;  ///< Segments, percent-decoded.
  std::string body;
};

struct Api::Route {
  std::string_view method;
  std::vector<std::string_view> path;  ///< "*" stands for any one segment.
  gannet::Task<Response> (Api::*answer)(Request&) const;

  [[nodiscard]] bool fits(const std::vector<std::string>& segments) const {
    if (segments.size() != path.size()) return false;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (path[i] != "*" && path[i] != segments[i]) return false;
    }
    return true;
  }
};

namespace {

using gannet::ErrorKind;
using gannet::LogLevel;
using gannet::Task;
using gannet::http::ServerResponse;

constexpr std::string_view receipts_prefix = "receipts";

ServerResponse json_response(int status, std::string body) {
  ServerResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

ServerResponse detail(int status, std::string_view message) {
  std::string body = R"({"detail":)";
  append_text(body, message);
  return json_response(status, body + "}");
}

ServerResponse unprocessable(const Faults& faults) {
  return json_response(422, faults.to_json());
}

/// The names an item's layout and the service's own members take; a request cannot set them as further
/// attributes.
bool refuse_reserved(const boost::json::object& members, Faults& faults) {
  for (const char* reserved : {"PK", "SK", "entity_type", "user_id"}) {
    if (const auto* const found = members.if_contains(reserved)) {
      faults.add("value_error", {"body", reserved}, fmt::format("Value error, {} cannot be set", reserved),
                 *found);
    }
  }
  return !faults.none();
}

/// Whether a path segment is an id that may be written; adds a fault if not.
bool check_path_id(std::string_view id, std::string_view name, Faults& faults) {
  auto fault = name_fault(id);
  if (!fault && id.find('#') != std::string_view::npos) fault = "must not contain '#'";
  if (!fault) return true;
  faults.add("value_error", {"path", name}, "Value error, " + *fault, boost::json::string(id));
  return false;
}

void append_user(std::string& json, const User& user) {
  json += R"({"user_id":)";
  append_text(json, user.user_id);
  if (user.name) append_text(json += R"(,"name":)", *user.name);
  if (user.email) append_text(json += R"(,"email":)", *user.email);
  append_members(json, user.attributes);
  json += '}';
}

void append_reward(std::string& json, const Reward& reward) {
  json += R"({"reward_id":)";
  append_text(json, reward.reward_id);
  if (reward.title) append_text(json += R"(,"title":)", *reward.title);
  if (reward.points) json += fmt::format(R"(,"points":{})", *reward.points);
  append_members(json, reward.attributes);
  json += '}';
}

std::string new_reward_id() {
  std::random_device chance;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", chance(), chance(), chance(), chance());
}

/// `receipts/USER/FILE` with both names good.
bool is_receipt_key(std::string_view key) {
  const std::size_t first = key.find('/');
  const std::size_t second = first == std::string_view::npos ? first : key.find('/', first + 1);
  return second != std::string_view::npos && key.substr(0, first) == receipts_prefix &&
         !name_fault(key.substr(first + 1, second - first - 1)) && !name_fault(key.substr(second + 1));
}

}  // namespace

Api::Api(UserRepository users, gannet::s3::S3Client receipts, gannet::Secret api_key, gannet::LogSink log,
         ApiLimits limits)
    : users_(std::move(users)),
      receipts_(std::move(receipts)),
      api_key_(std::move(api_key)),
      log_(std::move(log)),
      limits_(limits) {}

const std::vector<Api::Route>& Api::routes() {
  static const std::vector<Route> table = {
      {"GET", {"healthz"}, &Api::health},
      {"GET", {"readyz"}, &Api::readiness},
      {"POST", {"api", "v1", "receipts", "upload-url"}, &Api::upload_url},
      {"POST", {"api", "v1", "receipts", "complete"}, &Api::complete},
      {"GET", {"api", "v1", "receipts", "download-url"}, &Api::download_url},
      {"POST", {"api", "v1", "users", "batch-get"}, &Api::batch_get_users},
      {"GET", {"api", "v1", "users", "*"}, &Api::get_user},
      {"PUT", {"api", "v1", "users", "*"}, &Api::put_user},
      {"GET", {"api", "v1", "users", "*", "rewards"}, &Api::get_rewards},
      {"POST", {"api", "v1", "users", "*", "rewards"}, &Api::add_reward},
  };
  return table;
}

Task<ServerResponse> Api::handle(gannet::http::ServerRequest http) const {
  const auto begin = std::chrono::steady_clock::now();
  Request request{.http = std::move(http), .path = {}, .body = {}};
  ServerResponse response;
  try {
    response = co_await route(request);
  } catch (const std::exception& thrown) {
    if (log_)
      log_(LogLevel::error,
           fmt::format("{} {}: {}", request.http.head.method, request.http.head.path, thrown.what()));
    response = detail(500, "Internal Server Error");
  }
  if (log_) {
    const auto spent = std::chrono::steady_clock::now() - begin;
    log_(LogLevel::info,
         fmt::format("{} {} {} {:.1f}ms", request.http.head.method, request.http.head.path, response.status,
                     std::chrono::duration<double, std::milli>(spent).count()));
  }
  co_return response;
}

Task<ServerResponse> Api::route(Request& request) const {
  auto segments = gannet::http::path_segments(request.http.head.path);
  if (!segments) co_return detail(400, "The path is not well-formed");
  request.path = std::move(*segments);

  // Without the key nothing is told, not even which paths there are.
  if (!request.path.empty() && request.path.front() == "api" &&
      gannet::Secret(request.http.head.headers.get("X-API-Key")) != api_key_) {
    co_return detail(401, "Invalid or missing API key");
  }

  const Route* chosen = nullptr;
  std::string allowed;
  for (const Route& route : routes()) {
    if (!route.fits(request.path)) continue;
    if (route.method == request.http.head.method) {
      chosen = &route;
      break;
    }
    allowed += allowed.empty() ? "" : ", ";
    allowed += route.method;
  }
  if (chosen == nullptr) {
    if (allowed.empty()) co_return detail(404, "Not Found");
    ServerResponse refused = detail(405, "Method Not Allowed");
    refused.headers.add("Allow", allowed);
    co_return refused;
  }

  if (chosen->method != "GET") {
    auto body = co_await request.http.body.read_all(limits_.body_bytes);
    if (!body) {
      if (body.error().kind == ErrorKind::limit_exceeded)
        co_return detail(413, "The request's body is too large");
      co_return detail(400, "The request's body could not be read");
    }
    request.body = std::move(*body);
  }
  co_return co_await (this->*chosen->answer)(request);
}

ServerResponse Api::failed(const Request& request, const gannet::Error& error) const {
  if (log_)
    log_(LogLevel::error,
         fmt::format("{} {}: {}", request.http.head.method, request.http.head.path, to_string(error)));
  switch (error.kind) {
    case ErrorKind::throttled: {
      ServerResponse busy = detail(503, "Busy; try again");
      busy.headers.add("Retry-After", "1");
      return busy;
    }
    case ErrorKind::timeout:
    case ErrorKind::network:
      return detail(503, "A service this one depends on does not answer; try again");
    case ErrorKind::outcome_unknown:
      return detail(500, "It is not known whether this was done; look before you repeat it");
    default:
      return detail(500, "Internal Server Error");
  }
}

Task<ServerResponse> Api::health(Request&) const {
  co_return json_response(200, R"({"status":"ok"})");
}

Task<ServerResponse> Api::readiness(Request& request) const {
  const gannet::dynamodb::DescribeTableInput table{.table_name = users_.table_name()};
  auto described = co_await users_.client().describe_table(table);
  if (!described) {
    failed(request, described.error());
    co_return detail(503, "The table cannot be read");
  }
  const gannet::s3::HeadBucketInput bucket{.bucket = receipts_.bucket_name()};
  auto found = co_await receipts_.client().head_bucket(bucket);
  if (!found) {
    failed(request, found.error());
    co_return detail(503, "The bucket cannot be read");
  }
  co_return json_response(200, R"({"status":"ready"})");
}

Task<ServerResponse> Api::upload_url(Request& request) const {
  Faults faults;
  JsonBody body(request.body, faults);
  const std::string user_id = body.name("user_id");
  const std::string filename = body.name("filename");
  const std::string content_type = body.content_type("content_type");
  if (!faults.none()) co_return unprocessable(faults);

  const std::string key = fmt::format("{}/{}/{}", receipts_prefix, user_id, filename);
  auto url = co_await receipts_.generate_upload_url(key, limits_.upload_url, content_type);
  if (!url) co_return detail(500, "Failed to generate upload URL");
  std::string answer = R"({"upload_url":)";
  append_text(answer, url->url.reveal());
  append_text(answer += R"(,"key":)", key);
  co_return json_response(200, answer + "}");
}

Task<ServerResponse> Api::complete(Request& request) const {
  Faults faults;
  JsonBody body(request.body, faults);
  const std::string key = body.text("key");
  if (faults.none() && !is_receipt_key(key)) {
    faults.add("value_error", {"body", "key"}, "Value error, must be a key that an upload URL was given for",
               boost::json::string(key));
  }
  if (!faults.none()) co_return unprocessable(faults);

  const gannet::s3::HeadObjectInput object{.bucket = receipts_.bucket_name(), .key = key};
  auto head = co_await receipts_.client().head_object(object);
  if (!head) {
    if (head.error().kind == ErrorKind::not_found)
      co_return detail(404, "Nothing was uploaded under this key");
    co_return failed(request, head.error());
  }
  const auto size = static_cast<std::uint64_t>(head->content_length.value_or(0));
  const std::string declared = head->content_type.value_or("");

  std::string first_bytes;
  if (size > 0) {
    const gannet::s3::GetObjectInput beginning{.bucket = receipts_.bucket_name(),
                                               .if_match = head->e_tag,
                                               .key = key,
                                               .range = fmt::format("bytes=0-{}", gannet::sniffed_bytes - 1)};
    auto got = co_await receipts_.client().get_object(beginning);
    if (!got) {
      if (got.error().http_status == 412)
        co_return detail(409, "The object was replaced in the meantime; try again");
      co_return failed(request, got.error());
    }
    auto bytes = co_await got->body.read_all(gannet::sniffed_bytes);
    if (!bytes) co_return failed(request, bytes.error());
    first_bytes = std::move(*bytes);
  }

  std::string fault;
  if (size > limits_.receipt_bytes) {
    fault = fmt::format("the upload has {} bytes, more than the {} allowed", size, limits_.receipt_bytes);
  } else if (!is_allowed_content_type(declared)) {
    fault = "the upload's Content-Type is none that receipts may have";
  } else if (const auto sniffed = gannet::sniff_content_type(first_bytes);
             sniffed != std::string_view(declared)) {
    fault = fmt::format("the upload was declared as {} but its first bytes are those of {}", declared,
                        sniffed.value_or("something else"));
  }
  if (!fault.empty()) {
    const gannet::s3::DeleteObjectInput removal{.bucket = receipts_.bucket_name(), .key = key};
    auto removed = co_await receipts_.client().delete_object(removal);
    if (!removed) co_return failed(request, removed.error());
    faults.add("value_error", {"body", "key"}, fmt::format("Value error, {}; it was removed", fault),
               boost::json::string(key));
    co_return unprocessable(faults);
  }

  std::string answer = R"({"key":)";
  append_text(answer, key);
  append_text(answer += R"(,"content_type":)", declared);
  append_text(answer += R"(,"e_tag":)", head->e_tag.value_or(""));
  co_return json_response(200, answer + fmt::format(R"(,"size":{}}})", size));
}

Task<ServerResponse> Api::download_url(Request& request) const {
  Faults faults;
  std::optional<std::string> key;
  const auto parameters = gannet::http::query_parameters(request.http.head.query);
  if (!parameters) co_return detail(400, "The query is not well-formed");
  for (const auto& [name, value] : *parameters) {
    if (name == "key") key = value;
  }
  if (!key) {
    faults.add("missing", {"query", "key"}, "Field required", nullptr);
  } else if (!is_receipt_key(*key)) {
    faults.add("value_error", {"query", "key"}, "Value error, must be receipts/USER/FILE",
               boost::json::string(*key));
  }
  if (!faults.none()) co_return unprocessable(faults);

  auto url = co_await receipts_.generate_download_url(*key, limits_.download_url);
  if (!url) co_return detail(500, "Failed to generate download URL");
  std::string answer = R"({"download_url":)";
  append_text(answer, url->url.reveal());
  append_text(answer += R"(,"key":)", *key);
  co_return json_response(200, answer + "}");
}

Task<ServerResponse> Api::get_user(Request& request) const {
  auto user = co_await users_.get_user(request.path[3]);
  if (!user) co_return failed(request, user.error());
  if (!*user) co_return detail(404, "User not found");
  std::string answer;
  append_user(answer, **user);
  co_return json_response(200, std::move(answer));
}

Task<ServerResponse> Api::put_user(Request& request) const {
  Faults faults;
  check_path_id(request.path[3], "user_id", faults);
  JsonBody body(request.body, faults);
  User user{
      .user_id = request.path[3], .name = body.optional_text("name"), .email = body.optional_text("email")};
  const boost::json::object others = body.rest();
  if (refuse_reserved(others, faults) || !faults.none()) co_return unprocessable(faults);
  user.attributes = item_from_json(others);

  std::string answer;
  append_user(answer, user);
  auto saved = co_await users_.save_user(std::move(user));
  if (!saved) {
    if (saved.error().kind == ErrorKind::validation) co_return detail(422, saved.error().message);
    co_return failed(request, saved.error());
  }
  co_return json_response(200, std::move(answer));
}

Task<ServerResponse> Api::get_rewards(Request& request) const {
  auto rewards = co_await users_.get_user_rewards(request.path[3]);
  if (!rewards) co_return failed(request, rewards.error());
  std::string answer = R"({"rewards":[)";
  for (const Reward& reward : *rewards) {
    if (answer.back() != '[') answer += ',';
    append_reward(answer, reward);
  }
  co_return json_response(200, answer + "]}");
}

Task<ServerResponse> Api::add_reward(Request& request) const {
  Faults faults;
  check_path_id(request.path[3], "user_id", faults);
  JsonBody body(request.body, faults);
  Reward reward{.reward_id = body.optional_name("reward_id").value_or(new_reward_id()),
                .title = body.optional_text("title"),
                .points = body.optional_integer("points")};
  const boost::json::object others = body.rest();
  if (refuse_reserved(others, faults) || !faults.none()) co_return unprocessable(faults);
  reward.attributes = item_from_json(others);

  std::string answer;
  append_reward(answer, reward);
  auto added = co_await users_.add_reward(request.path[3], std::move(reward));
  if (!added) {
    if (added.error().kind == ErrorKind::condition_failed)
      co_return detail(409, "The user has a reward of this id");
    if (added.error().kind == ErrorKind::validation) co_return detail(422, added.error().message);
    co_return failed(request, added.error());
  }
  co_return json_response(201, std::move(answer));
}

Task<ServerResponse> Api::batch_get_users(Request& request) const {
  constexpr std::size_t most_ids = 10'000;
  Faults faults;
  JsonBody body(request.body, faults);
  std::vector<std::string> user_ids = body.texts("user_ids", most_ids);
  if (!faults.none()) co_return unprocessable(faults);

  auto users = co_await users_.batch_get_users(std::move(user_ids));
  if (!users) co_return failed(request, users.error());
  std::string answer = R"({"users":[)";
  for (const User& user : *users) {
    if (answer.back() != '[') answer += ',';
    append_user(answer, user);
  }
  co_return json_response(200, answer + "]}");
}

}  // namespace receipts
