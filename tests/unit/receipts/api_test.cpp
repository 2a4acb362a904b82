#include "receipts/api.hpp"

#include <fstream>
#include <iterator>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gannet/credentials_provider.hpp>
#include <gannet/local.hpp>

#include "fakes/scripted_config.hpp"
#include "receipts/demo_cloud.hpp"

namespace receipts {
namespace {

namespace json = boost::json;
using gannet::blocking;
using gannet::http::ServerRequest;
using gannet::http::ServerResponse;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr const char* api_key = "the-partner-key";
const std::string jpeg = "\xFF\xD8\xFF\xE0 the rest of a picture";

struct Answer {
  int status = 0;
  gannet::Headers headers;
  std::string text;
  [[nodiscard]] json::value json() const { return json::parse(text); }
};

/// The service on a local cloud of its own, with no socket between.
class ReceiptsApiTest : public testing::Test {
 protected:
  ReceiptsApiTest() {
    auto opened = gannet::local::Cloud::open({});
    if (!opened) throw std::runtime_error(opened.error().message);
    cloud = std::move(*opened);
    const gannet::local::AcceptedKey key;
    config.region = "us-east-1";
    config.endpoint_url = "http://localhost:4566";
    config.credentials = gannet::static_credentials(
        {.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key});
    config.transport = cloud->transport();
    auto created = blocking(create_missing_resources(config, {"fetch-data", "fetch-receipts", {}}));
    if (!created) throw std::runtime_error(to_string(created.error()));
    api.emplace(UserRepository(config, "fetch-data", log.sink()),
                gannet::s3::S3Client(config, "fetch-receipts", log.sink()), gannet::Secret(api_key),
                log.sink());
  }

  Answer call(std::string method, std::string target, std::string body = {}, std::string key = api_key) {
    ServerRequest request;
    request.head.method = std::move(method);
    const std::size_t question = target.find('?');
    request.head.path = target.substr(0, question);
    if (question != std::string::npos) request.head.query = target.substr(question + 1);
    if (!key.empty()) request.head.headers.add("X-API-Key", key);
    request.body = gannet::BodyReader(std::move(body));
    ServerResponse response = blocking(api->handle(std::move(request)));
    const auto bytes = response.body.in_memory();
    return {.status = response.status,
            .headers = response.headers,
            .text = bytes ? std::string(gannet::as_text(*bytes)) : std::string()};
  }

  /// Sends a request to a presigned URL, as a client of the service would.
  Answer send(const std::string& method, std::string url, gannet::Headers headers,
              const std::string& body = {}) {
    gannet::HttpRequest request;
    request.method = method;
    const std::size_t question = url.find('?');
    request.query = url.substr(question + 1);
    const std::size_t slash = url.find('/', 8);
    request.path = url.substr(slash, question - slash);
    request.origin = gannet::parse_url(url.substr(0, slash))->origin;
    request.headers = std::move(headers);
    auto response = blocking(config.transport->send(request, gannet::Body(body), {}));
    if (!response) return {};
    auto text = blocking(response->body.read_all(1 << 20));
    return {.status = response->status, .headers = response->headers, .text = text.value_or("")};
  }

  Answer upload(const std::string& filename, const std::string& declared, const std::string& bytes) {
    const Answer url = call("POST", "/api/v1/receipts/upload-url",
                            json::serialize(json::object{
                                {"user_id", "123"}, {"filename", filename}, {"content_type", declared}}));
    EXPECT_EQ(url.status, 200) << url.text;
    return send("PUT", std::string(url.json().at("upload_url").as_string()), {{"Content-Type", declared}},
                bytes);
  }

