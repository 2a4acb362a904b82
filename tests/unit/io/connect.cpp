// A name's addresses in turn.

#include "io/connect.hpp"

#include <vector>

#include <sys/socket.h>

#include "io/tls_stream.hpp"
#include "unit/io/loopback.hpp"
#include "unit/io/tls_peer.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

tcp::endpoint endpoint_of(std::uint16_t port) {
  return {asio::ip::address_v4::loopback(), port};
}

/// An address that says nothing to whoever wants to connect: those who came before fill its queue.
class Silent {
 public:
  explicit Silent(asio::io_context& context) : acceptor_(context) {
    acceptor_.open(tcp::v4());
    acceptor_.bind({asio::ip::make_address("127.0.0.3"), 0});
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      auto& one = waiting_.emplace_back(context, tcp::v4());
      one.non_blocking(true);
      // Not Asio's connect, which waits all the same.
      const auto endpoint = acceptor_.local_endpoint();
      ::connect(one.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
    }
  }
  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  tcp::acceptor acceptor_;
  std::vector<tcp::socket> waiting_;
};

class Connecting : public ::testing::Test {
 protected:
  Connecting() { authority.write(folder / "ca.pem"); }

  Connected connect(std::vector<tcp::endpoint> endpoints, const Origin& origin,
                    milliseconds limit = milliseconds(10'000)) {
    const auto tls = TlsContext::create(folder / "ca.pem");
    const Destination to{origin, nullptr, tls->get()};
    auto admission = pool->enter(std::nullopt);
    const auto attempt = [&]() -> Task<void> {
      co_await asio::this_coro::throw_if_cancelled(false);
      const WaitLimits limits;
      outcome = co_await connect_to(asio::use_service<Watchdog>(context), endpoints, to,
                                    std::move(*admission.place), end_of(limit), limits);
    };
    run(context, attempt());
    return std::move(outcome);
  }
  static std::uint16_t port_of(const Connected& connected) {
    return connected ? (*connected)->socket().remote_endpoint().port() : 0;
  }
  static std::string message_of(const Connected& connected) {
    return connected ? "connected" : connected.error().error.message;
  }

  TemporaryFolder folder;
  Certificate authority = make_authority("the test authority");
  asio::io_context context{1};
  std::shared_ptr<OriginPool> pool = std::make_shared<OriginPool>(SocketTransportOptions{}, Reached(nullptr));
  Connected outcome;
  const tcp::endpoint refused{asio::ip::make_address("127.0.0.2"), 1};
};

TEST(ShareOfTheConnectLimit, is_half_of_what_is_left_for_all_but_the_last_address) {
  const Clock::time_point now{};
  const auto end = now + milliseconds(3000);
  const auto never = Clock::time_point::max();
  EXPECT_EQ(share_of(now, end, false), now + milliseconds(1500));
  EXPECT_EQ(share_of(now + milliseconds(1500), end, false), now + milliseconds(2250));
  EXPECT_EQ(share_of(now + milliseconds(2250), end, true), end);
  EXPECT_EQ(share_of(end, end, false), end);
  EXPECT_EQ(share_of(end + milliseconds(1), end, false), end);
  EXPECT_EQ(share_of(now, never, false), never);
  EXPECT_EQ(share_of(now, never, true), never);
}

TEST_F(Connecting, goes_on_to_the_next_address_where_one_refuses_or_says_nothing) {
  RawPeer peer(context, answers_with(small_answer));
  const Silent silent(context);
  const auto real = endpoint_of(peer.origin().port);
  const Origin origin{false, "service.example", peer.origin().port};
  const std::vector<tcp::endpoint> orders[] = {
      {real}, {refused, real}, {silent.endpoint(), real}, {refused, silent.endpoint(), real}};
  for (const auto& endpoints : orders) {
    const auto connected = connect(endpoints, origin, milliseconds(400));
    EXPECT_EQ(port_of(connected), real.port()) << message_of(connected);
  }
}

TEST_F(Connecting, says_of_each_address_why_it_is_not_used) {
  const Silent silent(context);
  const auto failed =
      connect({refused, silent.endpoint()}, {false, "service.example", 80}, milliseconds(400));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().error.code, "ConnectTimeout");
  EXPECT_EQ(failed.error().error.kind, ErrorKind::timeout);
  EXPECT_EQ(failed.error().delivery, Delivery::not_sent);
  const std::string message = message_of(failed);
  EXPECT_TRUE(message.starts_with("service.example:80: ")) << message;
  EXPECT_NE(message.find("127.0.0.2: Connection refused"), std::string::npos) << message;
  EXPECT_NE(message.find("127.0.0.3: no answer"), std::string::npos) << message;
}

