#include <stdexcept>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/checksums.hpp"
#include "core/sigv4.hpp"
#include "unit/runtime/pipeline_fixture.hpp"

namespace gannet::runtime {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

TEST_F(PipelineTest, sends_a_signed_request_to_the_regions_endpoint) {
  transport->answer(200, "found");
  EXPECT_EQ(run(read_operation).value(), "found");
  ASSERT_EQ(transport->count(), 1U);
  const auto sent = transport->sent().front();
  EXPECT_EQ(sent.request.origin, (Origin{.tls = true, .host = "plain.us-east-1.amazonaws.com", .port = 443}));
  EXPECT_EQ(sent.request.path, "/");
  EXPECT_EQ(sent.body, "{}");
  EXPECT_EQ(sent.request.headers.get("x-amz-date"), "20260131T090807Z");
  EXPECT_TRUE(sent.request.headers.get("user-agent").starts_with("gannet/"));
  const auto claim = core::parse_signature(sent.request);
  ASSERT_TRUE(claim.has_value() && claim->has_value());
  EXPECT_EQ((*claim)->region, "us-east-1");
  EXPECT_EQ((*claim)->service, "plain");
  EXPECT_TRUE(core::verify_signature(sent.request, **claim, core::sha256_hex("{}"),
                                     Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                     core::PathRule::normalize_and_encode_again));
}

TEST_F(PipelineTest, goes_to_the_endpoint_that_was_set_and_below_its_path) {
  config.endpoint_url = "http://elsewhere";
  config.service_endpoint_urls["plain_service"] = "http://localhost:4566/below";
  transport->answer(200);
  ASSERT_TRUE(run(read_operation).has_value());
  const auto sent = transport->sent().front();
  EXPECT_EQ(sent.request.origin, (Origin{.tls = false, .host = "localhost", .port = 4566}));
  EXPECT_EQ(sent.request.path, "/below/");
}

// Each row is one attempt that fails in one way; a success would follow.
TEST_F(PipelineTest, repeats_only_what_is_safe) {
  struct Case {
    std::string_view what;
    const Operation* operation;
    std::function<void(fakes::ScriptedTransport&)> fault;
    std::size_t sent;
    ErrorKind kind;
    Applied applied;
  };
  const auto fail_with = [](Delivery delivery, ErrorKind kind) {
    return [=](fakes::ScriptedTransport& script) { script.fail(delivery, kind); };
  };
  const auto answer_with = [](int status, std::string body) {
    return [=](fakes::ScriptedTransport& script) { script.answer(status, body); };
  };
  const auto cut = [](int status) {
    return [=](fakes::ScriptedTransport& script) { script.answer_cut(status, "{"); };
  };
  const auto damaged = [](fakes::ScriptedTransport& script) {
    script.answer(200, "x", {{"x-amz-crc32", "1"}});
  };
  const auto not_sent = fail_with(Delivery::not_sent, ErrorKind::network);
  const auto unknown = fail_with(Delivery::wholly_sent, ErrorKind::network);
  const auto timeout = fail_with(Delivery::wholly_sent, ErrorKind::timeout);
  const auto throttled = answer_with(400, "ThrottlingException slow down");
  const auto broken = answer_with(500, "InternalServerError sorry");
  const auto refused = answer_with(400, "ValidationException no");
  const Case cases[] = {
      {"not sent", &other_operation, not_sent, 2, {}, {}},
      {"throttled", &other_operation, throttled, 2, {}, {}},
      {"sent, then silence: read", &read_operation, unknown, 2, {}, {}},
      {"sent, then silence: idempotent", &idempotent_operation, unknown, 2, {}, {}},
      {"sent, then silence: other", &other_operation, unknown, 1, ErrorKind::outcome_unknown,
       Applied::unknown},
      {"timeout: other", &other_operation, timeout, 1, ErrorKind::outcome_unknown, Applied::unknown},
      {"500: read", &read_operation, broken, 2, {}, {}},
      {"500: idempotent", &idempotent_operation, broken, 2, {}, {}},
      {"500: other", &other_operation, broken, 1, ErrorKind::outcome_unknown, Applied::unknown},
      {"200 cut: read", &read_operation, cut(200), 2, {}, {}},
      {"200 cut: idempotent", &idempotent_operation, cut(200), 1, ErrorKind::network, Applied::yes},
      {"200 cut: other", &other_operation, cut(200), 1, ErrorKind::network, Applied::yes},
      {"200 damaged: read", &read_operation, damaged, 2, {}, {}},
      {"200 damaged: idempotent", &idempotent_operation, damaged, 1, ErrorKind::network, Applied::yes},
      {"400 cut: other", &other_operation, cut(400), 2, {}, {}},
      {"500 cut: other", &other_operation, cut(500), 1, ErrorKind::outcome_unknown, Applied::unknown},
      {"refused: read", &read_operation, refused, 1, ErrorKind::validation, Applied::no},
      {"unreadable: read", &read_operation, answer_with(200, "unreadable"), 1, ErrorKind::protocol,
       Applied::no},
      {"unreadable: other", &other_operation, answer_with(200, "unreadable"), 1, ErrorKind::protocol,
       Applied::yes},
  };
  for (const Case& c : cases) {
    auto script = std::make_shared<fakes::ScriptedTransport>();
    config.transport = script;
    c.fault(*script);
    script->answer(200, "done");
    const auto result = run(*c.operation);
    EXPECT_EQ(script->count(), c.sent) << c.what;
    EXPECT_EQ(result.has_value(), c.sent == 2) << c.what;
    if (result) continue;
    EXPECT_EQ(result.error().kind, c.kind) << c.what << ": " << result.error().message;
    EXPECT_EQ(result.error().applied, c.applied) << c.what;
    EXPECT_EQ(result.error().attempts, 1) << c.what;
  }
}

TEST_F(PipelineTest, gives_the_last_error_with_all_that_is_known) {
  for (int i = 0; i < 4; ++i) {
    transport->answer(400, "ProvisionedThroughputExceededException too fast",
                      {{"x-amzn-RequestId", "ID-" + std::to_string(i)}});
  }
  const auto result = run(read_operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::throttled);
  EXPECT_EQ(result.error().code, "ProvisionedThroughputExceededException");
  EXPECT_EQ(result.error().message, "too fast");
  EXPECT_EQ(result.error().http_status, 400);
  EXPECT_EQ(result.error().request_id, "ID-3");
  EXPECT_EQ(result.error().attempts, 4);
  EXPECT_EQ(result.error().applied, Applied::no);
  EXPECT_TRUE(transport->finished());
}

TEST_F(PipelineTest, says_so_when_a_write_was_applied_or_may_have_been) {
  transport->fail(Delivery::wholly_sent);
  EXPECT_EQ(run(other_operation).error().message,
            "AddToThing may or may not have been applied: the script says so");
  transport->answer_cut(200, "{");
  EXPECT_EQ(run(other_operation).error().message,
            "AddToThing was applied, but its answer was lost: the connection was cut in mid-body");
}

TEST_F(PipelineTest, waits_between_attempts_as_the_rules_say) {
  transport->fail(Delivery::not_sent).fail(Delivery::not_sent).answer(400, "ThrottlingException").answer(200);
  ASSERT_TRUE(run(read_operation).has_value());
  // The dice always give a half: of 25 ms, of 50 ms, and of 4 s, the third wait at the throttling base.
  EXPECT_EQ(time.slept(), (std::vector<milliseconds>{13ms, 25ms, 2'000ms}));
}

TEST_F(PipelineTest, waits_exactly_where_the_policy_has_no_jitter) {
  config.retry = {.max_attempts = 3, .base_delay = 500ms, .jitter = Jitter::none};
  for (int i = 0; i < 3; ++i) transport->answer(400, "ProvisionedThroughputExceededException");
  EXPECT_EQ(run(read_operation).error().attempts, 3);
  EXPECT_EQ(time.slept(), (std::vector<milliseconds>{500ms, 1'000ms}));
}

TEST_F(PipelineTest, honours_retry_after_within_bounds) {
  config.retry = {.base_delay = 100ms, .jitter = Jitter::none};
  transport->answer(400, "SlowDown", {{"x-amz-retry-after", "1500"}})
      .answer(400, "SlowDown", {{"x-amz-retry-after", "60000"}})
      .answer(400, "SlowDown", {{"x-amz-retry-after", "1"}})
      .answer(200);
  ASSERT_TRUE(run(read_operation).has_value());
  EXPECT_EQ(time.slept(), (std::vector<milliseconds>{1'500ms, 5'200ms, 400ms}));
}

TEST_F(PipelineTest, signs_every_attempt_anew) {
  config.retry.base_delay = 2'000ms;
  transport->fail(Delivery::not_sent).answer(200);
  ASSERT_TRUE(run(read_operation).has_value());
  const auto sent = transport->sent();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].request.headers.get("x-amz-date"), "20260131T090807Z");
  EXPECT_EQ(sent[1].request.headers.get("x-amz-date"), "20260131T090808Z");
  EXPECT_NE(sent[0].request.headers.get("authorization"), sent[1].request.headers.get("authorization"));
  EXPECT_EQ(sent[0].request.headers.size(), sent[1].request.headers.size());
  EXPECT_EQ(sent[0].body, sent[1].body);
}

TEST_F(PipelineTest, attempts_are_limited_by_call_then_config_then_service) {
  const auto attempts = [&](std::optional<RetryPolicy> of_call) {
    auto script = std::make_shared<fakes::ScriptedTransport>();
    config.transport = script;
    for (int i = 0; i < 10; ++i) script->fail(Delivery::not_sent);
    Call call = call_of(read_operation);
    call.options.retry = of_call;
    const auto result = run(std::move(call));
    EXPECT_EQ(static_cast<std::size_t>(result.error().attempts), script->count());
    return result.error().attempts;
  };
  EXPECT_EQ(attempts(std::nullopt), 4);
  config.retry.max_attempts = 2;
  EXPECT_EQ(attempts(std::nullopt), 2);
  EXPECT_EQ(attempts(RetryPolicy{.max_attempts = 5}), 5);
  EXPECT_EQ(attempts(RetryPolicy{.max_delay = 1ms}), 2);
  EXPECT_EQ(attempts(RetryPolicy{.max_attempts = 0}), 1);
}

TEST_F(PipelineTest, retries_draw_on_a_bucket_that_success_fills) {
  const auto client = client_of(read_operation);
  std::string output;
  const auto call = [&] {
    return blocking(execute(client, call_of(read_operation), parse_plain, &output)).has_value();
  };
  transport->fail(Delivery::not_sent).fail(Delivery::not_sent).answer(200);
  EXPECT_TRUE(call());
  EXPECT_EQ(client->bucket->tokens(), 500 - 14);  // Two retries took 28; the last one's cost came back.
  transport->answer(400, "ThrottlingException").answer(400, "ValidationException");
  EXPECT_FALSE(call());
  EXPECT_EQ(client->bucket->tokens(), 486 - 5);
  transport->answer(200);
  EXPECT_TRUE(call());
  EXPECT_EQ(client->bucket->tokens(), 482);

  ASSERT_TRUE(client->bucket->take(480));
  transport->fail(Delivery::not_sent);
  EXPECT_FALSE(call());
  EXPECT_EQ(told.back().reason, "the retry bucket is empty");
  EXPECT_TRUE(transport->finished());
}

TEST_F(PipelineTest, clients_of_one_config_share_the_bucket_of_a_service) {
  EXPECT_EQ(client_of(read_operation)->bucket, client_of(other_operation)->bucket);
  const auto s3 = make_client(s3_service, config);
  EXPECT_NE(client_of(read_operation)->bucket, s3->bucket);
}

TEST_F(PipelineTest, stops_when_the_next_wait_would_pass_the_calls_limit) {
  config.retry = {.max_attempts = 10, .base_delay = 400ms, .jitter = Jitter::none};
  config.timeouts.call = 1'000ms;
  for (int i = 0; i < 10; ++i) transport->answer(400, "ThrottlingException");
  const auto result = run(read_operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::throttled);
  EXPECT_EQ(time.slept(), std::vector<milliseconds>{400ms});
  EXPECT_EQ(told.back().reason, "no time left");
  ASSERT_TRUE(transport->sent().front().limits.deadline.has_value());
}

TEST_F(PipelineTest, limits_of_one_call_go_before_the_configs) {
  config.timeouts = {.connect = 1ms, .stall = 2ms, .attempt = 3ms, .call = 0ms};
  transport->answer(200).answer(200);
  ASSERT_TRUE(run(read_operation).has_value());
  Call call = call_of(other_operation);
  call.options.timeout = 1'000ms;
  ASSERT_TRUE(run(std::move(call)).has_value());
  const auto sent = transport->sent();
  EXPECT_EQ(sent[0].limits.connect, 1ms);
  EXPECT_EQ(sent[0].limits.stall, 2ms);
  EXPECT_EQ(sent[0].limits.attempt, 3ms);
  EXPECT_FALSE(sent[0].limits.deadline.has_value());
  EXPECT_FALSE(sent[0].limits.maximum_idle.has_value());
  EXPECT_TRUE(sent[1].limits.deadline.has_value());
  EXPECT_EQ(sent[1].limits.maximum_idle, 5s);  // It must not be sent twice.
}

TEST_F(PipelineTest, never_sends_a_body_twice_that_does_not_rewind) {
  struct Once : ByteSource {
    Task<Result<std::size_t>> read_some(std::span<std::byte>) override { co_return std::size_t{0}; }
  };
  Call call;
  call.operation = &read_operation;
  call.body = Body::stream(std::make_unique<Once>(), 0);
  call.repeatable = Repeatable::yes;
  static constexpr Operation upload{.service = &s3_service,
                                    .name = "Put",
                                    .repeatable = Repeatable::yes,
                                    .parse_error = parse_plain_error,
                                    .reads = true};
  call.operation = &upload;
  transport->fail(Delivery::not_sent).answer(200);
  EXPECT_FALSE(run(std::move(call)).has_value());
  EXPECT_EQ(transport->count(), 1U);
  EXPECT_EQ(told.back().reason, "the body does not rewind");
}

// ---- before the network ----

struct NoCredentials : CredentialsProvider {
  explicit NoCredentials(ErrorKind kind_of_error = ErrorKind::configuration,
                         std::string code_of_error = "NoCredentials")
      : kind(kind_of_error), code(std::move(code_of_error)) {}
  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    ++asked;
    co_return fail(kind, code, "none found");
  }
  ErrorKind kind;
  std::string code;
  int asked = 0;
};

TEST_F(PipelineTest, fails_cleanly_at_every_step_before_the_network) {
  const auto expect = [&](ErrorKind kind, std::string_view word) {
    const auto result = run(read_operation);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, kind);
    EXPECT_NE(result.error().message.find(word), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().attempts, 0);
    EXPECT_EQ(result.error().applied, Applied::no);
    EXPECT_EQ(transport->count(), 0U);
  };
  const Config good = config;
  config.region.clear();
  expect(ErrorKind::configuration, "AWS_REGION");
  config = good;
  config.endpoint_url = "nonsense";
  expect(ErrorKind::configuration, "nonsense");
  config = good;
  config.credentials = nullptr;
  expect(ErrorKind::configuration, "Config::load");
  config = good;
  config.credentials = std::make_shared<NoCredentials>();
  expect(ErrorKind::configuration, "none found");
}

TEST_F(PipelineTest, leaves_it_to_the_provider_to_try_again_for_credentials) {
  const std::pair<ErrorKind, const char*> failures[] = {{ErrorKind::network, "ConnectionReset"},
                                                        {ErrorKind::timeout, "Timeout"},
                                                        {ErrorKind::throttled, "Throttling"},
                                                        {ErrorKind::service, "InternalError"},
                                                        {ErrorKind::configuration, "IDPCommunicationError"}};
  for (const auto& [kind, code] : failures) {
    const auto provider = std::make_shared<NoCredentials>(kind, code);
    config.credentials = provider;
    told.clear();
    const auto result = run(other_operation);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, kind);
    EXPECT_EQ(result.error().applied, Applied::no);
    EXPECT_EQ(provider->asked, 1) << code;
    EXPECT_EQ(told.back().reason, "no credentials");
  }
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(PipelineTest, sends_an_operation_that_needs_no_credentials_unsigned) {
  config.credentials = nullptr;
  Operation operation = read_operation;
  operation.sent_unsigned = true;
  transport->answer(200, "done");
  EXPECT_EQ(run(operation).value(), "done");
  const auto sent = transport->sent().at(0);
  EXPECT_FALSE(sent.request.headers.contains("authorization"));
  EXPECT_FALSE(sent.request.headers.contains("x-amz-date"));
}

TEST_F(PipelineTest, waits_for_credentials_no_longer_than_the_call_may_take) {
  struct NeverProvider : CredentialsProvider {
    Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
      boost::asio::steady_timer never(co_await boost::asio::this_coro::executor,
                                      std::chrono::steady_clock::time_point::max());
      co_await never.async_wait(boost::asio::use_awaitable);
      co_return fail(ErrorKind::configuration, "Unreachable", "");
    }
  };
  config.credentials = std::make_shared<NeverProvider>();
  config.timeouts.call = 20ms;
  const auto late = run(read_operation);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().kind, ErrorKind::timeout);
  EXPECT_EQ(late.error().code, "DeadlineExceeded");
  EXPECT_EQ(late.error().attempts, 0);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(PipelineTest, names_itself_and_the_program_in_the_user_agent) {
  config.app_id = "receipts 2/x" + std::string(60, 'y');
  config.execution_env = "AWS_ECS_FARGATE";
  transport->answer(200);
  ASSERT_TRUE(run(read_operation).has_value());
  const auto agent = std::string(transport->sent().at(0).request.headers.get("user-agent"));
  EXPECT_THAT(agent,
              testing::MatchesRegex("gannet/[0-9.]+ ua/2.1 os/linux lang/c\\+\\+#23 exec-env/AWS_ECS_FARGATE "
                                    "app/receipts-2-xy+"));
  EXPECT_EQ(agent.size() - agent.find("app/"), 4U + 50U);
}

TEST_F(PipelineTest, passes_the_trace_id_on_unsigned) {
  config.trace_id = [] { return "Root=1-of-the-config"; };
  transport->answer(500).answer(200).answer(200);
  ASSERT_TRUE(run(read_operation).has_value());
  Call call = call_of(read_operation);
  call.options.trace_id = "Root=1-of-the-call";
  ASSERT_TRUE(run(std::move(call)).has_value());
  const auto sent = transport->sent();
  EXPECT_EQ(sent.at(0).request.headers.get("x-amzn-trace-id"), "Root=1-of-the-config");
  EXPECT_EQ(sent.at(1).request.headers.get("x-amzn-trace-id"), "Root=1-of-the-config");
  EXPECT_EQ(sent.at(2).request.headers.get("x-amzn-trace-id"), "Root=1-of-the-call");
  EXPECT_EQ(sent.at(2).request.headers.get("authorization").find("trace"), std::string_view::npos);

  Call broken = call_of(read_operation);
  broken.options.trace_id = "Root=1\r\nhost: elsewhere";
  const auto refused = run(std::move(broken));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "InvalidTraceId");
  EXPECT_EQ(transport->count(), 3U);
}

// What botocore 1.43 makes of the same variable.
TEST_F(PipelineTest, encodes_a_trace_id_of_the_surroundings) {
  const std::pair<const char*, const char*> cases[] = {
      {"Root=1-5759e988;Parent=a:b+c&d[0]{1}\"',_.~", "Root=1-5759e988;Parent=a:b+c&d[0]{1}\"',_.~"},
      {"Root=1\r\nhost: elsewhere", "Root=1%0D%0Ahost:%20elsewhere"},
      {"a b/c%d\te\xc3\xa9\x7f<>\\^`|@!$*()?#",
       "a%20b%2Fc%25d%09e%C3%A9%7F%3C%3E%5C%5E%60%7C%40%21%24%2A%28%29%3F%23"},
      {"\xff", "%FF"},  // Which botocore fails at.
  };
  for (const auto& [given, expected] : cases) {
    config.trace_id = [given] { return std::string(given); };
    transport->answer(200);
    ASSERT_TRUE(run(read_operation).has_value()) << given;
    EXPECT_EQ(transport->sent().back().request.headers.get("x-amzn-trace-id"), expected);
  }
}

TEST_F(PipelineTest, waits_for_credentials_that_are_not_at_hand) {
  struct Later : CredentialsProvider {
    Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
      co_return std::make_shared<const Credentials>(Credentials{.access_key_id = "AKIDLATER",
                                                                .secret_access_key = Secret("s"),
                                                                .session_token = Secret("the-token")});
    }
  };
  config.credentials = std::make_shared<Later>();
  transport->answer(200);
  ASSERT_TRUE(run(read_operation).has_value());
  const auto headers = transport->sent().front().request.headers;
  EXPECT_NE(headers.get("authorization").find("AKIDLATER"), std::string_view::npos);
  EXPECT_EQ(headers.get("x-amz-security-token"), "the-token");
}