  gannet::fakes::LogLines log;
  std::unique_ptr<gannet::local::Cloud> cloud;
  gannet::Config config;
  std::optional<Api> api;
};

TEST_F(ReceiptsApiTest, needs_the_key_for_everything_below_api) {
  for (const char* wrong : {"", "wrong", "the-partner-ke", "the-partner-key2"}) {
    for (const char* path : {"/api/v1/users/1", "/api/nowhere"}) {
      const Answer refused = call("GET", path, "", wrong);
      EXPECT_EQ(refused.status, 401);
      EXPECT_EQ(refused.text, R"({"detail":"Invalid or missing API key"})");
    }
  }
  EXPECT_EQ(call("GET", "/healthz", "", "").status, 200);
  EXPECT_EQ(call("GET", "/readyz", "", "").status, 200);
}

TEST_F(ReceiptsApiTest, saves_and_gives_users_with_all_their_attributes) {
  const Answer saved =
      call("PUT", "/api/v1/users/123", R"({"name":"Ada","email":"a@b.c","age":36,"tags":["x",{"y":null}]})");
  EXPECT_EQ(saved.status, 200) << saved.text;
  const Answer got = call("GET", "/api/v1/users/123");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(
      got.json(),
      json::parse(R"({"user_id":"123","name":"Ada","email":"a@b.c","age":36,"tags":["x",{"y":null}]})"));
  EXPECT_EQ(call("GET", "/api/v1/users/nobody").status, 404);
}

TEST_F(ReceiptsApiTest, ids_are_percent_decoded_one_segment_at_a_time) {
  ASSERT_EQ(call("PUT", "/api/v1/users/J%C3%BCrgen%20M", R"({"name":"J"})").status, 200);
  EXPECT_EQ(call("GET", "/api/v1/users/J%C3%BCrgen%20M").json().at("user_id"), "Jürgen M");
  for (const char* bad : {"a%2Fb", "..", "a%23b", "a%00b", "%0A"}) {
    EXPECT_EQ(call("PUT", std::string("/api/v1/users/") + bad, "{}").status, 422) << bad;
  }
  EXPECT_EQ(call("GET", "/api/v1/users/%zz").status, 400);
  EXPECT_EQ(call("GET", "/api/v1/users/%FF").status, 400);
}

TEST_F(ReceiptsApiTest, what_the_table_s_layout_rules_cannot_be_set) {
  for (const char* name : {"PK", "SK", "entity_type", "user_id"}) {
    const Answer refused = call("PUT", "/api/v1/users/123", std::string("{\"") + name + R"(":"x"})");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.json().at("detail").at(0).at("loc"), json::value({"body", name}));
  }
}

TEST_F(ReceiptsApiTest, adds_rewards_once_and_lists_them) {
  EXPECT_EQ(
      call("POST", "/api/v1/users/123/rewards", R"({"reward_id":"b","title":"Cake","points":90})").status,
      201);
  EXPECT_EQ(call("POST", "/api/v1/users/123/rewards", R"({"reward_id":"a","points":50})").status, 201);
  EXPECT_EQ(call("POST", "/api/v1/users/123/rewards", R"({"reward_id":"a","points":70})").status, 409);
  EXPECT_EQ(
      call("GET", "/api/v1/users/123/rewards").json(),
      json::parse(
          R"({"rewards":[{"reward_id":"a","points":50},{"reward_id":"b","title":"Cake","points":90}]})"));
  const Answer made = call("POST", "/api/v1/users/456/rewards", "{}");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.json().at("reward_id").as_string().size(), 32U);
}

TEST_F(ReceiptsApiTest, gets_many_users_at_once) {
  for (int i = 0; i < 120; ++i) {
    ASSERT_EQ(call("PUT", "/api/v1/users/" + std::to_string(i), "{}").status, 200);
  }
  json::array ids;
  for (int i = 119; i >= 0; --i) ids.emplace_back(std::to_string(i));
  ids.emplace_back("nobody");
  const Answer got =
      call("POST", "/api/v1/users/batch-get", json::serialize(json::object{{"user_ids", ids}}));
  ASSERT_EQ(got.status, 200) << got.text;
  const json::value answer = got.json();
  ASSERT_EQ(answer.at("users").as_array().size(), 120U);
  EXPECT_EQ(answer.at("users").at(0).at("user_id"), "119");
  EXPECT_EQ(call("POST", "/api/v1/users/batch-get", R"({"user_ids":[]})").status, 422);
  EXPECT_EQ(call("POST", "/api/v1/users/batch-get", R"({"user_ids":[1]})").status, 422);
}

TEST_F(ReceiptsApiTest, a_receipt_goes_up_is_completed_and_comes_down_byte_for_byte) {
  ASSERT_EQ(upload("lunch.jpg", "image/jpeg", jpeg).status, 200);
  const Answer completed = call("POST", "/api/v1/receipts/complete", R"({"key":"receipts/123/lunch.jpg"})");
  EXPECT_EQ(completed.status, 200) << completed.text;
  EXPECT_EQ(completed.json().at("size"), static_cast<std::int64_t>(jpeg.size()));
  EXPECT_EQ(completed.json().at("content_type"), "image/jpeg");
  const Answer url = call("GET", "/api/v1/receipts/download-url?key=receipts%2F123%2Flunch.jpg");
  ASSERT_EQ(url.status, 200) << url.text;
  const Answer got = send("GET", std::string(url.json().at("download_url").as_string()), {});
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.text, jpeg);
}

TEST_F(ReceiptsApiTest, the_upload_url_holds_the_client_to_what_was_declared) {
  const Answer url = call("POST", "/api/v1/receipts/upload-url",
                          R"({"user_id":"123","filename":"a.png","content_type":"image/png"})");
  ASSERT_EQ(url.status, 200);
  EXPECT_EQ(url.json().at("key"), "receipts/123/a.png");
  std::string presigned(url.json().at("upload_url").as_string());
  EXPECT_THAT(presigned, HasSubstr("X-Amz-Expires=900"));
  EXPECT_EQ(send("PUT", presigned, {{"Content-Type", "text/html"}}, "x").status, 403);
  EXPECT_EQ(send("PUT", presigned, {}, "x").status, 403);
  EXPECT_EQ(send("GET", presigned, {{"Content-Type", "image/png"}}).status, 403);
  std::string other = presigned;
  other.replace(other.find("a.png"), 5, "b.png");
  EXPECT_EQ(send("PUT", other, {{"Content-Type", "image/png"}}, "x").status, 403);
}

