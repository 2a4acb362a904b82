// A call that is cancelled at every turn of the event loop once: whatever it waits for, it ends as cancelled,
// leaves the caller's coroutine as it was, and leaves nothing in the way of the next call.

#include <map>
#include <optional>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "unit/io/tls_peer.hpp"
#include "unit/runtime/calls/call_support.hpp"

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// Credentials that take some turns to come.
struct SlowCredentials : CredentialsProvider {
  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    for (int i = 0; i < 3; ++i) {
      co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
      if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) {
        ++given_up;
        co_return fail(ErrorKind::cancelled, "Cancelled", "cancelled while waiting for credentials");
      }
    }
    co_return std::make_shared<const Credentials>(
        Credentials{.access_key_id = "AKIDEXAMPLE", .secret_access_key = Secret("secret")});
  }
  int given_up = 0;
};

class CancelledCalls : public testing::Test {
 protected:
  struct Outcome {
    std::optional<Result<std::string>> result;
    bool throws_if_cancelled = false;
    asio::cancellation_type seen = asio::cancellation_type::none;
    bool ended = false;
  };

  static Task<void> watch(std::shared_ptr<const ClientState> client, Call call, bool throws,
                          Outcome& outcome) {
    co_await asio::this_coro::throw_if_cancelled(throws);
    std::string output;
    BodyReader stream;
    const bool streams = call.operation->streams_output;
    void* const into = streams ? static_cast<void*>(&stream) : &output;
    auto done =
        co_await execute(std::move(client), std::move(call), streams ? parse_stream : parse_plain, into);
    if (done && streams) {
      auto whole = co_await stream.read_all(1000);
      if (whole)
        output = std::move(*whole);
      else
        done = std::unexpected(std::move(whole.error()));
    }
    outcome.throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
    outcome.seen = (co_await asio::this_coro::cancellation_state).cancelled();
    if (done)
      outcome.result = std::move(output);
    else
      outcome.result = std::unexpected(std::move(done.error()));
  }

  /// Cancels `call` after each number of turns, until it completes before that. Each time a second call, on
  /// the same client and over the one connection that it may have, must get its own answer. Counts by what
  /// the call was cancelled at.
  template <class MakePeer>
  void cancel_everywhere(MakePeer make_peer, const Operation& operation, const std::string& body = "{}",
                         int most_turns = 400) {
    bool completed = false;
    int turn = 0;
    for (; !completed && turn < most_turns; turn = next_turn(turn)) {
      const bool throws = turn % 2 == 0;
      asio::io_context context{1};
      auto peer = make_peer(context);
      const auto client = make_client(plain_service, config);
      Outcome outcome;
      asio::cancellation_signal signal;
      Call call = numbered(operation, turn, body);
      if (expects_continue) call.request.headers.add("Expect", "100-continue");
      asio::co_spawn(context, watch(client, std::move(call), throws, outcome),
                     asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                       // Before its first step a coroutine that throws never begins.
                       EXPECT_TRUE(!thrown || (throws && !outcome.result)) << turn;
                       outcome.ended = true;
                     }));
      for (int i = 0; i < turn && !outcome.ended; ++i) context.run_one();
      completed = outcome.result.has_value();
      if (!outcome.ended) signal.emit(asio::cancellation_type::terminal);
      while (!outcome.ended && context.run_one() != 0) {
      }
      ASSERT_TRUE(outcome.ended) << "stuck after " << turn << " turns";
      if (outcome.result) check(outcome, completed, throws, turn);

      const auto next = io::testing::run(context, ask(client, numbered(read_operation, 1'000'000 + turn)));
      ASSERT_TRUE(next.has_value()) << turn << ": " << next.error().message;
      EXPECT_EQ(*next, std::to_string(1'000'000 + turn)) << "another's answer, after " << turn << " turns";
    }
    EXPECT_TRUE(completed) << "never completed";
  }

  void check(const Outcome& outcome, bool completed, bool throws, int turn) {
    EXPECT_EQ(outcome.throws_if_cancelled, throws);
    // Asio hands a cancellation on in a turn of its own: the call may have ended by then.
    if (completed || outcome.seen == asio::cancellation_type::none) {
      ASSERT_TRUE(outcome.result->has_value()) << outcome.result->error().message;
      EXPECT_EQ(**outcome.result, std::to_string(turn));
      return;
    }
    EXPECT_EQ(outcome.seen, asio::cancellation_type::terminal);  // The caller's own, as it was.
    if (*outcome.result) {
      EXPECT_EQ(**outcome.result, std::to_string(turn));  // The answer was there before.
      ++cancelled["with its answer"];
      return;
    }
    const Error& error = outcome.result->error();
    EXPECT_EQ(error.kind, ErrorKind::cancelled) << to_string(error);
    const auto at = error.message.find("cancelled while ");
    ++cancelled[at == std::string::npos ? error.message : error.message.substr(at + 16)];
  }

  /// Every turn of the first hundred, then ever fewer.
  static int next_turn(int turn) { return turn + 1 + (turn < 100 ? 0 : turn / 16); }

  Config config = [] {
    Config made = config_for("http://localhost:1");
    made.connections.per_origin = 1;
    return made;
  }();
  bool expects_continue = false;
  std::map<std::string, int> cancelled;
};