// ---- answers ----

TEST_F(PipelineTest, takes_a_body_that_comes_in_pieces) {
  transport->answer_in_pieces(200, {"one", "", "two", "three"});
  EXPECT_EQ(run(read_operation).value(), "onetwothree");
}

TEST_F(PipelineTest, checks_the_crc32_of_an_answer) {
  transport->answer(200, "right", {{"x-amz-crc32", std::to_string(core::crc32("right"))}});
  EXPECT_EQ(run(read_operation).value(), "right");
  for (int i = 0; i < 4; ++i) transport->answer(200, "wrong", {{"x-amz-crc32", "1234"}});
  const auto result = run(read_operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "ChecksumMismatch");
  EXPECT_EQ(result.error().kind, ErrorKind::network);
}

TEST_F(PipelineTest, names_an_error_that_came_without_a_code) {
  transport->answer(404).answer(403).answer(412);
  EXPECT_EQ(run(read_operation).error().kind, ErrorKind::not_found);
  const auto denied = run(read_operation).error();
  EXPECT_EQ(denied.kind, ErrorKind::access_denied);
  EXPECT_EQ(denied.code, "Forbidden");
  EXPECT_FALSE(denied.message.empty());
  EXPECT_EQ(run(read_operation).error().kind, ErrorKind::condition_failed);
}

