// What a call makes of an answer's body, its status and its Date.

#include "core/checksums.hpp"
#include "unit/runtime/pipeline_fixture.hpp"

namespace gannet::runtime {
namespace {

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

// What took long was the way there, not the clock's fault.
TEST_F(PipelineTest, compares_the_date_with_the_time_at_which_it_came) {
  transport->then([this](const fakes::SentRequest&) {
    time.advance(std::chrono::minutes(6));
    return HttpResponse{.status = 403,
                        .headers = {{"Date", "Sat, 31 Jan 2026 09:14:07 GMT"}},
                        .body = BodyReader("RequestTimeTooSkewed")};
  });
  EXPECT_FALSE(run(read_operation).has_value());
  EXPECT_EQ(config.shared->skew.load().count(), 0);
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

TEST_F(PipelineTest, corrects_the_clock_after_a_refusal_without_a_word) {
  transport->answer(403, "", {{"Date", "Sat, 31 Jan 2026 09:16:07 GMT"}}).answer(200, "done");
  EXPECT_TRUE(run(read_operation).has_value());
  EXPECT_EQ(told.front().reason, "clock corrected");
  transport->answer(403, "", {{"Date", "Sat, 31 Jan 2026 09:16:07 GMT"}});
  EXPECT_EQ(run(read_operation).error().kind, ErrorKind::access_denied);
}

}  // namespace
}  // namespace gannet::runtime