TEST_F(ReceiptsApiTest, a_file_that_is_not_what_it_was_declared_as_is_removed) {
  for (const auto& [declared, bytes] : {std::pair<std::string, std::string>{"image/jpeg", "%PDF-1.7"},
                                        {"image/png", jpeg},
                                        {"application/pdf", "<script>"},
                                        {"image/webp", ""}}) {
    ASSERT_EQ(upload("x", declared, bytes).status, 200);
    const Answer refused = call("POST", "/api/v1/receipts/complete", R"({"key":"receipts/123/x"})");
    EXPECT_EQ(refused.status, 422) << refused.text;
    EXPECT_EQ(refused.json().at("detail").at(0).at("type"), "value_error");
    EXPECT_EQ(call("POST", "/api/v1/receipts/complete", R"({"key":"receipts/123/x"})").status, 404);
  }
}

TEST_F(ReceiptsApiTest, names_cannot_escape_from_their_key) {
  for (const char* bad : {"..", ".", "a/b", "../../x", "a\\\\b", "a\\u0000b", "", "a\\nb"}) {
    const std::string text(bad);
    const Answer file = call("POST", "/api/v1/receipts/upload-url",
                             R"({"user_id":"u","filename":")" + text + R"(","content_type":"image/png"})");
    EXPECT_EQ(file.status, 422) << text;
    const Answer user = call("POST", "/api/v1/receipts/upload-url",
                             R"({"user_id":")" + text + R"(","filename":"f","content_type":"image/png"})");
    EXPECT_EQ(user.status, 422) << text;
  }
  for (const char* key :
       {"other/123/x", "receipts/123", "receipts//x", "receipts/123/", "receipts/123/a/b", "receipts/../x"}) {
    EXPECT_EQ(call("POST", "/api/v1/receipts/complete", std::string(R"({"key":")") + key + "\"}").status, 422)
        << key;
    EXPECT_EQ(call("GET", std::string("/api/v1/receipts/download-url?key=") + key).status, 422) << key;
  }
}

TEST_F(ReceiptsApiTest, wrong_requests_are_told_what_is_wrong) {
  const Answer missing = call("POST", "/api/v1/receipts/upload-url", R"({"user_id":"u"})");
  EXPECT_EQ(missing.status, 422);
  EXPECT_EQ(missing.json().at("detail").as_array().size(), 2U);
  EXPECT_EQ(call("POST", "/api/v1/receipts/upload-url", "{").json().at("detail").at(0).at("type"),
            "json_invalid");
  EXPECT_EQ(call("POST", "/api/v1/receipts/upload-url",
                 R"({"user_id":"u","filename":"f","content_type":"text/html"})")
                .json()
                .at("detail")
                .at(0)
                .at("type"),
            "literal_error");
  EXPECT_EQ(call("GET", "/api/v1/receipts/download-url").status, 422);
  EXPECT_EQ(call("GET", "/nowhere").status, 404);
  const Answer method = call("DELETE", "/api/v1/users/1");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.get("Allow"), "GET, PUT");
  EXPECT_EQ(call("PUT", "/api/v1/users/1", std::string((1 << 20) + 1, ' ')).status, 413);
}

TEST_F(ReceiptsApiTest, an_upload_url_that_cannot_be_made_is_a_500) {
  gannet::Config without_keys = config;
  without_keys.credentials = gannet::static_credentials({});
  without_keys.region = "";
  const Api broken(UserRepository(config), gannet::s3::S3Client(without_keys), gannet::Secret(api_key), {});
  ServerRequest request;
  request.head.method = "POST";
  request.head.path = "/api/v1/receipts/upload-url";
  request.head.headers.add("X-API-Key", api_key);
  request.body =
      gannet::BodyReader(std::string(R"({"user_id":"u","filename":"f","content_type":"image/png"})"));
  const ServerResponse response = blocking(broken.handle(std::move(request)));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(gannet::as_text(*response.body.in_memory()), R"({"detail":"Failed to generate upload URL"})");
}

TEST_F(ReceiptsApiTest, logs_hold_no_url_and_no_key) {
  ASSERT_EQ(upload("lunch.jpg", "image/jpeg", jpeg).status, 200);
  for (const std::string& line : log.lines) {
    EXPECT_THAT(line, Not(HasSubstr("X-Amz-Signature")));
    EXPECT_THAT(line, Not(HasSubstr(api_key)));
  }
  EXPECT_THAT(log.lines, Contains("info: Generated upload URL for receipts/123/lunch.jpg, expires in 900s"));
}

}  // namespace
}  // namespace receipts