TEST_F(PipelineTest, tells_an_existing_resource_from_a_busy_one_by_the_operation) {
  static constexpr Operation create{
      .service = &plain_service, .name = "CreateTable", .parse_error = parse_plain_error};
  static constexpr Operation remove{
      .service = &plain_service, .name = "DeleteTable", .parse_error = parse_plain_error};
  transport->answer(400, "ResourceInUseException x").answer(400, "ResourceInUseException x");
  EXPECT_EQ(run(create).error().kind, ErrorKind::already_exists);
  EXPECT_EQ(run(remove).error().kind, ErrorKind::conflict);
}

TEST_F(PipelineTest, finds_the_error_inside_a_success) {
  static constexpr Operation copy{.service = &plain_service,
                                  .name = "CopyThing",
                                  .repeatable = Repeatable::no,
                                  .error_in_success = true,
                                  .parse_error = [](const Answer& answer, Error& error) {
                                    const bool internal = answer.body.find("Internal") != std::string::npos;
                                    error.code = internal ? "InternalError" : "NoSuchKey";
                                    error.kind = core::kind_of(error.code, answer.status);
                                    error.message = "m";
                                  }};
  constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  transport->answer(200, "  \n" + std::string(declaration) + "<Error><Code>InternalError</Code></Error>");
  const auto failed = run(copy);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(failed.error().http_status, 200);
  transport->answer(200, std::string(declaration) + "<Error><Code>NoSuchKey</Code></Error>");
  EXPECT_EQ(run(copy).error().kind, ErrorKind::not_found);
  transport->answer(200, std::string(declaration) + "<ErrorFreeResult/>");
  EXPECT_TRUE(run(copy).has_value());
  transport->answer(200, "<Error/>");  // Another operation's output may well be called so.
  EXPECT_TRUE(run(read_operation).has_value());
  transport->answer_cut(200, "<?xml");
  EXPECT_EQ(run(copy).error().kind, ErrorKind::outcome_unknown);
}

