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

}  // namespace
}  // namespace gannet::io