TEST_F(Connecting, goes_on_to_the_next_address_where_tls_fails_or_says_nothing) {
  RawPeer closes(context, [](tcp::socket&) -> Task<void> { co_return; });
  RawPeer says_nothing(context, [](tcp::socket& socket) -> Task<void> { co_await read_to_end(socket); });
  TlsPeer peer(make_certificate({}, &authority), small_answer);
  const auto broken = endpoint_of(closes.origin().port);
  const auto mute = endpoint_of(says_nothing.origin().port);
  const auto real = endpoint_of(peer.port());
  const Origin origin{true, "localhost", peer.port()};
  const std::vector<tcp::endpoint> orders[] = {{broken, real}, {mute, real}};
  for (const auto& endpoints : orders) {
    const auto connected = connect(endpoints, origin, milliseconds(2000));
    EXPECT_EQ(port_of(connected), real.port()) << message_of(connected);
  }
  const auto failed = connect({mute, broken}, origin, milliseconds(400));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().error.code, "TlsFailed") << message_of(failed);
  EXPECT_EQ(failed.error().error.kind, ErrorKind::network);
}

TEST_F(Connecting, tries_no_further_address_of_a_name_that_leads_to_a_stranger) {
  TlsPeer stranger(make_certificate({.names = "DNS:other.example"}, &authority), small_answer);
  TlsPeer peer(make_certificate({}, &authority), small_answer);
  const auto connected =
      connect({endpoint_of(stranger.port()), endpoint_of(peer.port())}, {true, "localhost", peer.port()});
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().error.code, "TlsFailed");
  EXPECT_NE(message_of(connected).find("another host"), std::string::npos) << message_of(connected);
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(Connecting, says_that_it_is_the_proxy_whose_name_is_not_known) {
  // Longer than a name may be: the system says so without asking anybody.
  const ProxyRoute route{.proxy = {false, std::string(300, 'x'), 1}};
  auto admission = pool->enter(std::nullopt);
  const Origin origin{false, "service.example", 80};
  const auto attempt = [&]() -> Task<void> {
    const WaitLimits limits;
    outcome = co_await open_connection(asio::use_service<Watchdog>(context), origin,
                                       std::make_shared<const ProxyRoute>(route), nullptr,
                                       std::move(*admission.place), milliseconds(0), limits);
  };
  run(context, attempt());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, "NameNotResolved");
  EXPECT_EQ(outcome.error().error.kind, ErrorKind::network);
  EXPECT_EQ(outcome.error().delivery, Delivery::not_sent);
  EXPECT_NE(message_of(outcome).find("the proxy to service.example:80"), std::string::npos)
      << message_of(outcome);
}

TEST_F(Connecting, leaves_no_further_address_a_chance_once_the_call_has_ended) {
  RawPeer peer(context, answers_with(small_answer));
  const Silent silent(context);
  const Origin origin{false, "service.example", 80};
  auto admission = pool->enter(std::nullopt);
  WaitLimits limits;
  limits.deadline = Clock::now() + milliseconds(5);
  const std::vector<tcp::endpoint> endpoints{silent.endpoint(), endpoint_of(peer.origin().port)};
  const Destination to{origin};
  const auto attempt = [&]() -> Task<void> {
    outcome = co_await connect_to(asio::use_service<Watchdog>(context), endpoints, to,
                                  std::move(*admission.place), Clock::time_point::max(), limits);
  };
  run(context, attempt());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, "DeadlineExceeded");
  EXPECT_EQ(peer.connections(), 0);
}

}  // namespace
}  // namespace gannet::io