TEST_F(PipelineTest, hands_a_streamed_output_over_unread) {
  static constexpr Operation get{.service = &plain_service,
                                 .name = "GetStream",
                                 .repeatable = Repeatable::yes,
                                 .streams_output = true,
                                 .parse_error = parse_plain_error,
                                 .reads = true};
  transport->answer_cut(200, "begin").answer(404, "NoSuchKey x");
  BodyReader reader;
  ASSERT_TRUE(blocking(execute(client_of(get), call_of(get), parse_stream, &reader)).has_value());
  EXPECT_EQ(reader.take(), "begin");
  EXPECT_FALSE(reader.complete());
  const auto missing = blocking(execute(client_of(get), call_of(get), parse_stream, &reader));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, "NoSuchKey");
}

// ---- the clock ----

TEST_F(PipelineTest, sets_the_clock_right_by_the_servers_date) {
  config.retry.max_attempts = 2;
  transport->answer(403, "RequestTimeTooSkewed", {{"Date", "Sat, 31 Jan 2026 09:20:07 GMT"}})
      .answer(200)
      .answer(200);
  ASSERT_TRUE(run(other_operation).has_value());
  EXPECT_TRUE(time.slept().empty());
  EXPECT_EQ(told.front().reason, "clock corrected");
  ASSERT_TRUE(
      run(read_operation).has_value());  // Another client of the same Config begins with the right time.
  const auto sent = transport->sent();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0].request.headers.get("x-amz-date"), "20260131T090807Z");
  EXPECT_EQ(sent[1].request.headers.get("x-amz-date"), "20260131T092007Z");
  EXPECT_EQ(sent[2].request.headers.get("x-amz-date"), "20260131T092007Z");
}

