#include <algorithm>
#include <array>
#include <optional>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gannet/dynamodb.hpp>
#include <gannet/exactly_once.hpp>
#include <gannet/local.hpp>

#include "fakes/chaos_gate.hpp"

// Calls through a gate that breaks the connection after each byte of a whole exchange in turn, in either
// direction and in every way a connection can break. What the client says of each call must be what has
// become of it, and one broken connection must not spoil the next call.

namespace gannet::dynamodb {
namespace {

using namespace std::chrono_literals;
using fakes::ChaosGate;
using fakes::Passage;

/// What a call made of the counter it was to move.
struct Seen {
  Result<void> said;
  int moved = 0;
};

class ChaosTest : public testing::Test {
 protected:
  ChaosTest() {
    cloud = local::Cloud::open({}).value();
    url = cloud->listen("127.0.0.1", 0).value();
    const CreateTableInput table{
        .attribute_definitions = {{{.attribute_name = "PK", .attribute_type = ScalarAttributeType::s}}},
        .table_name = "counters",
        .key_schema = {{{.attribute_name = "PK", .key_type = KeyType::hash}}},
        .billing_mode = BillingMode::pay_per_request};
    const auto created = blocking(Client(reaching(url)).create_table(table));
    EXPECT_TRUE(created.has_value()) << to_string(created.error());
  }