TEST_F(CancelledCalls, while_they_look_up_connect_send_wait_and_read) {
  const auto credentials = std::make_shared<SlowCredentials>();
  config.credentials = credentials;
  cancel_everywhere(
      [&](asio::io_context& context) {
        const auto in_pieces = [](tcp::socket& socket) -> Task<void> {
          for (;;) {
            const std::string request = co_await read_request(socket);
            if (request.empty()) co_return;
            const std::string number = number_in(request);
            std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            for (const char digit : number) answer += std::string("1\r\n") + digit + "\r\n";
            const bool written = co_await write_sliced(socket, answer + "0\r\n\r\n", 2);
            if (!written) co_return;
          }
        };
        auto peer = std::make_unique<RawPeer>(context, in_pieces);
        config.endpoint_url = "http://localhost:" + std::to_string(peer->origin().port);
        return peer;
      },
      read_operation);
  for (const char* step : {"the caller cancelled the call", "looking up its name", "connecting",
                           "waiting for the answer", "reading the answer's body"}) {
    EXPECT_GT(cancelled[step], 0) << step;
  }
  EXPECT_GT(credentials->given_up, 0);
}

TEST_F(CancelledCalls, while_they_send_what_the_socket_does_not_take) {
  const std::string large(12'000'000, 'x');
  cancel_everywhere(
      [&](asio::io_context& context) {
        const auto reads_slowly = [](tcp::socket& socket) -> Task<void> {
          std::string buffer(256 * 1024, '\0');
          for (;;) {
            std::string request = co_await io::testing::read_until(socket, "\r\n\r\n");
            const auto end = request.find("\r\n\r\n");
            if (end == std::string::npos) co_return;
            const std::string number = number_in(request);
            std::size_t left = std::stoul(request.substr(request.find("Content-Length: ") + 16));
            left -= std::min(left, request.size() - end - 4);
            while (left != 0) {
              auto [error, count] =
                  co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::deferred));
              if (error) co_return;
              left -= std::min(left, count);
            }
            const bool written = co_await write_sliced(socket, answer_with(number), 1 << 20);
            if (!written) co_return;
          }
        };
        auto peer = std::make_unique<RawPeer>(context, reads_slowly);
        config.endpoint_url = "http://" + peer->origin().authority();
        return peer;
      },
      other_operation, large, 3000);
  EXPECT_GT(cancelled["sending the request"], 0);
  EXPECT_GT(cancelled["waiting for the answer"], 0);
}

TEST_F(CancelledCalls, while_they_wait_for_credentials_within_a_limit) {
  config.credentials = std::make_shared<SlowCredentials>();
  config.timeouts.call = std::chrono::seconds(60);
  cancel_everywhere(
      [&](asio::io_context& context) {
        auto peer = std::make_unique<RawPeer>(context, tells_numbers());
        config.endpoint_url = "http://" + peer->origin().authority();
        return peer;
      },
      read_operation);
  EXPECT_GT(cancelled["the caller cancelled the call"], 0);
  EXPECT_GT(cancelled["waiting for the answer"], 0);
}

TEST_F(CancelledCalls, while_they_wait_to_be_asked_for_the_body) {
  expects_continue = true;
  int asked = 0;
  int bodies = 0;
  cancel_everywhere(
      [&](asio::io_context& context) {
        const auto asks = [&](tcp::socket& socket) -> Task<void> {
          for (;;) {
            std::string request = co_await io::testing::read_until(socket, "\r\n\r\n");
            if (request.find("\r\n\r\n") == std::string::npos) co_return;
            if (request.find("Expect: 100-continue") != std::string::npos) {
              ++asked;
              co_await write_sliced(socket, "HTTP/1.1 100 Continue\r\n\r\n", 5);
            }
            request = co_await io::testing::read_until(socket, "\r\n\r\n{}", std::move(request));
            if (request.find("\r\n\r\n{}") == std::string::npos) co_return;
            ++bodies;
            const bool written = co_await write_sliced(socket, answer_with(number_in(request)), 1 << 20);
            if (!written) co_return;
          }
        };
        auto peer = std::make_unique<RawPeer>(context, asks);
        config.endpoint_url = "http://" + peer->origin().authority();
        return peer;
      },
      other_operation);
  EXPECT_GT(cancelled["waiting for the answer"], 0);
  EXPECT_GT(asked, 0);
  EXPECT_GT(bodies, 0);
}

