#include "io/drain.hpp"

#include <boost/asio/steady_timer.hpp>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

/// Two ends of a connection, of which one has sent all that the kernel takes.
struct Full {
  Full() {
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    from.connect(acceptor.local_endpoint());
    acceptor.accept(to);
    from.non_blocking(true);
    const std::string piece(1 << 16, 'x');
    boost::system::error_code error;
    while (!error) from.write_some(asio::buffer(piece), error);
  }
  asio::io_context context{1};
  tcp::socket from{context};
  tcp::socket to{context};
};

TEST(Drain, sees_that_nothing_is_taken) {
  Full full;
  Drain drain(full.from.native_handle());
  EXPECT_GT(unacknowledged(full.from.native_handle()), 0U);
  EXPECT_FALSE(drain.goes_on());
  EXPECT_FALSE(drain.goes_on());
}

TEST(Drain, sees_that_something_is_taken) {
  Full full;
  Drain drain(full.from.native_handle());
  // What the receiver holds has been acknowledged: only room that it makes lets more of it come.
  std::string buffer(1 << 16, '\0');
  bool goes_on = false;
  while (!goes_on) {
    full.to.read_some(asio::buffer(buffer));
    goes_on = drain.goes_on();
  }
  EXPECT_FALSE(drain.goes_on());
}

/// Takes a little of a request now and then, for a while, and then all of the rest at once.
RawPeer::Script takes_its_time(int sips) {
  return [sips](tcp::socket& socket) -> Task<void> {
    const std::string head = co_await read_until(socket, "\r\n\r\n");
    const auto end = head.find("\r\n\r\n") + 4;
    std::size_t left = std::stoul(head.substr(head.find("Content-Length: ") + 16)) - (head.size() - end);
    std::string buffer(20'000, '\0');
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int i = 0; left != 0; ++i) {
      if (i < sips) {
        timer.expires_after(milliseconds(10));
        co_await timer.async_wait(asio::deferred);
      }
      auto [error, count] =
          co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::deferred));
      if (error) co_return;
      left -= std::min(left, count);
    }
    co_await write_sliced(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1000);
  };
}

// The socket is writable again only when a good part of its buffer is free: until then silence means nothing.
TEST(Drain, keeps_an_upload_going_that_the_peer_takes_slowly) {
  asio::io_context context{1};
  RawPeer peer(context, takes_its_time(100));
  const auto transport = socket_transport();
  const auto answer =
      run(context, exchange(*transport, request_to(peer.origin(), "PUT"), Body(std::string(16'000'000, 'x')),
                            {.stall = milliseconds(400)}));
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_EQ(answer->body, "ok");
}

}  // namespace
}  // namespace gannet::io