TEST_F(PipelineTest, leaves_the_clock_alone_where_the_date_does_not_explain_the_error) {
  struct Case {
    std::string_view what;
    std::string body;
    Headers headers;
  };
  const Case cases[] = {
      {"the clocks agree", "SignatureDoesNotMatch", {{"Date", "Sat, 31 Jan 2026 09:08:09 GMT"}}},
      {"another error", "AccessDenied", {{"Date", "Sat, 31 Jan 2026 12:08:07 GMT"}}},
      {"no date", "RequestTimeTooSkewed", {}},
      {"no readable date", "RequestTimeTooSkewed", {{"Date", "yesterday"}}},
      {"a cached answer",
       "RequestTimeTooSkewed",
       {{"Date", "Sat, 31 Jan 2026 12:08:07 GMT"}, {"Age", "7200"}}},
  };
  for (const Case& c : cases) {
    auto script = std::make_shared<fakes::ScriptedTransport>();
    config.transport = script;
    script->answer(403, c.body, c.headers).answer(200);
    EXPECT_FALSE(run(read_operation).has_value()) << c.what;
    EXPECT_EQ(script->count(), 1U) << c.what;
    EXPECT_EQ(config.shared->skew.load().count(), 0) << c.what;
  }
}

TEST_F(PipelineTest, corrects_the_clock_once_a_call) {
  transport->answer(403, "RequestTimeTooSkewed", {{"Date", "Sat, 31 Jan 2026 09:20:07 GMT"}})
      .answer(403, "RequestTimeTooSkewed", {{"Date", "Sat, 31 Jan 2026 09:10:07 GMT"}})
      .answer(200);
  EXPECT_FALSE(run(read_operation).has_value());
  EXPECT_EQ(transport->count(), 2U);
}

