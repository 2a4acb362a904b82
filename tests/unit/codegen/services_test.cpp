#include <gannet/boxed.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/uuid.hpp"
#include "services/input_check.hpp"
#include "services/json_protocol.hpp"
#include "services/rest_protocol.hpp"
#include "services/retryable_error.hpp"

namespace gannet::protocols {
namespace {

using testing::ElementsAre;

constexpr runtime::Service any_service{.id = "any", .signing_name = "any", .endpoint_prefix = "any"};
constexpr runtime::Operation any_operation{
    .service = &any_service, .name = "PutThing", .parse_error = nullptr};

TEST(Reading, says_where_it_failed) {
  Reading in;
  in.expected("a string", "a number");
  in.at("AttributeName");
  in.at(std::size_t{3});
  in.at("KeySchema");
  in.at("Table");
  EXPECT_EQ(in.error("DescribeTable").message,
            "DescribeTable: the answer cannot be read: Table.KeySchema[3].AttributeName must be a string, is "
            "a number");
  EXPECT_EQ(in.error("DescribeTable").kind, ErrorKind::protocol);
}

TEST(InputCheck, keeps_what_is_wrong_first) {
  InputCheck check("Op");
  check.text("a", "ok", {.low = 1, .high = 5});
  EXPECT_TRUE(check.good());
  check.text("b", "\u00e4\u00e4", {.low = 3, .high = 5});
  check.text("c", "", {.low = 1, .high = 5});
  EXPECT_EQ(check.error()->message, "Op: b must have 3 to 5 characters, has 2");
}

TEST(InputCheck, words_its_bounds) {
  struct Case {
    Bounds bounds;
    std::string expected;
  };
  const Case cases[] = {{{.low = 12}, "Op: n must be at least 12, is 11"},
                        {{.high = 10}, "Op: n must be at most 10, is 11"},
                        {{.low = 1, .high = 10}, "Op: n must be 1 to 10, is 11"}};
  for (const Case& each : cases) {
    InputCheck check("Op");
    check.range("n", 11, each.bounds);
    EXPECT_EQ(check.error()->message, each.expected);
  }
}

TEST(InputCheck, words_the_bounds_of_floating_point_numbers) {
  struct Case {
    double value;
    RealBounds bounds;
    std::string expected;
  };
  const Case cases[] = {{0.25, {.low = 0.5}, "Op: n must be at least 0.5, is 0.25"},
                        {1.5, {.high = 1}, "Op: n must be at most 1, is 1.5"},
                        {-1, {.low = 0.001, .high = 1}, "Op: n must be 0.001 to 1, is -1"}};
  for (const Case& each : cases) {
    InputCheck check("Op");
    check.real("n", each.value, each.bounds);
    EXPECT_EQ(check.error()->message, each.expected);
  }
  InputCheck check("Op");
  check.real("n", 0.001, {.low = 0.001, .high = 1});
  EXPECT_TRUE(check.good());
}

TEST(InputCheck, refuses_what_cannot_be_in_a_hosts_name) {
  for (const char* bad : {"", "a/b", "a@evil", "a:80", "\u00e4"}) {
    InputCheck check("Op");
    host_label(check, "account", bad);
    EXPECT_FALSE(check.good()) << bad;
  }
  InputCheck check("Op");
  EXPECT_EQ(host_label(check, "account", "acc-1"), "acc-1");
  EXPECT_EQ(host_label(check, "bucket", "a.b"), "a.b");
  EXPECT_TRUE(check.good());
}

TEST(InputCheck, refuses_a_document_that_is_no_json) {
  struct Case {
    std::string json;
    std::string problem;
  };
  const Case cases[] = {{"", "must be given: a JSON value"},
                        {"{", "must be a JSON value"},
                        {R"(1,"Other":2)", "must be a JSON value"},
                        {"{} {}", "must be a JSON value"},
                        {"\"\xFF\"", "not valid UTF-8"}};
  for (const Case& each : cases) {
    InputCheck check("Op");
    {
      const InputCheck::Inside inside(check, "tools", 1);
      check.document("schema", each.json);
    }
    ASSERT_TRUE(check.error()) << each.json;
    EXPECT_TRUE(check.error()->message.starts_with("Op: tools[1].schema ")) << check.error()->message;
    EXPECT_NE(check.error()->message.find(each.problem), std::string::npos) << check.error()->message;
  }
  for (const char* good : {"{}", "null", " [1, \"a\"] ", "12345678901234567890123"}) {
    InputCheck check("Op");
    check.document("schema", good);
    EXPECT_TRUE(check.good()) << good;
  }
}

TEST(HeaderElements, are_split_at_commas_but_not_within_quotes_and_times) {
  EXPECT_THAT(header_elements("a, b ,c", false), ElementsAre("a", "b", "c"));
  EXPECT_THAT(header_elements(R"("b,c", "\"def\"", a)", false), ElementsAre("b,c", "\"def\"", "a"));
  EXPECT_THAT(header_elements("Mon, 16 Dec 2019 23:48:18 GMT, Tue, 17 Dec 2019 23:48:18 GMT", true),
              ElementsAre("Mon, 16 Dec 2019 23:48:18 GMT", "Tue, 17 Dec 2019 23:48:18 GMT"));
}

TEST(RestWriter, refuses_text_that_xml_cannot_carry) {
  for (const std::string bad : {"a\xFF", "a\x01", "\xEF\xBF\xBF", "\xED\xA0\x80"}) {
    InputCheck check("PutThing");
    RestWriter out(any_operation, "PUT", check);
    core::XmlWriter xml;
    xml.open("Thing");
    xml.element("Good", "a\t\r\n\u00e9<&>");
    xml.element("Key", bad);
    xml.close("Thing");
    out.document(xml);
    const auto call = out.finish();
    ASSERT_FALSE(call) << bad;
    EXPECT_EQ(call.error().kind, ErrorKind::validation);
    EXPECT_TRUE(call.error().message.starts_with("PutThing: Key must not hold")) << call.error().message;
  }
}

TEST(CopySource, is_encoded_but_for_slashes_and_version) {
  EXPECT_EQ(copy_source("bucket/a b+\u00e4.jpg"), "bucket/a%20b%2B%C3%A4.jpg");
  EXPECT_EQ(copy_source("bucket/what?.txt?versionId=abc"), "bucket/what%3F.txt?versionId=abc");
}

TEST(WithoutPath, is_what_follows_the_last_slash) {
  EXPECT_EQ(without_path("/hostedzone/Z1"), "Z1");
  EXPECT_EQ(without_path("Z1"), "Z1");
  EXPECT_EQ(without_path("/change/"), "");
}

TEST(TextValues, are_read_strictly) {
  Reading in;
  std::int32_t number = 0;
  EXPECT_TRUE(read(in, " 12\n", number));
  EXPECT_EQ(number, 12);
  for (const char* bad : {"", "12x", "1.5", "99999999999", "0x1"}) EXPECT_FALSE(read(in, bad, number)) << bad;
  bool truth = false;
  EXPECT_TRUE(read(in, "true", truth));
  EXPECT_FALSE(read(in, "TRUE", truth));
  double real = 0;
  EXPECT_TRUE(read(in, "-Infinity", real));
  EXPECT_FALSE(read(in, "inf.", real));
  Bytes bytes;
  EXPECT_FALSE(read(in, "###", bytes));
  Timestamp time;
  EXPECT_FALSE(read(in, "yesterday", time));
}

TEST(SecretAnswers, are_read_and_wiped) {
  const auto is_zero = [](const std::string& text) {
    return std::string_view(text.data(), text.capacity()) == std::string(text.capacity(), '\0');
  };
  std::string json = R"({"SecretString": "hush, hush, hush"})";
  Secret read;
  const auto from_json = read_secret_json_answer(
      "Get", json,
      [](Reading& in, core::JsonValue from, void* to) {
        return read_text(in, *from.find("SecretString"), *static_cast<Secret*>(to));
      },
      &read);
  ASSERT_TRUE(from_json);
  EXPECT_EQ(read.reveal(), "hush, hush, hush");
  EXPECT_TRUE(is_zero(json));
  std::string xml = "<Get><SecretString>hush, hush, hush</SecretString></Get>";
  const auto from_xml = read_secret_xml_answer(
      "Get", xml,
      [](Reading& in, const core::XmlElement& from, void* to) {
        return read_text(in, from.text_of("SecretString"), *static_cast<Secret*>(to));
      },
      &read);
  ASSERT_TRUE(from_xml);
  EXPECT_EQ(read.reveal(), "hush, hush, hush");
  EXPECT_TRUE(is_zero(xml));
}

TEST(JsonErrors, find_their_code_wherever_it_stands) {
  struct Case {
    Headers headers;
    std::string body;
    std::string code;
    std::string message;
  };
  const Case cases[] = {
      {{{"x-amzn-errortype", "FooError:http://internal.amazon.com/"}}, "", "FooError", ""},
      {{}, R"({"__type": "aws.protocoltests#FooError", "message": "m"})", "FooError", "m"},
      {{}, R"({"__type": "FooError:http://x", "Message": "m"})", "FooError", "m"},
      {{}, R"({"code": "FooError", "errorMessage": "m"})", "FooError", "m"},
      {{}, "<html>", "ServiceUnavailable", ""},
      {{}, R"([1])", "ServiceUnavailable", ""},
      {{}, R"({"__type": 5, "message": {}})", "ServiceUnavailable", ""},
  };
  for (const Case& each : cases) {
    const runtime::Answer answer{.status = 503, .headers = each.headers, .body = each.body, .stream = {}};
    Error error;
    read_json_error(answer, error, {}, false);
    EXPECT_EQ(error.code, each.code) << each.body;
    EXPECT_EQ(error.message, each.message) << each.body;
  }
}

TEST(RestWriter, refuses_keys_that_differ_in_case_alone) {
  InputCheck check("PutThing");
  RestWriter out(any_operation, "PUT", check);
  out.headers("metadata", "x-amz-meta-", {{"Camera", "a"}, {"camera", "b"}});
  const auto call = out.finish();
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().kind, ErrorKind::validation);
  EXPECT_EQ(call.error().message,
            "PutThing: metadata must not have keys that differ in case alone, as \"camera\" does");
}

TEST(JsonErrors, keep_the_code_that_the_query_protocol_had) {
  const runtime::Answer answer{
      .status = 400,
      .headers = {{"x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender"}},
      .body = R"({"__type": "com.amazonaws.sqs#QueueDoesNotExist"})",
      .stream = {}};
  Error error;
  read_json_error(answer, error, {}, true);
  EXPECT_EQ(error.code, "AWS.SimpleQueueService.NonExistentQueue");
  EXPECT_EQ(error.kind, ErrorKind::not_found);
}

TEST(JsonErrors, have_the_kind_of_their_model_or_that_of_code_and_status) {
  constexpr JsonModelledError modelled[] = {{"OddError", std::nullopt, nullptr},
                                            {"StrangeError", ErrorKind::conflict, nullptr}};
  struct Case {
    int status;
    std::string code;
    ErrorKind kind;
  };
  const Case cases[] = {{400, "OddError", ErrorKind::validation},
                        {500, "OddError", ErrorKind::service},
                        {400, "StrangeError", ErrorKind::conflict},
                        {500, "StrangeError", ErrorKind::conflict}};
  for (const Case& each : cases) {
    const runtime::Answer answer{
        .status = each.status, .headers = {}, .body = R"({"__type": ")" + each.code + R"("})", .stream = {}};
    Error error;
    read_json_error(answer, error, modelled, false);
    EXPECT_EQ(error.kind, each.kind) << each.code << " with " << each.status;
  }
}

TEST(RetryableErrors, are_of_the_class_that_the_model_says_but_for_plain_throttling) {
  constexpr RetryableError retryable[] = {{"BusyException", core::FailureClass::transient},
                                          {"ThrottlingException", core::FailureClass::transient}};
  const auto class_of = [&retryable](const char* code) {
    return failure_class(Error{.kind = ErrorKind::service, .code = code}, retryable);
  };
  EXPECT_EQ(class_of("BusyException"), core::FailureClass::transient);
  EXPECT_EQ(class_of("ThrottlingException"), core::FailureClass::throttling);
  EXPECT_EQ(class_of("OtherException"), std::nullopt);
}

TEST(JsonCall, asks_for_the_query_protocols_codes_where_they_were_had) {
  const InputCheck check("PutThing");
  for (const bool compatible : {false, true}) {
    core::JsonWriter out;
    out.begin_object();
    out.end_object();
    const JsonService service{.target_prefix = "T", .content_type = "c", .query_compatible = compatible};
    const auto call = json_call(any_operation, service, check, out);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->request.headers.get("x-amzn-query-mode"), compatible ? "true" : "");
  }
}

TEST(Uuid, is_random_and_of_version_four) {
  const std::string one = core::uuid4();
  EXPECT_THAT(one, testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
  EXPECT_EQ(one.size(), 36U);
  EXPECT_NE(one, core::uuid4());
}

TEST(Boxed, copies_what_it_holds) {
  Boxed<std::string> one(std::string("a"));
  Boxed<std::string> other = one;
  *other += "b";
  EXPECT_EQ(*one, "a");
  EXPECT_EQ(*other, "ab");
  one = other;
  EXPECT_EQ(*one, "ab");
  const Boxed<std::string> moved = std::move(other);
  EXPECT_EQ(*moved, "ab");
  EXPECT_FALSE(Boxed<std::string>());
  one.reset();
  EXPECT_FALSE(one.has_value());
}

}  // namespace
}  // namespace gannet::protocols
