// What a call makes of an attempt that may have been applied: settles it, repeats it, or says that it does
// not know.

#include "unit/runtime/pipeline_fixture.hpp"

namespace gannet::runtime {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

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

TEST_F(PipelineTest, believes_a_refusal_for_the_time_being_only_where_nothing_is_under_way) {
  struct Case {
    std::function<void(fakes::ScriptedTransport&)> doubt;
    ErrorKind kind;
  };
  const Case cases[] = {
      {[](auto& script) { script.answer(500, "InternalServerError"); }, ErrorKind::condition_failed},
      {[](auto& script) { script.fail(Delivery::wholly_sent); }, ErrorKind::outcome_unknown},
      {[](auto& script) { script.answer(400, "TransactionInProgressException"); },
       ErrorKind::outcome_unknown},
  };
  for (const Case& c : cases) {
    c.doubt(*transport);
    transport->answer(400, "ConditionalCheckFailedException");
    Call call = call_of(idempotent_operation);
    call.settlement = std::make_shared<ScriptedSettlement>(Settled::refused_yet);
    const auto result = run(std::move(call));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, c.kind) << told.front().reason;
    EXPECT_EQ(result.error().applied, c.kind == ErrorKind::outcome_unknown ? Applied::unknown : Applied::no);
  }
}

// It had not even got the whole request.
TEST_F(PipelineTest, takes_an_answer_that_came_before_the_requests_end_for_a_refusal) {
  const auto early = [](const fakes::SentRequest&) {
    return HttpResponse{
        .status = 503, .body = BodyReader("ServiceUnavailable no room"), .request_sent = false};
  };
  transport->then(early).answer(200, "done");
  EXPECT_TRUE(run(other_operation).has_value());

  config.retry.max_attempts = 1;
  transport->then(early);
  const auto refused = run(other_operation);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().applied, Applied::no);
  EXPECT_EQ(refused.error().kind, ErrorKind::service);
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

}  // namespace
}  // namespace gannet::runtime
