#include <stdexcept>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "unit/credentials/credential_source.hpp"

namespace gannet::credentials {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

using Given = Result<std::shared_ptr<const Credentials>>;

/// A caller that waits for credentials.
struct Caller {
  std::optional<Given> given;
  bool throws_if_cancelled = false;
  bool is_cancelled = false;
  asio::cancellation_signal cancel;

  [[nodiscard]] std::string key() const {
    if (!given) return "waiting";
    return *given ? (**given)->access_key_id : given->error().code;
  }
};

Task<void> ask(std::shared_ptr<CredentialsProvider> provider, Caller& caller) {
  CredentialsProvider& plain = *provider;
  auto task = plain.resolve();
  provider.reset();
  caller.given = co_await std::move(task);
  caller.throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  const auto state = co_await asio::this_coro::cancellation_state;
  caller.is_cancelled = state.cancelled() != asio::cancellation_type::none;
}

class CachedCredentials : public testing::Test {
 protected:
  explicit CachedCredentials(double random = 0) : time(Timestamp(1'769'850'487s), random), source(time) {}

  std::shared_ptr<CredentialsProvider> cached() {
    return cached_credentials(source.fetch(), [this] { return context.get_executor(); }, time.source());
  }
  void run() {
    context.restart();
    context.poll();
  }
  /// Begins a call and lets it go as far as it can.
  void call(const std::shared_ptr<CredentialsProvider>& provider, Caller& caller) {
    asio::co_spawn(context, ask(provider, caller),
                   asio::bind_cancellation_slot(caller.cancel.slot(), [](std::exception_ptr thrown) {
                     EXPECT_FALSE(thrown) << "nothing is thrown";
                   }));
    run();
  }
  std::string key(const std::shared_ptr<CredentialsProvider>& provider) {
    Caller caller;
    call(provider, caller);
    return caller.key();
  }
  static std::string peeked(const std::shared_ptr<CredentialsProvider>& provider) {
    const auto credentials = provider->peek();
    return credentials ? credentials->access_key_id : "none";
  }
  std::shared_ptr<io::Event> close_gate() { return source.gate = std::make_shared<io::Event>(); }

  fakes::VirtualTime time;
  CredentialSource source;
  asio::io_context context;
};

TEST_F(CachedCredentials, are_fetched_when_first_needed_and_then_kept) {
  const auto provider = cached();
  EXPECT_EQ(peeked(provider), "none");
  run();
  EXPECT_EQ(source.fetches(), 0) << "peeking asks for nothing that nobody has needed";
  EXPECT_EQ(key(provider), "KEY1");
  EXPECT_EQ(key(provider), "KEY1");
  EXPECT_EQ(peeked(provider), "KEY1");
  EXPECT_EQ(provider->peek()->secret_access_key.reveal(), "secret-of-the-source");
  EXPECT_EQ(source.fetches(), 1);
}

TEST_F(CachedCredentials, are_looked_at_without_a_fetch_until_they_end) {
  const auto looked_at = [](const std::shared_ptr<CredentialsProvider>& provider) {
    const auto credentials = provider->look();
    return credentials ? credentials->access_key_id : "none";
  };
  const auto provider = cached();
  EXPECT_EQ(looked_at(provider), "none");
  EXPECT_EQ(key(provider), "KEY1");
  // A refresh is due, then callers would wait for it.
  for (const milliseconds pause : {milliseconds(46min), milliseconds(13min + 30s)}) {
    time.advance(pause);
    EXPECT_EQ(looked_at(provider), "KEY1");
    run();
    EXPECT_EQ(source.fetches(), 1);
  }
  time.advance(30s);
  EXPECT_EQ(looked_at(provider), "none");
  run();
  EXPECT_EQ(source.fetches(), 1);
}

TEST_F(CachedCredentials, are_fetched_once_for_all_who_wait) {
  const auto gate = close_gate();
  const auto provider = cached();
  std::vector<Caller> callers(100);
  for (Caller& caller : callers) call(provider, caller);
  EXPECT_EQ(callers.front().key(), "waiting");
  gate->happen();
  run();
  for (const Caller& caller : callers) {
    ASSERT_EQ(caller.key(), "KEY1");
    EXPECT_EQ(**caller.given, **callers.front().given) << "all share the same";
  }
  EXPECT_EQ(source.fetches(), 1);
}

TEST_F(CachedCredentials, that_do_not_expire_are_kept_for_ever) {
  source.life = std::nullopt;
  const auto provider = cached();
  EXPECT_EQ(key(provider), "KEY1");
  time.advance(std::chrono::years(100));
  EXPECT_EQ(peeked(provider), "KEY1");
  EXPECT_EQ(key(provider), "KEY1");
  EXPECT_EQ(source.fetches(), 1);
}

TEST(RefreshWindows, depend_on_how_long_the_credentials_last) {
  struct Case {
    milliseconds left, advisory, mandatory;
  };
  const Case cases[] = {
      {12h, 60min, 1min},  {6h, 60min, 1min},    {3h + 1ms, 60min, 1min}, {3h, 15min, 1min},
      {1h, 15min, 1min},   {31min, 15min, 1min}, {30min, 5min, 1min},     {15min, 5min, 1min},
      {10min, 5min, 1min}, {4min, 2min, 1min},   {2min, 1min, 30s},       {4ms, 2ms, 1ms},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(refresh_windows(c.left).advisory, c.advisory) << c.left.count();
    EXPECT_EQ(refresh_windows(c.left).mandatory, c.mandatory) << c.left.count();
  }
}

TEST_F(CachedCredentials, are_refreshed_in_the_background_from_the_advisory_moment_on) {
  struct Case {
    milliseconds life, advisory;
  };
  for (const Case& c : {Case{15min, 5min}, Case{1h, 15min}, Case{6h, 60min}}) {
    source.life = c.life;
    source.gate.reset();
    const auto provider = cached();
    const std::string old = key(provider);
    const int before = source.fetches();

    time.advance(c.life - c.advisory - 1ms);
    EXPECT_EQ(peeked(provider), old);
    run();
    EXPECT_EQ(source.fetches(), before) << "too early";

    const auto gate = close_gate();
    time.advance(1ms);
    EXPECT_EQ(peeked(provider), old);
    EXPECT_EQ(peeked(provider), old);
    EXPECT_EQ(key(provider), old) << "nobody waits for it";
    EXPECT_EQ(source.fetches(), before + 1) << "once";
    gate->happen();
    run();
    EXPECT_NE(peeked(provider), old);
    EXPECT_NE(key(provider), old);
    EXPECT_EQ(source.fetches(), before + 1);
  }
}

struct CachedCredentialsByChance : CachedCredentials {
  CachedCredentialsByChance() : CachedCredentials(0.5) {}
};

TEST_F(CachedCredentialsByChance, are_refreshed_somewhat_later_so_that_not_all_machines_ask_at_once) {
  const auto provider = cached();
  EXPECT_EQ(key(provider), "KEY1");
  const auto half_of_the_first_fifth = milliseconds(15min) / 10;
  time.advance(45min + half_of_the_first_fifth - 1ms);
  EXPECT_EQ(peeked(provider), "KEY1");
  run();
  EXPECT_EQ(source.fetches(), 1);
  time.advance(1ms);
  EXPECT_EQ(peeked(provider), "KEY1");
  run();
  EXPECT_EQ(peeked(provider), "KEY2");
}

TEST_F(CachedCredentials, are_waited_for_in_the_last_minute) {
  const auto provider = cached();
  EXPECT_EQ(key(provider), "KEY1");
  const auto gate = close_gate();
  time.advance(59min - 1ms);
  EXPECT_EQ(key(provider), "KEY1");
  EXPECT_EQ(source.fetches(), 2) << "the advisory refresh is under way";
  time.advance(1ms);
  EXPECT_EQ(peeked(provider), "none");
  Caller first, second;
  call(provider, first);
  call(provider, second);
  EXPECT_EQ(first.key(), "waiting");
  gate->happen();
  run();
  EXPECT_EQ(first.key(), "KEY2");
  EXPECT_EQ(second.key(), "KEY2");
  EXPECT_EQ(source.fetches(), 2) << "they waited for the refresh that was under way";
}

TEST_F(CachedCredentials, are_kept_while_refreshes_fail_until_they_expire) {
  const auto provider = cached();
  EXPECT_EQ(key(provider), "KEY1");
  source.fails = true;
  for (const milliseconds left :
       {milliseconds(15min), milliseconds(1min), milliseconds(30s), milliseconds(1ms)}) {
    const auto end = Timestamp(1'769'850'487s) + 1h;
    time.advance(end - left - time.now());
    const int before = source.fetches();
    EXPECT_EQ(key(provider), "KEY1") << left.count();
    EXPECT_EQ(source.fetches(), before + 1) << left.count();
  }
  time.advance(1ms);
  EXPECT_EQ(peeked(provider), "none");
  Caller caller;
  call(provider, caller);
  EXPECT_EQ(caller.key(), "NoSource") << "expired ones are not given";
  EXPECT_EQ(caller.given->error().message, "fetch 6 failed") << "the error is the fetch's";
  EXPECT_EQ(caller.given->error().message.find("secret"), std::string::npos);

  source.fails = false;
  EXPECT_EQ(key(provider), "KEY7");
  EXPECT_EQ(peeked(provider), "KEY7");
}

TEST_F(CachedCredentials, are_not_asked_for_again_too_soon_after_a_failure) {
  const auto provider = cached();
  EXPECT_EQ(key(provider), "KEY1");
  time.advance(45min);
  source.fails = true;
  int tries = source.fetches();
  for (const milliseconds pause : {milliseconds(2s), milliseconds(4s), milliseconds(8s), milliseconds(16s),
                                   milliseconds(32s), milliseconds(60s), milliseconds(60s)}) {
    EXPECT_EQ(peeked(provider), "KEY1");
    run();
    EXPECT_EQ(source.fetches(), ++tries);
    time.advance(pause - 1ms);
    EXPECT_EQ(peeked(provider), "KEY1");
    run();
    EXPECT_EQ(source.fetches(), tries) << pause.count();
    time.advance(1ms);
  }
  // Callers that would have to wait are held to the same pauses.
  time.advance(Timestamp(1'769'850'487s) + 59min - time.now());
  EXPECT_EQ(key(provider), "KEY1");
  EXPECT_EQ(source.fetches(), tries + 1);
  EXPECT_EQ(key(provider), "KEY1");
  EXPECT_EQ(source.fetches(), tries + 1);
  // A success ends them.
  source.fails = false;
  time.advance(59s);
  EXPECT_EQ(peeked(provider), "KEY1");
  time.advance(1s);
  EXPECT_EQ(peeked(provider), "none");
  EXPECT_NE(key(provider), "KEY1");
}

TEST_F(CachedCredentials, are_at_hand_in_the_last_minute_where_a_refresh_has_just_failed) {
  const auto end = time.now() + 1h;
  const auto provider = cached();
  EXPECT_EQ(key(provider), "KEY1");
  source.fails = true;
  time.advance(59min);
  EXPECT_EQ(peeked(provider), "none") << "a refresh is due";
  EXPECT_EQ(key(provider), "KEY1");
  EXPECT_EQ(peeked(provider), "KEY1");
  time.advance(2s - 1ms);
  EXPECT_EQ(peeked(provider), "KEY1");
  run();
  EXPECT_EQ(source.fetches(), 2) << "the source is left alone for a while";
  time.advance(1ms);
  EXPECT_EQ(peeked(provider), "none") << "the next refresh is due";

  time.advance(end - 1s - time.now());
  EXPECT_EQ(key(provider), "KEY1");
  EXPECT_EQ(source.fetches(), 3);
  time.advance(999ms);
  EXPECT_EQ(peeked(provider), "KEY1");
  time.advance(1ms);
  EXPECT_EQ(peeked(provider), "none") << "they have ended, though the pause has not";
  run();
  EXPECT_EQ(source.fetches(), 3);
}

TEST_F(CachedCredentials, that_had_expired_when_they_came_are_an_error) {
  source.life = 0ms;
  const auto provider = cached();
  Caller caller;
  call(provider, caller);
  EXPECT_EQ(caller.key(), "ExpiredCredentials");
  EXPECT_EQ(caller.given->error().kind, ErrorKind::configuration);
  EXPECT_EQ(peeked(provider), "none");
}

TEST_F(CachedCredentials, of_a_source_that_gives_the_same_again_are_not_asked_for_without_a_pause) {
  const auto end = time.now() + 1h;
  const auto provider = cached_credentials(
      [this, end]() -> Task<Result<Credentials>> {
        auto given = co_await source.fetch()();
        given->expiration = end;
        co_return given;
      },
      [this] { return context.get_executor(); }, time.source());
  EXPECT_EQ(key(provider), "KEY1");
  for (int second = 1; second < 3600; ++second) {
    time.advance(1s);
    EXPECT_NE(key(provider), "ExpiredCredentials");
  }
  EXPECT_LT(source.fetches(), 20);
  time.advance(1s);
  EXPECT_EQ(key(provider), "ExpiredCredentials");
}

TEST_F(CachedCredentials, errors_are_given_to_all_who_wait_and_not_kept) {
  source.fails = true;
  const auto gate = close_gate();
  const auto provider = cached();
  Caller first, second;
  call(provider, first);
  call(provider, second);
  gate->happen();
  run();
  EXPECT_EQ(first.key(), "NoSource");
  EXPECT_EQ(second.key(), "NoSource");
  EXPECT_EQ(source.fetches(), 1);
  source.fails = false;
  EXPECT_EQ(key(provider), "KEY2");
}

TEST_F(CachedCredentials, a_source_that_throws_is_an_error) {
  source.throws = true;
  const auto provider = cached();
  Caller caller;
  call(provider, caller);
  EXPECT_EQ(caller.key(), "CredentialsFetchFailed");
  EXPECT_EQ(caller.given->error().message, "the fetch of credentials failed: the source is out of order");
  source.throws = false;
  EXPECT_EQ(key(provider), "KEY2");
}

TEST_F(CachedCredentials, cancelling_a_caller_ends_neither_the_fetch_nor_the_others) {
  const auto gate = close_gate();
  const auto provider = cached();
  Caller first, second, third;
  call(provider, first);
  call(provider, second);
  call(provider, third);
  first.cancel.emit(asio::cancellation_type::terminal);
  run();
  ASSERT_TRUE(first.given.has_value());
  EXPECT_EQ(first.given->error().kind, ErrorKind::cancelled);
  EXPECT_TRUE(first.throws_if_cancelled) << "the mode is as it was";
  EXPECT_TRUE(first.is_cancelled) << "the state is the caller's own";
  EXPECT_EQ(second.key(), "waiting");
  gate->happen();
  run();
  EXPECT_EQ(second.key(), "KEY1");
  EXPECT_TRUE(second.throws_if_cancelled);
  EXPECT_FALSE(second.is_cancelled);
  EXPECT_EQ(third.key(), "KEY1");
  EXPECT_EQ(source.fetches(), 1);
}

TEST_F(CachedCredentials, a_fetch_that_nobody_waits_for_any_more_goes_on) {
  const auto gate = close_gate();
  const auto provider = cached();
  Caller only;
  call(provider, only);
  only.cancel.emit(asio::cancellation_type::terminal);
  run();
  EXPECT_EQ(only.given->error().kind, ErrorKind::cancelled);
  gate->happen();
  run();
  EXPECT_EQ(peeked(provider), "KEY1");
}

TEST_F(CachedCredentials, a_caller_that_was_cancelled_before_does_not_wait) {
  const auto gate = close_gate();
  const auto provider = cached();
  std::optional<Given> given;
  asio::cancellation_signal cancel;
  const auto late = [&]() -> Task<void> {
    cancel.emit(asio::cancellation_type::terminal);
    co_await asio::this_coro::throw_if_cancelled(false);
    given = co_await provider->resolve();
    EXPECT_FALSE(co_await asio::this_coro::throw_if_cancelled());
  };
  asio::co_spawn(context, late(), asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr) {}));
  run();
  ASSERT_TRUE(given.has_value());
  EXPECT_EQ(given->error().kind, ErrorKind::cancelled);
}

TEST_F(CachedCredentials, come_although_the_provider_has_ended) {
  const auto gate = close_gate();
  Caller caller;
  call(cached(), caller);
  EXPECT_EQ(caller.key(), "waiting");
  gate->happen();
  run();
  EXPECT_EQ(caller.key(), "KEY1");
}

TEST_F(CachedCredentials, a_provider_may_end_with_its_fetch_under_way) {
  const auto gate = close_gate();
  {
    const auto provider = cached();
    Caller caller;
    call(provider, caller);
    caller.cancel.emit(asio::cancellation_type::terminal);
    run();
  }
  gate->happen();
  run();
  EXPECT_EQ(source.fetches(), 1);
}

TEST_F(CachedCredentials, a_fetch_whose_executor_ends_is_an_error_and_the_next_call_fetches_anew) {
  const auto gate = close_gate();
  auto background = std::make_unique<asio::io_context>();
  const auto provider =
      cached_credentials(source.fetch(), [&background] { return background->get_executor(); }, time.source());
  for (const bool begun : {false, true}) {
    Caller caller;
    call(provider, caller);
    if (begun) background->poll();
    background = std::make_unique<asio::io_context>();
    run();
    EXPECT_EQ(caller.key(), "CredentialsFetchAbandoned");
    EXPECT_NE(caller.given->error().message.find("Config::background"), std::string::npos);
  }
  Caller caller;
  call(provider, caller);
  gate->happen();
  background->restart();
  background->poll();
  run();
  EXPECT_EQ(caller.key(), "KEY2");
}

TEST_F(CachedCredentials, an_executor_that_cannot_be_had_leaves_no_caller_behind) {
  bool broken = true;
  const auto provider = cached_credentials(
      source.fetch(),
      [&]() -> asio::any_io_executor {
        if (broken) throw std::runtime_error("no more threads");
        return context.get_executor();
      },
      time.source());
  const auto throwing = [&]() -> Task<void> {
    EXPECT_THROW(co_await provider->resolve(), std::runtime_error);
  };
  asio::co_spawn(context, throwing(), [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
  run();
  broken = false;
  EXPECT_EQ(key(provider), "KEY1");
  broken = true;
  time.advance(46min);
  EXPECT_EQ(peeked(provider), "none") << "peek throws nothing";
}

}  // namespace
}  // namespace gannet::credentials
