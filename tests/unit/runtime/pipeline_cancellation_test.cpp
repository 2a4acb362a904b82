#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "unit/runtime/pipeline_fixture.hpp"

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;

/// Waits until it is cancelled.
Task<void> until_cancelled() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
}

struct WaitsForever : ByteSource {
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override {
    co_await until_cancelled();
    co_return fail(ErrorKind::cancelled, "Cancelled", "cancelled while reading");
  }
};

struct NeverResolves : CredentialsProvider {
  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    co_await until_cancelled();
    co_return fail(ErrorKind::configuration, "NoCredentials", "gave up");
  }
};

class PipelineCancellation : public PipelineTest {
 protected:
  struct Outcome {
    std::optional<Result<void>> result;
    bool throws_if_cancelled = false;
    bool still_cancelled = false;
  };

  /// Runs the call until it waits, cancels it, and gives what came of it.
  Outcome cancelled(const Operation& operation) { return cancelled(call_of(operation)); }
  Outcome cancelled(Call call) {
    asio::io_context context;
    asio::cancellation_signal signal;
    Outcome outcome;
    auto client = client_of(*call.operation);
    asio::co_spawn(context, watch(std::move(client), std::move(call), outcome),
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr thrown) {
                     EXPECT_FALSE(thrown) << "nothing is thrown";
                   }));
    context.poll();
    EXPECT_FALSE(outcome.result.has_value()) << "it ended before it was cancelled";
    signal.emit(asio::cancellation_type::terminal);
    context.restart();
    context.poll();
    EXPECT_TRUE(outcome.result.has_value()) << "it did not end";
    EXPECT_TRUE(outcome.throws_if_cancelled);
    EXPECT_TRUE(outcome.still_cancelled);
    return outcome;
  }

 private:
  static Task<void> watch(std::shared_ptr<const ClientState> client, Call call, Outcome& outcome) {
    std::string output;
    outcome.result = co_await execute_with_checksum(std::move(client), std::move(call), parse_plain, &output);
    outcome.throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
    outcome.still_cancelled =
        (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
  }
};

TEST_F(PipelineCancellation, tells_whether_the_write_may_have_happened_whatever_it_waited_for) {
  struct Case {
    std::string_view what;
    Delivery delivery;
    ErrorKind reported;
    Applied applied;
  };
  const Case cases[] = {
      {"before the last byte", Delivery::not_sent, ErrorKind::cancelled, Applied::no},
      {"before the answer", Delivery::wholly_sent, ErrorKind::cancelled, Applied::unknown},
      {"a transport that calls it an error of the network", Delivery::wholly_sent, ErrorKind::network,
       Applied::unknown},
  };
  for (const Case& c : cases) {
    transport->then_wait([c](const fakes::SentRequest&) -> Task<std::expected<HttpResponse, TransportError>> {
      co_await until_cancelled();
      co_return std::unexpected(TransportError{.error = {.kind = c.reported}, .delivery = c.delivery});
    });
    const auto outcome = cancelled(other_operation);
    ASSERT_FALSE(outcome.result->has_value()) << c.what;
    EXPECT_EQ(outcome.result->error().kind, ErrorKind::cancelled) << c.what;
    EXPECT_EQ(outcome.result->error().applied, c.applied) << c.what;
    EXPECT_EQ(outcome.result->error().attempts, 1) << c.what;
  }
}

TEST_F(PipelineCancellation, while_the_body_is_read) {
  for (const int status : {200, 500, 400}) {
    transport->then([status](const fakes::SentRequest&) {
      return HttpResponse{.status = status, .body = BodyReader("{", std::make_unique<WaitsForever>())};
    });
    const auto outcome = cancelled(other_operation);
    ASSERT_FALSE(outcome.result->has_value());
    EXPECT_EQ(outcome.result->error().kind, ErrorKind::cancelled);
    const auto applied = status == 200 ? Applied::yes : status == 500 ? Applied::unknown : Applied::no;
    EXPECT_EQ(outcome.result->error().applied, applied) << status;
  }
}

TEST_F(PipelineCancellation, while_a_body_is_read_for_its_checksum) {
  Call call = call_of(
      idempotent_operation,
      Body::reopenable(
          []() -> Result<std::unique_ptr<ByteSource>> { return std::make_unique<WaitsForever>(); }, 9));
  call.request.headers.add("x-amz-sdk-checksum-algorithm", "SHA256");
  const auto outcome = cancelled(std::move(call));
  ASSERT_FALSE(outcome.result->has_value());
  EXPECT_EQ(outcome.result->error().kind, ErrorKind::cancelled);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(PipelineCancellation, while_credentials_are_waited_for) {
  config.credentials = std::make_shared<NeverResolves>();
  const auto outcome = cancelled(read_operation);
  ASSERT_FALSE(outcome.result->has_value());
  EXPECT_EQ(outcome.result->error().kind, ErrorKind::cancelled);
  EXPECT_EQ(outcome.result->error().attempts, 0);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(PipelineCancellation, between_two_attempts) {
  transport->fail(Delivery::wholly_sent).answer(200);
  config.retry = {
      .base_delay = std::chrono::hours(1), .max_delay = std::chrono::hours(1), .jitter = Jitter::none};
  config.time.sleep = {};  // A real timer, that nobody waits for.
  const auto outcome = cancelled(idempotent_operation);
  ASSERT_FALSE(outcome.result->has_value());
  EXPECT_EQ(outcome.result->error().kind, ErrorKind::cancelled);
  EXPECT_EQ(outcome.result->error().applied, Applied::unknown);  // Of the attempt before.
  EXPECT_EQ(outcome.result->error().attempts, 1);
  EXPECT_EQ(transport->count(), 1U);
}

TEST_F(PipelineCancellation, does_not_undo_an_answer_that_came_all_the_same) {
  transport->then_wait([](const fakes::SentRequest&) -> Task<std::expected<HttpResponse, TransportError>> {
    co_await until_cancelled();
    co_return HttpResponse{.status = 200};
  });
  EXPECT_TRUE(cancelled(other_operation).result->has_value());
}

TEST_F(PipelineCancellation, is_not_followed_by_another_attempt) {
  transport
      ->then_wait([](const fakes::SentRequest&) -> Task<std::expected<HttpResponse, TransportError>> {
        co_await until_cancelled();
        co_return HttpResponse{.status = 400, .body = BodyReader("ThrottlingException x")};
      })
      .answer(200);
  const auto outcome = cancelled(read_operation);
  ASSERT_FALSE(outcome.result->has_value());
  EXPECT_EQ(outcome.result->error().kind, ErrorKind::cancelled);
  EXPECT_EQ(transport->count(), 1U);
}

}  // namespace
}  // namespace gannet::runtime
