#include "local/in_process.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/timestamps.hpp"

namespace gannet::local {
namespace {

namespace asio = boost::asio;

using Answered = std::expected<HttpResponse, TransportError>;

/// An io_context on a thread of its own.
class OwnThread {
 public:
  OwnThread() : work_(context.get_executor()), thread_([this] { context.run(); }) {}
  ~OwnThread() {
    work_.reset();
    thread_.join();
  }
  template <class Work>
  void run(Work work) {
    std::promise<void> done;
    asio::post(context, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  [[nodiscard]] std::thread::id id() const { return thread_.get_id(); }

  asio::io_context context{1};

 private:
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

/// Gives its pieces one by one; says where it was read and where it ended.
class Pieces final : public ByteSource {
 public:
  explicit Pieces(std::vector<std::string> pieces, std::thread::id* ended_on = nullptr)
      : pieces_(std::move(pieces)), ended_on_(ended_on) {}
  ~Pieces() override {
    if (ended_on_ != nullptr) *ended_on_ = std::this_thread::get_id();
  }
  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    if (pieces_.empty()) co_return std::size_t{0};
    auto& first = pieces_.front();
    const auto size = std::min(first.size(), buffer.size());
    std::memcpy(buffer.data(), first.data(), size);
    first.erase(0, size);
    if (first.empty()) pieces_.erase(pieces_.begin());
    co_return size;
  }

 private:
  std::vector<std::string> pieces_;
  std::thread::id* ended_on_;
};

/// Never gives anything; calls `waiting` when it is read.
class Silence final : public ByteSource {
 public:
  Silence(std::function<void()> waiting, bool* was_cancelled)
      : waiting_(std::move(waiting)), cancelled_(was_cancelled) {}
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override {
    asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    waiting_();
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (cancelled_ != nullptr) *cancelled_ = true;
    co_return fail(ErrorKind::cancelled, "Cancelled", "the read was cancelled");
  }

 private:
  std::function<void()> waiting_;
  bool* cancelled_;
};

class InProcessTest : public testing::Test {
 protected:
  ~InProcessTest() override {
    if (door) end();
  }

  void serve(http::Handler handler) {
    door = std::make_shared<InProcess>(server.context.get_executor(), std::move(handler),
                                       [] { return *core::parse_iso8601("2026-01-31T12:00:00Z"); });
  }

  void end() {
    server.run([&] {
      door->refuse_new();
      door->cancel_all();
    });
    server.run([&] { door->close(); });
  }

  Answered send(const HttpRequest& request, Body body = {}, AttemptLimits limits = {}) {
    return blocking(door->send(request, std::move(body), limits));
  }

  OwnThread server;
  std::shared_ptr<InProcess> door;
};

HttpRequest request_to(std::string path, std::string method = "PUT") {
  return {.method = std::move(method),
          .origin = {.tls = false, .host = "cloud", .port = 80},
          .path = std::move(path)};
}

Task<http::ServerResponse> echo(http::ServerRequest request) {
  http::ServerResponse response;
  auto body = co_await request.body.read_all(1U << 30U);
  response.status = body ? 200 : 400;
  response.body = Body(request.head.method + " " + request.head.path +
                       " host=" + std::string(request.head.headers.get("host")) +
                       " length=" + std::string(request.head.headers.get("content-length")) + " " +
                       (body ? *body : body.error().message));
  co_return response;
}

/// Never answers unless it is cancelled.
http::Handler silent_after(std::function<void()> started) {
  return [started](http::ServerRequest) -> Task<http::ServerResponse> {
    struct Wait {
      static Task<http::ServerResponse> run(std::function<void()> began) {
        asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
        began();
        co_await timer.async_wait(asio::use_awaitable);
        co_return http::ServerResponse{};
      }
    };
    return Wait::run(started);
  };
}

TEST_F(InProcessTest, carries_requests_there_and_answers_back) {
  serve(echo);
  auto answer = send(request_to("/a"), Body("bytes"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.get("date"), "Sat, 31 Jan 2026 12:00:00 GMT");
  const auto text = blocking(answer->body.read_all(1000));
  EXPECT_EQ(text, "PUT /a host=cloud length=5 bytes");
  EXPECT_EQ(answer->headers.get("content-length"), std::to_string(text->size()));
}

TEST_F(InProcessTest, leaves_out_the_body_of_an_answer_to_head) {
  serve(echo);
  auto answer = send(request_to("/a", "HEAD"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(blocking(answer->body.read_all(1000)), "");
  EXPECT_NE(answer->headers.get("content-length"), "0");
}

TEST_F(InProcessTest, streams_a_request_s_body) {
  serve(echo);
  const auto body =
      Body::stream(std::make_unique<Pieces>(std::vector<std::string>{"one ", "two ", "three"}), 13);
  auto answer = send(request_to("/a"), body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(blocking(answer->body.read_all(1000)), "PUT /a host=cloud length=13 one two three");
}

TEST_F(InProcessTest, streams_an_answer_s_body_that_ends_where_it_began) {
  std::thread::id ended_on;
  serve([&](http::ServerRequest) -> Task<http::ServerResponse> {
    http::ServerResponse response;
    response.body = Body::stream(
        std::make_unique<Pieces>(std::vector<std::string>{std::string(100'000, 'a'), "b"}, &ended_on),
        std::nullopt);
    co_return response;
  });
  {
    auto answer = send(request_to("/a", "GET"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(blocking(answer->body.read_all(1U << 20U)), std::string(100'000, 'a') + "b");
  }
  server.run([] {});
  EXPECT_EQ(ended_on, server.id());

  ended_on = {};
  {
    auto dropped_unread = send(request_to("/a", "GET"));
  }
  server.run([] {});
  EXPECT_EQ(ended_on, server.id());
}

TEST_F(InProcessTest, takes_its_time_for_the_head_of_an_answer_that_trickles) {
  std::size_t pauses = 0;
  const auto pause = [&pauses]() -> Task<bool> {
    ++pauses;
    co_return true;
  };
  serve([&](http::ServerRequest) -> Task<http::ServerResponse> {
    http::ServerResponse response;
    response.headers.add("x-trickles", "yes");
    response.pace = http::ServerResponse::Pace{.piece = 1, .between = pause};
    co_return response;
  });
  const auto answer = send(request_to("/a"));
  ASSERT_TRUE(answer);
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (const Header& header : answer->headers) head += header.name + ": " + header.value + "\r\n";
  head += "\r\n";
  EXPECT_EQ(pauses, head.size());
}

TEST_F(InProcessTest, says_so_when_the_handler_throws) {
  serve([](http::ServerRequest) -> Task<http::ServerResponse> { throw std::runtime_error("no"); });
  const auto answer = send(request_to("/a"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::network);
  EXPECT_EQ(answer.error().delivery, Delivery::wholly_sent);
}

TEST_F(InProcessTest, ends_at_the_deadline) {
  serve(silent_after([] {}));
  const auto answer = send(request_to("/a"), {}, {.deadline = std::chrono::steady_clock::now()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::timeout);
  EXPECT_EQ(answer.error().delivery, Delivery::wholly_sent);
}

TEST_F(InProcessTest, ends_when_its_caller_cancels) {
  asio::io_context caller;
  asio::cancellation_signal cancel;
  serve(silent_after([&] { asio::post(caller, [&] { cancel.emit(asio::cancellation_type::terminal); }); }));
  const auto request = request_to("/a");
  std::optional<Answered> answer;
  asio::co_spawn(
      caller, door->send(request, Body("x"), {}),
      asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& thrown, Answered sent) {
        EXPECT_FALSE(thrown);
        answer.emplace(std::move(sent));
      }));
  while (!answer) caller.run_one();
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().error.kind, ErrorKind::cancelled);
  EXPECT_EQ(answer->error().delivery, Delivery::wholly_sent);
}

TEST_F(InProcessTest, lets_go_of_the_body_before_a_cancelled_call_ends) {
  asio::io_context caller;
  asio::cancellation_signal cancel;
  serve(echo);
  bool read_was_cancelled = false;
  const auto waiting = [&] { asio::post(caller, [&] { cancel.emit(asio::cancellation_type::terminal); }); };
  const auto request = request_to("/a");
  std::optional<Answered> answer;
  asio::co_spawn(
      caller,
      door->send(request, Body::stream(std::make_unique<Silence>(waiting, &read_was_cancelled), 5), {}),
      asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& thrown, Answered sent) {
        EXPECT_FALSE(thrown);
        EXPECT_TRUE(read_was_cancelled);
        answer.emplace(std::move(sent));
      }));
  while (!answer) caller.run_one();
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().error.kind, ErrorKind::cancelled);
  EXPECT_EQ(answer->error().delivery, Delivery::not_sent);
}

TEST_F(InProcessTest, outlives_a_caller_that_goes_away_in_the_middle) {
  std::promise<void> reading;
  serve(echo);
  {
    asio::io_context caller;
    const auto request = request_to("/a");
    asio::co_spawn(
        caller,
        door->send(request, Body::stream(std::make_unique<Silence>([&] { reading.set_value(); }, nullptr), 5),
                   {}),
        [](const std::exception_ptr&, Answered) {});
    auto started = reading.get_future();
    while (started.wait_for(std::chrono::seconds(0)) != std::future_status::ready) caller.run_one();
  }
  auto answer = send(request_to("/b"), Body("still here"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST_F(InProcessTest, refuses_once_it_stops_and_tells_readers) {
  serve([&](http::ServerRequest) -> Task<http::ServerResponse> {
    http::ServerResponse response;
    response.body = Body::stream(std::make_unique<Pieces>(std::vector<std::string>{"a", "b"}), std::nullopt);
    co_return response;
  });
  auto answer = send(request_to("/a"));
  ASSERT_TRUE(answer);
  server.run([&] { door->refuse_new(); });
  auto refused = send(request_to("/a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().delivery, Delivery::not_sent);

  server.run([&] { door->close(); });
  refused = send(request_to("/a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().delivery, Delivery::not_sent);
  const auto rest = blocking(answer->body.read_all(1000));
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().kind, ErrorKind::network);
}

TEST_F(InProcessTest, tells_waiting_callers_that_it_was_cancelled) {
  std::promise<void> started;
  serve(silent_after([&] { started.set_value(); }));
  std::thread stopper([&] {
    started.get_future().wait();
    server.run([&] { door->cancel_all(); });
  });
  const auto answer = send(request_to("/a"));
  stopper.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::network);
  EXPECT_EQ(answer.error().delivery, Delivery::wholly_sent);
}

}  // namespace
}  // namespace gannet::local