TEST_F(CancelledCalls, while_their_answer_is_read_as_a_stream) {
  Operation streaming = read_operation;
  streaming.streams_output = true;
  cancel_everywhere(
      [&](asio::io_context& context) {
        const auto in_pieces = [](tcp::socket& socket) -> Task<void> {
          for (;;) {
            const std::string request = co_await read_request(socket);
            if (request.empty()) co_return;
            const bool written = co_await write_sliced(socket, answer_with(number_in(request)), 1);
            if (!written) co_return;
          }
        };
        auto peer = std::make_unique<RawPeer>(context, in_pieces);
        config.endpoint_url = "http://" + peer->origin().authority();
        return peer;
      },
      streaming);
  EXPECT_GT(cancelled["waiting for the answer"], 0);
  EXPECT_GT(cancelled["reading the answer's body"], 0);
}

TEST_F(CancelledCalls, while_they_agree_on_tls) {
  const io::testing::TemporaryFolder folder;
  const auto authority = io::testing::make_authority("the test authority");
  authority.write(folder / "ca.pem");
  config.ca_bundle = folder / "ca.pem";
  const auto certificate = io::testing::make_certificate({}, &authority);
  cancel_everywhere(
      [&](asio::io_context&) {
        auto peer = std::make_unique<io::testing::TlsPeer>(certificate, ":x-number");
        peer->take_time(milliseconds(5));
        config.endpoint_url = "https://localhost:" + std::to_string(peer->port());
        return peer;
      },
      read_operation);
  EXPECT_GT(cancelled["agreeing on TLS"], 0);
  EXPECT_GT(cancelled["waiting for the answer"], 0);
}

TEST_F(CancelledCalls, while_they_wait_for_another_attempt) {
  config.retry = {.max_attempts = 2, .base_delay = milliseconds(2), .jitter = Jitter::none};
  int told = 0;
  config.observers.push_back([&](const AttemptEvent& event) { told += event.will_retry ? 1 : 0; });
  cancel_everywhere(
      [&](asio::io_context& context) {
        const auto refuses_once = [](tcp::socket& socket) -> Task<void> {
          bool refused = false;
          for (;;) {
            const std::string request = co_await read_request(socket);
            if (request.empty()) co_return;
            const std::string number = number_in(request);
            const bool refuses = !refused && number.size() < 7;  // Not those that follow.
            refused = true;
            const std::string answer =
                refuses ? answer_with("InternalServerError asks for more", "500 No") : answer_with(number);
            const bool written = co_await write_sliced(socket, answer, 1 << 20);
            if (!written) co_return;
          }
        };
        auto peer = std::make_unique<RawPeer>(context, refuses_once);
        config.endpoint_url = "http://" + peer->origin().authority();
        return peer;
      },
      read_operation);
  EXPECT_GT(told, 0);
  EXPECT_GT(cancelled["the caller cancelled the call"], 0);  // Between the attempts.
}

TEST_F(CancelledCalls, while_they_wait_for_a_connection) {
  // Another call has the only connection, and its answer takes its time.
  for (int turn = 1; turn < 12; ++turn) {
    asio::io_context context{1};
    asio::steady_timer answers(context, asio::steady_timer::time_point::max());
    int came = 0;
    const auto slow = [&](tcp::socket& socket) -> Task<void> {
      for (;;) {
        const std::string request = co_await read_request(socket);
        if (request.empty()) co_return;
        if (++came == 1) co_await answers.async_wait(asio::as_tuple(asio::deferred));
        co_await write_sliced(socket, answer_with(number_in(request)), 1 << 20);
      }
    };
    RawPeer peer(context, slow);
    config.endpoint_url = "http://" + peer.origin().authority();
    const auto client = make_client(plain_service, config);
    std::map<int, Result<std::string>> answered;
    const auto keep = [&](int number) {
      return [&, number](std::exception_ptr, Result<std::string> answer) {
        answered.emplace(number, std::move(answer));
      };
    };
    asio::co_spawn(context, ask(client, numbered(read_operation, 1)), keep(1));
    while (came == 0) context.run_one();
    Outcome outcome;
    asio::cancellation_signal signal;
    asio::co_spawn(
        context, watch(client, numbered(read_operation, 2), false, outcome),
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { outcome.ended = true; }));
    asio::co_spawn(context, ask(client, numbered(read_operation, 3)), keep(3));
    context.poll();
    if (turn % 2 == 0) {
      // The connection is handed over in the very turn in which the call is cancelled.
      answers.cancel();
      for (int i = 0; i < turn / 2; ++i) context.run_one();
    }
    signal.emit(asio::cancellation_type::terminal);
    if (turn % 2 != 0) {
      for (int i = 0; i < turn / 2; ++i) context.poll_one();
      answers.cancel();
    }
    while ((answered.size() < 2 || !outcome.ended) && context.run_one() != 0) {
    }
    ASSERT_TRUE(outcome.ended && outcome.result);
    check(outcome, false, false, 2);
    for (const int number : {1, 3}) {
      ASSERT_TRUE(answered.at(number).has_value()) << answered.at(number).error().message;
      EXPECT_EQ(*answered.at(number), std::to_string(number));
    }
    EXPECT_LE(peer.connections(), 2);  // One more where the call had begun to use the first.
  }
  EXPECT_GT(cancelled["waiting for a connection"], 0);
}

}  // namespace
}  // namespace gannet::runtime
