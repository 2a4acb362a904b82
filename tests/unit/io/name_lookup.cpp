#include "io/name_lookup.hpp"

#include <algorithm>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "io/without_throwing.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::io {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Addresses = Result<std::vector<asio::ip::address>>;

TEST(NameLookup, finds_the_addresses_of_this_machine) {
  asio::io_context context;
  for (const auto limit : {0ms, 60'000ms}) {
    const auto found = testing::run(context, addresses_of("localhost", limit));
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_FALSE(found->empty());
    EXPECT_TRUE(std::ranges::all_of(*found, [](const auto& one) { return one.is_loopback(); }));
  }
}

TEST(NameLookup, names_what_cannot_be_resolved) {
  asio::io_context context;
  // Longer than a name may be: the system says so without asking anybody.
  const std::string name(300, 'x');
  const auto found = testing::run(context, addresses_of(name, 0ms));
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().kind, ErrorKind::network);
  EXPECT_TRUE(found.error().message.starts_with(name)) << found.error().message;
}

TEST(NameLookup, can_be_cancelled_and_then_ends_by_itself) {
  asio::io_context context;
  asio::cancellation_signal cancel;
  std::optional<Addresses> found;
  const auto look_up = [&]() -> Task<void> {
    found = co_await without_throwing(addresses_of("localhost", 0ms));
  };
  asio::co_spawn(context, look_up(), asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr) {}));
  context.poll_one();
  cancel.emit(asio::cancellation_type::terminal);
  context.run();
  ASSERT_TRUE(found.has_value());
  if (!*found) EXPECT_EQ(found->error().kind, ErrorKind::cancelled);
}

/// Several who ask for a name at the same time, each of whom may be stopped.
struct Askers {
  struct One {
    asio::cancellation_signal cancel{};
    std::optional<Addresses> found{};
  };

  Askers(asio::io_context& where, std::size_t count) : context(where), all(count) {
    for (One& one : all)
      asio::co_spawn(context, look_up(one),
                     asio::bind_cancellation_slot(one.cancel.slot(), [](std::exception_ptr) {}));
    // Each asks in a turn of its own, before what the first of them found can be told.
    for (std::size_t i = 0; i < count; ++i) context.run_one();
  }
  static Task<void> look_up(One& one) {
    one.found = co_await without_throwing(addresses_of("localhost", 0ms));
  }
  void stop(std::size_t which) {
    all[which].cancel.emit(asio::cancellation_type::terminal);
    while (!all[which].found && context.run_one() != 0) {
    }
  }

  asio::io_context& context;
  std::vector<One> all;
};

TEST(NameLookup, is_shared_by_those_who_ask_at_the_same_time) {
  asio::io_context context;
  Askers askers(context, 3);
  EXPECT_EQ(look_ups_under_way(context), 1U);
  askers.stop(0);  // That is nothing to the others.
  context.run();
  EXPECT_EQ(look_ups_under_way(context), 0U);
  for (std::size_t i = 1; i < 3; ++i) {
    ASSERT_TRUE(askers.all[i].found && *askers.all[i].found) << i;
    EXPECT_FALSE((*askers.all[i].found)->empty());
  }
}

TEST(NameLookup, is_withdrawn_when_nobody_waits_any_more) {
  asio::io_context context;
  Askers askers(context, 2);
  askers.stop(0);
  askers.stop(1);
  EXPECT_EQ(look_ups_under_way(context), 0U);
  // Who asks after that begins anew.
  const auto found = testing::run(context, addresses_of("localhost", 0ms));
  EXPECT_TRUE(found.has_value());
}

TEST(NameLookup, leaves_nothing_behind_when_its_context_ends) {
  for (const int turns : {0, 1, 2, 3}) {
    asio::io_context context;
    Askers askers(context, 2);
    for (int i = 0; i < turns; ++i) context.run_one();
  }
}

}  // namespace
}  // namespace gannet::io
