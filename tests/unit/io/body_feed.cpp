// Bodies of requests whose source takes its time.

#include "io/body_feed.hpp"

#include <functional>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

/// Gives its bytes one by one and then nothing more, not even an end.
class Stalling final : public ByteSource {
 public:
  struct Seen {
    bool waits = false;
    int cancelled = 0;
  };
  Stalling(std::size_t bytes, Seen& seen) : left_(bytes), seen_(seen) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    if (left_ != 0) {
      --left_;
      buffer.front() = std::byte{'x'};
      co_return std::size_t{1};
    }
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    seen_.waits = true;
    try {
      co_await never.async_wait(asio::deferred);
    } catch (const boost::system::system_error& stopped) {
      if (stopped.code() == asio::error::operation_aborted) ++seen_.cancelled;
      throw;
    }
    co_return std::size_t{0};
  }

 private:
  std::size_t left_;
  Seen& seen_;
};

/// Gives its bytes over many turns of the event loop.
class Dawdling final : public ByteSource {
 public:
  explicit Dawdling(std::string bytes) : left_(std::move(bytes)) {}
  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    for (int i = 0; i < 3; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    const std::size_t count = std::min<std::size_t>({left_.size(), buffer.size(), 2});
    std::memcpy(buffer.data(), left_.data(), count);
    left_.erase(0, count);
    co_return count;
  }

 private:
  std::string left_;
};

class BodyFeedTest : public ::testing::Test {
 protected:
  Exchanged send(const Origin& origin, Body body, AttemptLimits limits) {
    return run(context, exchange(*transport, request_to(origin, "PUT"), std::move(body), limits));
  }

  asio::io_context context{1};
  // One connection: a call that kept it would keep it from the next.
  std::shared_ptr<Transport> transport =
      socket_transport(SocketTransportOptions{.max_connections_per_origin = 1});
};

TEST_F(BodyFeedTest, sends_what_comes_late) {
  RawPeer peer(context, answers_with(small_answer));
  const auto body = [] { return std::make_unique<Dawdling>("0123456789"); };
  EXPECT_TRUE(send(peer.origin(), Body::stream(body(), 10), {}));
  const auto longer = send(peer.origin(), Body::stream(body(), 9), {});
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().error.code, "BodyLengthWrong");
}

struct Limit {
  std::function<AttemptLimits(milliseconds)> of;
  const char* code;
};

TEST_F(BodyFeedTest, does_not_wait_for_a_source_beyond_any_limit) {
  const Limit cases[] = {
      {[](milliseconds limit) { return AttemptLimits{.stall = limit}; }, "StallTimeout"},
      {[](milliseconds limit) { return AttemptLimits{.stall = milliseconds(0), .attempt = limit}; },
       "AttemptTimeout"},
      {[](milliseconds limit) { return AttemptLimits{.deadline = std::chrono::steady_clock::now() + limit}; },
       "DeadlineExceeded"},
  };
  RawPeer peer(context, answers_with(small_answer));
  // Before its first byte, in its midst, and where only its end is awaited.
  for (const std::size_t bytes : {0U, 3U, 10U}) {
    for (const auto& [limits_of, code] : cases) {
      for (const auto length : {std::optional<std::uint64_t>(10), std::optional<std::uint64_t>()}) {
        Stalling::Seen seen;
        std::optional<Exchanged> answer;
        // A busy machine may take longer than that to get as far as the source.
        for (milliseconds limit{5}; !seen.waits; limit *= 2)
          answer = send(peer.origin(), Body::stream(std::make_unique<Stalling>(bytes, seen), length),
                        limits_of(limit));
        ASSERT_FALSE(answer->has_value());
        const TransportError& error = answer->error();
        EXPECT_EQ(error.error.kind, ErrorKind::timeout) << error.error.message;
        EXPECT_EQ(error.error.code, code) << bytes;
        EXPECT_NE(error.error.message.find("waiting for the request's body"), std::string::npos)
            << error.error.message;
        EXPECT_EQ(error.delivery, Delivery::not_sent);
        EXPECT_EQ(seen.cancelled, 1);
      }
    }
  }
  EXPECT_TRUE(send(peer.origin(), "body", {}));
}

TEST_F(BodyFeedTest, does_not_wait_for_a_source_once_the_call_is_cancelled) {
  RawPeer peer(context, answers_with(small_answer));
  for (const bool throws : {true, false}) {
    Stalling::Seen seen;
    std::optional<TransportError> error;
    std::exception_ptr thrown;
    bool ended = false;
    const HttpRequest request = request_to(peer.origin(), "PUT");
    const auto ask = [&]() -> Task<void> {
      co_await asio::this_coro::throw_if_cancelled(throws);
      auto answer = co_await transport->send(request, Body::stream(std::make_unique<Stalling>(3, seen), 10),
                                             AttemptLimits());
      if (!answer) error = answer.error();
    };
    asio::cancellation_signal signal;
    asio::co_spawn(context, ask(),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr failure) {
                     thrown = failure;
                     ended = true;
                   }));
    context.restart();
    while (!seen.waits && context.run_one() != 0) {
    }
    signal.emit(asio::cancellation_type::terminal);
    while (!ended && context.run_one() != 0) {
    }
    EXPECT_FALSE(thrown);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->error.kind, ErrorKind::cancelled) << error->error.message;
    EXPECT_EQ(error->delivery, Delivery::not_sent);
    EXPECT_EQ(seen.cancelled, 1);
  }
  EXPECT_TRUE(send(peer.origin(), "body", {}));
}

TEST_F(BodyFeedTest, leaves_nothing_behind_when_the_context_ends_while_the_source_is_read) {
  RawPeer peer(context, answers_with(small_answer));
  Stalling::Seen seen;
  {
    asio::io_context own{1};
    asio::co_spawn(own,
                   exchange(*transport, request_to(peer.origin(), "PUT"),
                            Body::stream(std::make_unique<Stalling>(3, seen), 10)),
                   asio::detached);
    while (!seen.waits && own.run_one() != 0) {
    }
  }
  EXPECT_EQ(seen.cancelled, 0);
}

class Throwing final : public ByteSource {
 public:
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override {
    throw std::runtime_error("the source broke");
    co_return std::size_t{0};
  }
};

TEST_F(BodyFeedTest, lets_through_what_a_source_throws_of_its_own) {
  RawPeer peer(context, answers_with(small_answer));
  EXPECT_THROW(send(peer.origin(), Body::stream(std::make_unique<Throwing>(), 10), {}), std::runtime_error);
}

TEST_F(BodyFeedTest, sees_that_a_body_announced_as_empty_is) {
  RawPeer peer(context, answers_with(small_answer));
  for (const char* bytes : {"", "surplus"}) {
    int opened = 0;
    const auto open = [&]() -> Result<std::unique_ptr<ByteSource>> {
      ++opened;
      return std::make_unique<Dawdling>(bytes);
    };
    const int before = peer.connections();
    const auto answer = send(peer.origin(), Body::reopenable(open, 0), {});
    EXPECT_EQ(opened, 1);
    if (*bytes == '\0') {
      EXPECT_TRUE(answer) << answer.error().error.message;
      continue;
    }
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.code, "BodyLengthWrong");
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    EXPECT_EQ(peer.connections(), before);
  }
}

}  // namespace
}  // namespace gannet::io