  [[nodiscard]] std::uint16_t server_port() const {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  /// A configuration of its own, with connections and a retry bucket of its own.
  static Config reaching(std::string url) {
    const local::AcceptedKey key;
    Config config;
    config.region = "us-east-1";
    config.endpoint_url = std::move(url);
    config.credentials =
        static_credentials({.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key});
    config.retry.base_delay = 1ms;
    return config;
  }
  static Config through(const ChaosGate& gate) {
    return reaching("http://127.0.0.1:" + std::to_string(gate.port()));
  }

  /// Runs `task` and what it starts until it ends.
  void run(Task<void> task) {
    bool done = false;
    boost::asio::co_spawn(context, std::move(task), [&done](const std::exception_ptr& thrown) {
      done = true;
      if (thrown) std::rethrow_exception(thrown);
    });
    context.restart();
    while (!done && context.run_one() != 0) {
    }
    EXPECT_TRUE(done) << "what was begun did not end";
  }

  static Item key_of(int number) { return {{"PK", "COUNTER#" + std::to_string(10'000 + number)}}; }
  static UpdateItemInput add_one(int number) {
    return {.table_name = "counters",
            .key = key_of(number),
            .update_expression = "ADD n :1",
            .expression_attribute_values = Item{{":1", 1}}};
  }
  Task<int> counter(int number) {
    if (!direct) direct.emplace(reaching(url));
    const GetItemInput question{.table_name = "counters", .key = key_of(number), .consistent_read = true};
    const auto found = co_await direct->get_item(question);
    EXPECT_TRUE(found.has_value()) << to_string(found.error());
    co_return found && found->item && found->item->contains("n") ? std::stoi(found->item->at("n").n()) : 0;
  }

  // What is called, by its class in the table of what may be repeated: of the counter that is at `now`.
  using Work = Task<Result<void>> (*)(const Client& client, int number, int now);
  static Task<Result<void>> increment(const Client& client, int number, int) {
    const UpdateItemInput input = add_one(number);
    const auto done = co_await client.update_item(input);
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>();
  }
  static Task<Result<void>> increment_once(const Client& client, int number, int) {
    const UpdateItemInput input = add_one(number);
    co_return co_await exactly_once(client, input);
  }
  static Task<Result<void>> put_next(const Client& client, int number, int now) {
    const int next = std::max(now, 1'000) + 1;  // Of as many digits wherever the exchange is cut.
    const PutItemInput input{.table_name = "counters",
                             .item = {{"PK", key_of(number).at("PK")}, {"n", next}}};
    const auto done = co_await client.put_item(input);
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>();
  }
  static Task<Result<void>> read(const Client& client, int number, int now) {
    const GetItemInput input{.table_name = "counters", .key = key_of(number)};
    const auto done = co_await client.get_item(input);
    if (!done) co_return std::unexpected(done.error());
    EXPECT_TRUE(done->item && done->item->at("n") == AttributeValue(now));
    co_return Result<void>();
  }

  /// One call through `passage`, and what became of its counter once the server has done with it.
  Task<Seen> see(ChaosGate& gate, const Client& client, Work work, int number, Passage passage) {
    const int before = co_await counter(number);
    gate.next(passage);
    Seen seen;
    seen.said = co_await work(client, number, before);
    gate.close_connections();
    co_await gate.quiet();
    seen.moved = co_await counter(number) - before;
    co_return seen;
  }

  /// The bytes of a whole exchange on a connection of its own.
  struct Sizes {
    std::size_t request = 0;
    std::size_t answer = 0;
  };
  Task<Sizes> measure(ChaosGate& gate, const Client& client, Work work, int number) {
    const std::size_t request = gate.request_bytes();
    const std::size_t answer = gate.answer_bytes();
    const Passage open;
    const Seen whole = co_await see(gate, client, work, number, open);
    EXPECT_TRUE(whole.said.has_value()) << to_string(whole.said.error());
    co_return Sizes{gate.request_bytes() - request, gate.answer_bytes() - answer};
  }

  boost::asio::io_context context{1};
  std::unique_ptr<local::Cloud> cloud;
  std::string url;
  std::optional<Client> direct;
};

/// What must hold wherever the connection broke.
void expect_truth(const Seen& seen) {
  if (seen.said) {
    EXPECT_EQ(seen.moved, 1);
    return;
  }
  const Error& error = seen.said.error();
  EXPECT_EQ(error.kind == ErrorKind::outcome_unknown, error.applied == Applied::unknown) << to_string(error);
  if (error.applied == Applied::no) EXPECT_EQ(seen.moved, 0) << to_string(error);
  if (error.applied == Applied::yes) EXPECT_EQ(seen.moved, 1) << to_string(error);
  if (error.applied == Applied::unknown) EXPECT_LE(seen.moved, 1) << to_string(error);
}

class ChaosWalkTest : public ChaosTest, public testing::WithParamInterface<Passage::End> {};

TEST_P(ChaosWalkTest, never_repeats_an_increment_wherever_the_connection_breaks) {
  const auto walk = [&]() -> Task<void> {
    ChaosGate gate(context, server_port());
    const Client client(through(gate));
    const Sizes sizes = co_await measure(gate, client, increment, 0);
    const int connections = gate.connections();
    for (std::size_t at = 0; at <= sizes.request && !HasFailure(); ++at) {
      SCOPED_TRACE("request cut after " + std::to_string(at) + " of " + std::to_string(sizes.request));
      const Passage passage{.request_bytes = at, .end = GetParam()};
      const Seen seen = co_await see(gate, client, increment, 0, passage);
      expect_truth(seen);
      EXPECT_FALSE(seen.said.has_value());
      EXPECT_EQ(seen.moved, at < sizes.request ? 0 : 1);
    }
    std::size_t known_from = sizes.answer;
    for (std::size_t at = 0; at <= sizes.answer && !HasFailure(); ++at) {
      SCOPED_TRACE("answer cut after " + std::to_string(at) + " of " + std::to_string(sizes.answer));
      const Passage passage{.answer_bytes = at, .end = GetParam()};
      const Seen seen = co_await see(gate, client, increment, 0, passage);
      expect_truth(seen);
      EXPECT_EQ(seen.moved, 1);
      const bool known = seen.said || seen.said.error().applied == Applied::yes;
      if (known) known_from = std::min(known_from, at);
      EXPECT_EQ(known, at >= known_from);
      EXPECT_EQ(seen.said.has_value(), at == sizes.answer);
    }
    EXPECT_GE(known_from, std::string_view("HTTP/1.1 200").size());
    EXPECT_LT(known_from, sizes.answer);
    // One connection for each call: none was sent a second time.
    EXPECT_EQ(gate.connections() - connections, static_cast<int>(sizes.request + sizes.answer + 2));
    std::printf("%zu bytes of request and %zu of answer; applied is known from byte %zu of the answer on\n",
                sizes.request, sizes.answer, known_from);
  };
  run(walk());
}

TEST_P(ChaosWalkTest, repeats_what_is_safe_wherever_the_connection_breaks) {
  const auto walk = [&](Work work, int number, int moves) -> Task<void> {
    ChaosGate gate(context, server_port());
    const Client client(through(gate));
    const Sizes sizes = co_await measure(gate, client, work, number);
    for (std::size_t at = 0; at <= sizes.request + sizes.answer && !HasFailure(); ++at) {
      Passage passage{.end = GetParam()};
      if (at <= sizes.request) passage.request_bytes = at;
      if (at > sizes.request) passage.answer_bytes = at - sizes.request - 1;
      SCOPED_TRACE("cut after " + std::to_string(at) + " of " + std::to_string(sizes.request) + " + " +
                   std::to_string(sizes.answer));
      const Seen seen = co_await see(gate, client, work, number, passage);
      EXPECT_EQ(seen.moved, moves);
      EXPECT_TRUE(seen.said.has_value() || work == put_next);
      if (seen.said) continue;
      // Of a write that was answered only the answer can be missing.
      EXPECT_EQ(seen.said.error().applied, Applied::yes) << to_string(seen.said.error());
      EXPECT_GT(at, sizes.request);
    }
  };
  run(walk(increment_once, 0, 1));
  run(walk(put_next, 1, 1));
  run(walk(read, 1, 0));
}

INSTANTIATE_TEST_SUITE_P(Ends, ChaosWalkTest, testing::Values(Passage::End::close, Passage::End::reset),
                         [](const auto& end) {
                           return end.param == Passage::End::close ? "closed" : "reset";
                         });

TEST_F(ChaosTest, tells_the_truth_wherever_a_connection_falls_silent) {
  // Few enough that all that are repeated together are answered well within the limit, also by a slow machine.
  constexpr int at_once = 50;
  int left = 0;
  boost::asio::steady_timer one_has_ended(context, boost::asio::steady_timer::time_point::max());
  const auto until_fewer_than = [&](int most) -> Task<void> {
    while (left >= most) co_await one_has_ended.async_wait(boost::asio::as_tuple(boost::asio::deferred));
  };
  const auto one = [&](Work work, int number, Passage passage) -> Task<void> {
    ChaosGate gate(context, server_port());
    Config config = through(gate);
    config.timeouts.stall = 600ms;
    const Client client(std::move(config));
    const Seen seen = co_await see(gate, client, work, number, passage);
    expect_truth(seen);
    const bool reaches_the_server = work == increment_once || passage.request_bytes == Passage::all;
    EXPECT_EQ(seen.moved, reaches_the_server ? 1 : 0);
    EXPECT_EQ(seen.said.has_value(), work == increment_once);
    --left;
    one_has_ended.cancel();
  };
  const auto walk = [&](Work work, int first) -> Task<void> {
    Sizes sizes;
    {
      ChaosGate gate(context, server_port());
      const Client client(through(gate));
      sizes = co_await measure(gate, client, work, first);
    }
    for (std::size_t at = 0; at < sizes.request + sizes.answer && !HasFailure(); ++at) {
      Passage passage{.end = Passage::End::stall};
      if (at < sizes.request) passage.request_bytes = at;
      if (at >= sizes.request) passage.answer_bytes = at - sizes.request;
      ++left;
      boost::asio::co_spawn(context, one(work, first + 1 + static_cast<int>(at), passage),
                            [](const std::exception_ptr& thrown) {
                              if (thrown) std::rethrow_exception(thrown);
                            });
      co_await until_fewer_than(at_once);
    }
    co_await until_fewer_than(1);
  };
  run(walk(increment, 1'000));
  run(walk(increment_once, 4'000));
}

TEST_F(ChaosTest, reads_and_writes_through_single_bytes) {
  const auto walk = [&]() -> Task<void> {
    ChaosGate gate(context, server_port());
    const Client client(through(gate));
    const std::array<Work, 3> works = {increment, increment_once, increment};
    const Passage passage{.slice = 1};
    for (const Work work : works) {
      const Seen seen = co_await see(gate, client, work, 0, passage);
      EXPECT_TRUE(seen.said.has_value()) << to_string(seen.said.error());
      EXPECT_EQ(seen.moved, 1);
    }
    EXPECT_EQ(gate.connections(), 3);
  };
  run(walk());
}

TEST_F(ChaosTest, repeats_even_an_increment_that_was_refused_a_connection) {
  const auto walk = [&]() -> Task<void> {
    ChaosGate gate(context, server_port());
    gate.shut();
    const Passage open;
    const Client refused(through(gate));
    const Seen never = co_await see(gate, refused, increment, 0, open);
    EXPECT_FALSE(never.said.has_value());
    if (never.said) co_return;
    EXPECT_EQ(never.said.error().kind, ErrorKind::network) << to_string(never.said.error());
    EXPECT_EQ(never.said.error().applied, Applied::no);
    EXPECT_EQ(never.said.error().attempts, 4);
    EXPECT_EQ(never.moved, 0);

    Config config = through(gate);
    config.observers.push_back([&gate](const AttemptEvent& event) {
      if (event.attempt == 2 && event.will_retry) gate.open();
    });
    const Client client(config);
    const Seen late = co_await see(gate, client, increment, 0, open);
    EXPECT_TRUE(late.said.has_value()) << to_string(late.said.error());
    EXPECT_EQ(late.moved, 1);
    EXPECT_EQ(gate.connections(), 1);
  };
  run(walk());
}

TEST_F(ChaosTest, notices_a_connection_that_was_closed_while_it_was_idle) {
  const auto walk = [&]() -> Task<void> {
    ChaosGate gate(context, server_port());
    const Client client(through(gate));
    constexpr int calls = 500;
    for (int call = 0; call < calls && !HasFailure(); ++call) {
      const Result<void> said = co_await increment(client, 0, 0);
      EXPECT_TRUE(said.has_value()) << to_string(said.error());
      gate.close_idle_connections();
    }
    const int counted = co_await counter(0);
    EXPECT_EQ(counted, calls);
    EXPECT_EQ(gate.connections(), calls);
    EXPECT_EQ(gate.sent_after_the_end(), 0);
  };
  run(walk());
}

TEST_F(ChaosTest, leaves_unknown_only_what_was_sent_as_an_idle_connection_was_closed) {
  const auto walk = [&]() -> Task<void> {
    const auto executor = co_await boost::asio::this_coro::executor;
    ChaosGate gate(context, server_port());
    const Client client(through(gate));
    constexpr int calls = 3'000;
    std::minstd_rand chance(7);
    bool done = false;
    const auto close_at_any_time = [&]() -> Task<void> {
      while (!done) {
        for (auto turns = chance() % 20; turns > 0; --turns)
          co_await boost::asio::post(executor, boost::asio::deferred);
        gate.close_idle_connections();
      }
      done = false;
    };
    boost::asio::co_spawn(executor, close_at_any_time(), boost::asio::detached);
    int acknowledged = 0;
    int unknown = 0;
    for (int call = 0; call < calls && !HasFailure(); ++call) {
      const Result<void> said = co_await increment(client, 0, 0);
      if (said) {
        ++acknowledged;
      } else {
        EXPECT_EQ(said.error().kind, ErrorKind::outcome_unknown) << to_string(said.error());
        ++unknown;
      }
    }
    done = true;
    while (done) co_await boost::asio::post(executor, boost::asio::deferred);
    co_await gate.quiet();
    std::printf("%d connections, %d requests sent as theirs was closed, %d unknown\n", gate.connections(),
                gate.sent_after_the_end(), unknown);
    EXPECT_GT(unknown, 0);
    EXPECT_EQ(unknown, gate.sent_after_the_end());
    const int counted = co_await counter(0);
    EXPECT_EQ(counted, acknowledged);
  };
  run(walk());
}

}  // namespace
}  // namespace gannet::dynamodb