TEST_F(PipelineTest, does_not_believe_a_clock_that_is_too_far_off) {
  transport->answer(403, "RequestTimeTooSkewed no", {{"Date", "Sat, 31 Jan 2026 09:23:08 GMT"}});
  const auto refused = run(read_operation);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("15 minutes apart"), std::string::npos) << refused.error().message;
  EXPECT_EQ(config.shared->skew.load().count(), 0);
}

// ---- settling ----

/// Says what it was made to say of conditions that fail, and what it was asked.
class ScriptedSettlement final : public Settlement {
 public:
  explicit ScriptedSettlement(Settled says) : says_(says) {}
  [[nodiscard]] bool concerns(const Error& refusal) const override {
    return refusal.code == "ConditionalCheckFailedException";
  }
  Task<Settled> settle(std::shared_ptr<const ClientState>, const CallOptions& options, const Error& refusal,
                       void* output) const override {
    asked.push_back(refusal.code);
    given = options;
    if (says_ == Settled::own_success) *static_cast<std::string*>(output) = "settled";
    co_return says_;
  }
  mutable std::vector<std::string> asked;
  mutable CallOptions given;

 private:
  Settled says_;
};

TEST_F(PipelineTest, settles_a_condition_that_fails_after_an_unknown_attempt) {
  struct Case {
    Settled says;
    std::optional<ErrorKind> kind;
    Applied applied;
  };
  const Case cases[] = {{Settled::own_success, std::nullopt, Applied::no},
                        {Settled::refused, ErrorKind::condition_failed, Applied::no},
                        {Settled::unknown, ErrorKind::outcome_unknown, Applied::unknown}};
  for (const Case& c : cases) {
    auto script = std::make_shared<fakes::ScriptedTransport>();
    config.transport = script;
    told.clear();
    script->fail(Delivery::wholly_sent).answer(400, "ConditionalCheckFailedException");
    Call call = call_of(idempotent_operation);
    const auto settlement = std::make_shared<ScriptedSettlement>(c.says);
    call.settlement = settlement;
    const auto result = run(std::move(call));
    EXPECT_EQ(settlement->asked, std::vector<std::string>{"ConditionalCheckFailedException"});
    EXPECT_EQ(script->count(), 2U);
    ASSERT_EQ(result.has_value(), !c.kind);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1].failed, !result.has_value());
    if (result) {
      EXPECT_EQ(*result, "settled");
      continue;
    }
    EXPECT_EQ(result.error().kind, *c.kind);
    EXPECT_EQ(result.error().applied, c.applied);
    EXPECT_EQ(result.error().code, "ConditionalCheckFailedException");
  }
}

TEST_F(PipelineTest, settles_nothing_where_no_attempt_is_unknown) {
  const auto settlement = std::make_shared<ScriptedSettlement>(Settled::own_success);
  transport->fail(Delivery::not_sent)
      .answer(400, "ThrottlingException")
      .answer(400, "ConditionalCheckFailedException");
  Call call = call_of(idempotent_operation);
  call.settlement = settlement;
  const auto result = run(std::move(call));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::condition_failed);
  EXPECT_EQ(result.error().applied, Applied::no);
  EXPECT_TRUE(settlement->asked.empty());
}

