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

/// Has a request wait for its connection, then lets it be made anew.
struct Queue final : Transport {
  Queue(fakes::VirtualTime& with, std::chrono::milliseconds how_long) : time(with), wait(how_long) {}
  Task<std::expected<HttpResponse, TransportError>> send(const HttpRequest& request, Body,
                                                         AttemptLimits limits) override {
    time.advance(wait);
    if (limits.renewal != nullptr) {
      if (auto renewed = limits.renewal->renew(); !renewed)
        co_return std::unexpected(TransportError{.error = std::move(renewed.error())});
    }
    dates.emplace_back(request.headers.get("x-amz-date"));
    fields = request.headers.size();
    co_return HttpResponse{.status = 200};
  }
  fakes::VirtualTime& time;
  std::chrono::milliseconds wait;
  std::vector<std::string> dates;
  std::size_t fields = 0;
};

TEST_F(PipelineTest, signs_anew_what_has_waited_long_for_a_connection) {
  const auto queue = std::make_shared<Queue>(time, 59s);
  config.transport = queue;
  ASSERT_TRUE(run(other_operation).has_value());
  const auto fields = queue->fields;
  queue->wait = 10min;
  ASSERT_TRUE(run(other_operation).has_value());
  EXPECT_EQ(queue->dates, (std::vector<std::string>{"20260131T090807Z", "20260131T091906Z"}));
  EXPECT_EQ(queue->fields, fields);

  Operation without_signature = other_operation;
  without_signature.sent_unsigned = true;
  ASSERT_TRUE(run(without_signature).has_value());
  EXPECT_EQ(queue->dates.back(), "");
}

TEST_F(PipelineTest, asks_for_credentials_anew_that_ended_in_the_queue) {
  struct ShortLived final : CredentialsProvider {
    explicit ShortLived(fakes::VirtualTime& with) : time(with) {}
    Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
      ++asked;
      co_return std::make_shared<const Credentials>(Credentials{
          .access_key_id = "A", .secret_access_key = Secret("S"), .expiration = time.now() + 5min});
    }
    fakes::VirtualTime& time;
    int asked = 0;
  };
  const auto provider = std::make_shared<ShortLived>(time);
  config.credentials = provider;
  const auto queue = std::make_shared<Queue>(time, 10min);
  config.transport = queue;
  config.retry.max_attempts = 2;
  const auto refused = run(other_operation);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "CredentialsExpired");
  EXPECT_EQ(refused.error().applied, Applied::no);
  EXPECT_EQ(provider->asked, 2);
  EXPECT_TRUE(queue->dates.empty());
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

TEST_F(PipelineTest, pays_nothing_for_a_retry_that_was_not_sent) {
  struct Once final : CredentialsProvider {
    Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
      if (asked++ > 0) co_return fail(ErrorKind::configuration, "NoCredentials", "none any more");
      co_return std::make_shared<const Credentials>(
          Credentials{.access_key_id = "A", .secret_access_key = Secret("S")});
    }
    int asked = 0;
  };
  config.credentials = std::make_shared<Once>();
  const auto client = client_of(read_operation);
  transport->fail(Delivery::not_sent);
  std::string output;
  EXPECT_FALSE(blocking(execute(client, call_of(read_operation), parse_plain, &output)).has_value());
  EXPECT_EQ(client->bucket->tokens(), 500);
}

TEST_F(PipelineTest, sends_nothing_when_its_time_is_over) {
  struct Slow final : CredentialsProvider {
    explicit Slow(fakes::VirtualTime& with) : time(with) {}
    Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
      time.advance(1s);
      co_return std::make_shared<const Credentials>(
          Credentials{.access_key_id = "A", .secret_access_key = Secret("S")});
    }
    fakes::VirtualTime& time;
  };
  config.credentials = std::make_shared<Slow>(time);
  config.timeouts.call = 1s;
  const auto late = run(other_operation);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().kind, ErrorKind::timeout);
  EXPECT_EQ(late.error().applied, Applied::no);
  EXPECT_EQ(late.error().attempts, 0);
  EXPECT_EQ(transport->count(), 0U);
  EXPECT_EQ(told.back().reason, "no time left");
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
  // Nor is it risked on a connection that may be about to be closed.
  EXPECT_EQ(transport->sent()[0].limits.maximum_idle, config.timeouts.unrepeatable_idle);
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
