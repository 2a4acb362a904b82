// A client that ends before, during and after its context: at every turn of the event loop once.

#include <optional>

#include "unit/runtime/calls/call_support.hpp"

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;

constexpr int most_turns = 200;

/// A call under way in a context of its own.
struct UnderWay {
  explicit UnderWay(int number = 7) : context(std::make_unique<asio::io_context>(1)) {
    peer.emplace(*context, tells_numbers());
    // By name, so that it is looked up on another thread.
    client =
        make_client(plain_service, config_for("http://localhost:" + std::to_string(peer->origin().port)));
    auto call = ask(client, numbered(read_operation, number));
    asio::co_spawn(*context, std::move(call), [this](std::exception_ptr thrown, Result<std::string> answer) {
      EXPECT_FALSE(thrown);
      outcome = std::move(answer);
    });
  }
  bool turns(int count) {
    for (int i = 0; i < count && !outcome; ++i) context->run_one();
    return outcome.has_value();
  }

  std::unique_ptr<asio::io_context> context;
  std::optional<RawPeer> peer;
  std::shared_ptr<const ClientState> client;
  std::optional<Result<std::string>> outcome;
};

TEST(ClientLifetime, may_end_while_its_call_goes_on) {
  bool completed = false;
  for (int turn = 0; !completed && turn < most_turns; ++turn) {
    UnderWay call;
    completed = call.turns(turn);
    call.client.reset();
    while (!call.outcome && call.context->run_one() != 0) {
    }
    ASSERT_TRUE(call.outcome && *call.outcome) << turn;
    EXPECT_EQ(**call.outcome, "7");
  }
  EXPECT_TRUE(completed);
}

TEST(ClientLifetime, may_end_before_its_context_with_a_call_that_never_does) {
  bool completed = false;
  for (int turn = 0; !completed && turn < most_turns; ++turn) {
    UnderWay call;
    completed = call.turns(turn);
    call.client.reset();
    call.peer.reset();
    call.context.reset();
  }
  EXPECT_TRUE(completed);
}

TEST(ClientLifetime, may_end_after_its_context_and_serve_another) {
  bool completed = false;
  for (int turn = 0; !completed && turn < most_turns; ++turn) {
    UnderWay call;
    completed = call.turns(turn);
    call.peer.reset();
    call.context.reset();
    // The same client, where the other context's connections are nothing to it.
    asio::io_context own{1};
    RawPeer peer(own, tells_numbers());
    const auto elsewhere = make_client(plain_service, [&] {
      Config config = config_of(*call.client);
      config.endpoint_url = "http://" + peer.origin().authority();
      return config;
    }());
    const auto answer = io::testing::run(own, ask(elsewhere, numbered(read_operation, 8)));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(*answer, "8");
  }
  EXPECT_TRUE(completed);
}

TEST(ClientLifetime, may_be_longer_than_many_contexts_each_with_a_call_cut_off) {
  std::shared_ptr<const ClientState> client;
  std::optional<Config> shared;
  for (int turn = 0; turn < 60; ++turn) {
    asio::io_context own{1};
    RawPeer peer(own, tells_numbers());
    Config config = shared.value_or(config_for(peer.origin()));
    config.endpoint_url = "http://" + peer.origin().authority();
    if (!shared) shared = config;
    client = make_client(plain_service, config);
    int ended = 0;
    for (int i = 0; i < 3; ++i)
      asio::co_spawn(own, ask(client, numbered(read_operation, i)),
                     [&](std::exception_ptr, Result<std::string>) { ++ended; });
    for (int i = 0; i < turn && ended < 3; ++i) own.run_one();
  }
}

}  // namespace
}  // namespace gannet::runtime
