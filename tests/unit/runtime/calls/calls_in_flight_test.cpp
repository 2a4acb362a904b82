// Thousands of calls on one thread.

#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

#include "unit/runtime/calls/allocated_bytes.hpp"
#include "unit/runtime/calls/call_support.hpp"

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;

/// What a call may cost while it waits for its turn. Unoptimized it costs some 12 KiB: the coroutines'
/// frames, the signed request, and its place in the queue.
constexpr std::size_t most_bytes_of_a_waiting_call = 32 * 1024;

struct Load {
  int calls;
  std::size_t connections;
};

class CallsInFlight : public testing::TestWithParam<Load> {
 protected:
  /// Answers nothing until it may.
  RawPeer::Script holds_back() {
    return [this](tcp::socket& socket) -> Task<void> {
      ++open_;
      most_open = std::max(most_open, open_);
      for (;;) {
        const std::string request = co_await read_request(socket);
        if (request.empty()) break;
        came.push_back(std::stoi(number_in(request)));
        while (!may_answer) {
          asio::steady_timer later(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
          held_back.push_back(&later);
          co_await later.async_wait(asio::as_tuple(asio::deferred));
        }
        const bool written = co_await write_sliced(socket, answer_with(number_in(request)), 1 << 20);
        if (!written) break;
      }
      --open_;
    };
  }
  void let_go() {
    may_answer = true;
    for (asio::steady_timer* timer : held_back) timer->cancel();
    held_back.clear();
  }

  asio::io_context context{1};
  std::vector<int> came;
  std::size_t most_open = 0;

 private:
  std::size_t open_ = 0;
  bool may_answer = false;
  std::vector<asio::steady_timer*> held_back;
};

TEST_P(CallsInFlight, are_bounded_in_memory_and_connections_and_served_in_their_order) {
  const auto [count, connections] = GetParam();
  RawPeer peer(context, holds_back());
  Config config = config_for(peer.origin());
  config.connections.per_origin = connections;
  config.timeouts.stall = std::chrono::milliseconds(0);
  const auto client = make_client(plain_service, config);
  came.reserve(static_cast<std::size_t>(count));
  int good = 0;
  const auto call = [&](int number) -> Task<void> {
    auto answer = co_await ask(client, numbered(read_operation, number));
    good += answer && *answer == std::to_string(number) ? 1 : 0;
  };
  // The first fill every connection; what they and the server's side of them take is not the others' cost.
  for (int i = 0; i < static_cast<int>(connections); ++i) asio::co_spawn(context, call(i), asio::detached);
  while (came.size() < connections) context.run_one();
  const std::size_t before = allocated_bytes();
  for (int i = static_cast<int>(connections); i < count; ++i)
    asio::co_spawn(context, call(i), asio::detached);
  context.poll();
  const std::size_t waiting = static_cast<std::size_t>(count) - connections;
  const std::size_t bytes = (allocated_bytes() - before) / waiting;
  EXPECT_LT(bytes, most_bytes_of_a_waiting_call);
  EXPECT_EQ(came.size(), connections);  // All others wait.

  let_go();
  while (good < count && context.run_one() != 0) {
  }
  EXPECT_EQ(good, count);
  EXPECT_EQ(most_open, connections);
  EXPECT_EQ(peer.connections(), static_cast<int>(connections));
  ASSERT_EQ(came.size(), static_cast<std::size_t>(count));
  // First come, first served: requests on different connections may pass each other on the way, no more.
  int out_of_place = 0;
  for (int i = 0; i < count; ++i)
    out_of_place = std::max(out_of_place, std::abs(came[static_cast<std::size_t>(i)] - i));
  EXPECT_LT(out_of_place, static_cast<int>(connections));

  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  RecordProperty("bytes_of_a_waiting_call", std::to_string(bytes));
  std::printf("%d calls over %zu connections: %zu bytes each waiting call; the process at its peak %ld MiB\n",
              count, connections, bytes, used.ru_maxrss / 1024);
}

INSTANTIATE_TEST_SUITE_P(Loads, CallsInFlight,
                         testing::Values(Load{1'000, 1}, Load{1'000, 64}, Load{10'000, 1}, Load{10'000, 64}),
                         [](const auto& load) {
                           return std::to_string(load.param.calls) + "_over_" +
                                  std::to_string(load.param.connections);
                         });

}  // namespace
}  // namespace gannet::runtime