TEST_F(PipelineTest, calls_an_outcome_unknown_that_nobody_can_settle) {
  transport->fail(Delivery::wholly_sent).answer(400, "ConditionalCheckFailedException");
  const auto result = run(idempotent_operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(result.error().applied, Applied::unknown);
  EXPECT_EQ(told.back().reason, "not settled");
}

// A refusal of the repetition (expired credentials, say) tells nothing of the attempt before it.
TEST_F(PipelineTest, does_not_take_a_later_refusal_for_an_answer_to_an_unknown_attempt) {
  transport->fail(Delivery::wholly_sent).answer(400, "ValidationException");
  const auto result = run(idempotent_operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(result.error().code, "ValidationException");
  EXPECT_EQ(result.error().applied, Applied::unknown);
  EXPECT_EQ(result.error().attempts, 2);
}

TEST_F(PipelineTest, calls_an_outcome_unknown_when_repeating_comes_to_no_better_end) {
  struct Case {
    std::string_view what;
    std::function<void(fakes::ScriptedTransport&)> then;
  };
  const Case cases[] = {
      {"in doubt again",
       [](auto& script) {
         script.fail(Delivery::wholly_sent).fail(Delivery::wholly_sent, ErrorKind::timeout);
       }},
      {"not sent", [](auto& script) { script.fail(Delivery::not_sent).fail(Delivery::not_sent); }},
      {"throttled",
       [](auto& script) { script.answer(400, "ThrottlingException").answer(400, "ThrottlingException"); }},
      {"no credentials any more", [](auto& script) { script.answer(403, "ExpiredTokenException"); }},
  };
  config.retry.max_attempts = 3;
  for (const Case& c : cases) {
    auto script = std::make_shared<fakes::ScriptedTransport>();
    config.transport = script;
    script->fail(Delivery::wholly_sent);
    c.then(*script);
    const auto result = run(idempotent_operation);
    ASSERT_FALSE(result.has_value()) << c.what;
    EXPECT_EQ(result.error().kind, ErrorKind::outcome_unknown) << c.what;
    EXPECT_EQ(result.error().applied, Applied::unknown) << c.what;
    EXPECT_TRUE(script->finished()) << c.what;
  }
}

TEST_F(PipelineTest, gives_what_settles_a_call_what_is_left_of_its_time) {
  config.timeouts.call = 10s;
  config.retry = {.max_attempts = 2, .base_delay = 4s, .jitter = Jitter::none};
  transport->fail(Delivery::wholly_sent).answer(400, "ConditionalCheckFailedException");
  Call call = call_of(idempotent_operation);
  call.options.trace_id = "Root=1";
  const auto settlement = std::make_shared<ScriptedSettlement>(Settled::own_success);
  call.settlement = settlement;
  ASSERT_TRUE(run(std::move(call)).has_value());
  EXPECT_EQ(settlement->given.timeout, 6s);
  EXPECT_EQ(settlement->given.trace_id, "Root=1");
}

TEST_F(PipelineTest, takes_a_transaction_that_is_under_way_for_one_in_doubt) {
  config.retry.max_attempts = 2;
  transport->answer(400, "TransactionInProgressException").answer(400, "TransactionInProgressException");
  const auto result = run(idempotent_operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(result.error().applied, Applied::unknown);
}

TEST_F(PipelineTest, corrects_the_clock_after_a_refusal_without_a_word) {
  transport->answer(403, "", {{"Date", "Sat, 31 Jan 2026 09:16:07 GMT"}}).answer(200, "done");
  EXPECT_TRUE(run(read_operation).has_value());
  EXPECT_EQ(told.front().reason, "clock corrected");
  transport->answer(403, "", {{"Date", "Sat, 31 Jan 2026 09:16:07 GMT"}});
  EXPECT_EQ(run(read_operation).error().kind, ErrorKind::access_denied);
}

TEST_F(PipelineTest, takes_a_success_without_its_document_for_a_failure) {
  Operation copy = idempotent_operation;
  copy.error_in_success = true;
  for (const char* said : {"", " \n \n", "unreadable"}) {
    transport->answer(200, said).answer(200, "done");
    EXPECT_EQ(run(copy).value(), "done") << said;
    EXPECT_EQ(told.front().reason, "answer lost") << said;
    told.clear();
  }
  Operation other = other_operation;
  other.error_in_success = true;
  transport->answer(200, "");
  EXPECT_EQ(run(other).error().kind, ErrorKind::outcome_unknown);
}

TEST_F(PipelineTest, does_not_send_again_when_credentials_came_too_late_for_the_token) {
  struct Slow final : CredentialsProvider {
    explicit Slow(fakes::VirtualTime& with) : time(with) {}
    Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
      if (asked++ > 0) time.advance(10min);
      co_return std::make_shared<const Credentials>(
          Credentials{.access_key_id = "A", .secret_access_key = Secret("S")});
    }
    fakes::VirtualTime& time;
    int asked = 0;
  };
  Operation operation = idempotent_operation;
  operation.token_lifetime = 10min;
  config.credentials = std::make_shared<Slow>(time);
  transport->fail(Delivery::wholly_sent);
  const auto result = run(operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(result.error().code, "TokenExpired");
  EXPECT_EQ(result.error().attempts, 1);
  EXPECT_EQ(told.back().reason, "the token may be forgotten");
}

TEST_F(PipelineTest, repeats_nothing_whose_token_the_service_may_have_forgotten) {
  Operation operation = idempotent_operation;
  operation.token_lifetime = std::chrono::minutes(10);
  config.retry = {.max_attempts = 3, .base_delay = 6min, .max_delay = 6min, .jitter = Jitter::none};
  transport->fail(Delivery::wholly_sent).fail(Delivery::wholly_sent).answer(200);
  const auto result = run(operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(transport->count(), 2U);
  EXPECT_EQ(told.back().reason, "the token may be forgotten");

  // What has certainly not been applied is sent however long it takes.
  auto script = std::make_shared<fakes::ScriptedTransport>();
  config.transport = script;
  script->fail(Delivery::not_sent).fail(Delivery::not_sent).answer(200);
  EXPECT_TRUE(run(operation).has_value());
}

TEST_F(PipelineTest, repeats_an_error_that_the_service_says_may_be_repeated) {
  Service service = plain_service;
  service.failure_class = [](const Error& error) -> std::optional<core::FailureClass> {
    if (error.message == "again") return core::FailureClass::transient;
    return std::nullopt;
  };
  Operation operation = other_operation;
  operation.service = &service;
  transport->answer(400, "Cancelled again").answer(400, "Cancelled for good");
  const auto result = run(operation);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "for good");
  EXPECT_EQ(transport->count(), 2U);
}

TEST_F(PipelineTest, keeps_what_must_not_be_sent_twice_from_connections_long_idle) {
  config.timeouts.unrepeatable_idle = 1500ms;
  std::vector<std::optional<milliseconds>> idle;
  const auto remember = [&](const fakes::SentRequest& sent) {
    idle.push_back(sent.limits.maximum_idle);
    return HttpResponse{.status = 200};
  };
  transport->then(remember).then(remember);
  ASSERT_TRUE(run(other_operation).has_value());
  ASSERT_TRUE(run(idempotent_operation).has_value());
  EXPECT_EQ(idle, (std::vector<std::optional<milliseconds>>{1500ms, std::nullopt}));
}

TEST_F(PipelineTest, repeats_at_the_callers_word_what_may_then_be_applied_twice) {
  config.retry.max_attempts = 3;
  Call call = call_of(other_operation);
  call.options.at_least_once = true;
  transport->fail(Delivery::wholly_sent).answer(500, "InternalServerError").answer(200, "done");
  EXPECT_TRUE(run(call).has_value());
  EXPECT_EQ(transport->count(), 3U);
  EXPECT_EQ(told.front().reason, "may be applied twice");

  transport->fail(Delivery::wholly_sent).fail(Delivery::not_sent).fail(Delivery::not_sent);
  const Error out_of_attempts = run(call).error();
  EXPECT_EQ(out_of_attempts.kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(out_of_attempts.code, "ConnectionReset");

  transport->answer_cut(200, "do");
  EXPECT_EQ(run(call).error().applied, Applied::yes);

  transport->fail(Delivery::wholly_sent).answer(400, "ConditionalCheckFailedException");
  EXPECT_EQ(run(call).error().kind, ErrorKind::outcome_unknown);
  EXPECT_TRUE(transport->finished());
}

// ---- observers ----

TEST_F(PipelineTest, tells_observers_of_every_attempt) {
  config.retry = {.max_attempts = 3, .base_delay = 100ms, .jitter = Jitter::none};
  transport->fail(Delivery::not_sent)
      .answer(400, "ThrottlingException", {{"x-amzn-requestid", "R1"}})
      .answer(200, "ok", {{"x-amz-request-id", "R2"}});
  ASSERT_TRUE(run(read_operation).has_value());
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].attempt, 1);
  EXPECT_EQ(told[0].http_status, 0);
  EXPECT_TRUE(told[0].failed && told[0].will_retry);
  EXPECT_EQ(told[0].delay, 100ms);
  EXPECT_EQ(told[0].reason, "not sent");
  EXPECT_EQ(told[1].attempt, 2);
  EXPECT_EQ(told[1].http_status, 400);
  EXPECT_EQ(told[1].delay, 200ms);
  EXPECT_EQ(told[1].reason, "throttled");
  EXPECT_EQ(told[1].request_id, "R1");
  EXPECT_EQ(told[2].attempt, 3);
  EXPECT_FALSE(told[2].failed || told[2].will_retry);
  EXPECT_EQ(told[2].request_id, "R2");
}

TEST_F(PipelineTest, tells_observers_the_error_that_the_caller_gets) {
  ErrorKind kind{};
  config.observers.push_back([&](const AttemptEvent& event) { kind = event.error->kind; });
  transport->fail(Delivery::wholly_sent);
  EXPECT_EQ(run(other_operation).error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(told.front().reason, "not idempotent");
}

// ---- a caller's broken promises ----

TEST_F(PipelineTest, lets_exceptions_through_and_leaves_the_coroutine_as_it_was) {
  transport->then([](const fakes::SentRequest&) -> std::expected<HttpResponse, TransportError> {
    throw std::logic_error("thrown");
  });
  const auto watch = [](std::shared_ptr<const ClientState> client, Call call) -> Task<bool> {
    std::string output;
    bool thrown = false;
    try {
      (void)co_await execute(std::move(client), std::move(call), parse_plain, &output);
    } catch (const std::logic_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    co_return co_await boost::asio::this_coro::throw_if_cancelled();
  };
  EXPECT_TRUE(blocking(watch(client_of(read_operation), call_of(read_operation))));
}

}  // namespace
}  // namespace gannet::runtime
