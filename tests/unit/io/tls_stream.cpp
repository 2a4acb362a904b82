#include "io/tls_stream.hpp"

#include <fstream>

#include <poll.h>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"
#include "unit/io/tls_peer.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

class Tls : public ::testing::Test {
 protected:
  Tls() { authority.write(folder / "ca.pem"); }

  Exchanged send(const std::string& host, std::uint16_t port, Body body = {}) {
    const AttemptLimits limits{.connect = milliseconds(5000), .stall = milliseconds(5000)};
    const Origin origin{true, host, port};
    return run(context, exchange(*transport, request_to(origin, "PUT"), std::move(body), limits));
  }

  static SocketTransportOptions trusting(const std::filesystem::path& bundle) {
    SocketTransportOptions options;
    options.ca_bundle = bundle;
    return options;
  }

  TemporaryFolder folder;
  Certificate authority = make_authority("the test authority");
  asio::io_context context{1};
  std::shared_ptr<Transport> transport = socket_transport(trusting(folder / "ca.pem"));
};

TEST_F(Tls, reaches_a_peer_whose_authority_is_trusted) {
  TlsPeer peer(make_certificate({.names = "DNS:localhost,IP:127.0.0.1"}, &authority), small_answer);
  for (int i = 0; i < 3; ++i) {
    const auto answer = send("localhost", peer.port());
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_EQ(answer->body, "hello");
  }
  EXPECT_EQ(peer.connections(), 1);  // Session tickets that lie unread do not count as data.
}

TEST_F(Tls, reaches_a_peer_by_its_address) {
  TlsPeer peer(make_certificate({.names = "IP:127.0.0.1"}, &authority), small_answer);
  const auto answer = send("127.0.0.1", peer.port());
  ASSERT_TRUE(answer) << answer.error().error.message;
}

TEST_F(Tls, reads_answers_in_records_of_any_size) {
  for (const std::size_t slice : {1U, 7U, 1000U}) {
    TlsPeer peer(make_certificate({}, &authority), small_answer, slice);
    for (int i = 0; i < 2; ++i) {
      const auto answer = send("localhost", peer.port());
      ASSERT_TRUE(answer) << answer.error().error.message;
      EXPECT_EQ(answer->body, "hello");
    }
  }
}

TEST_F(Tls, moves_large_bodies_both_ways) {
  TlsPeer peer(make_certificate({}, &authority), "", 1 << 14, true);
  std::string large(5'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 % 251);
  for (int i = 0; i < 2; ++i) {
    const auto answer = send("localhost", peer.port(), large);
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_TRUE(answer->body == large);
  }
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(Tls, reads_no_more_ahead_than_a_piece) {
  const std::string large(3'000'000, 'x');
  TlsPeer peer(make_certificate({}, &authority),
               "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + large);
  const auto ask = [&]() -> Task<void> {
    const HttpRequest request = request_to({true, "localhost", peer.port()});
    // By now and then there is more to read than that already.
    for (int i = 0; i < 10; ++i) {
      auto answer = co_await transport->send(request, Body(), AttemptLimits());
      EXPECT_TRUE(answer.has_value());
      if (!answer) co_return;
      const std::string ahead = answer->body.take();
      EXPECT_LE(ahead.size(), 2U * 64 * 1024);
      const auto rest = co_await answer->body.read_all(large.size());
      EXPECT_TRUE(rest && ahead + *rest == large);
    }
  };
  run(context, ask());
}

struct Refusal {
  const char* what;
  CertificateWishes wishes;
  const char* host;
  const char* reason;
};

TEST_F(Tls, refuses_certificates_that_do_not_prove_the_host) {
  const Refusal refusals[] = {
      {"another host", {.names = "DNS:example.com"}, "localhost", "another host"},
      {"another address", {.names = "IP:127.0.0.2"}, "127.0.0.1", "another host"},
      {"a name in its subject alone", {.names = "", .subject = "localhost"}, "localhost", "another host"},
      {"a name where an address is asked for", {.names = "DNS:127.0.0.1"}, "127.0.0.1", "another host"},
      {"expired", {.valid_to = -60}, "localhost", "expired"},
      {"not valid yet", {.valid_from = 60}, "localhost", "not valid yet"},
  };
  for (const auto& refusal : refusals) {
    TlsPeer peer(make_certificate(refusal.wishes, &authority), small_answer);
    const auto answer = send(refusal.host, peer.port());
    ASSERT_FALSE(answer) << refusal.what;
    EXPECT_EQ(answer.error().error.kind, ErrorKind::network);
    EXPECT_EQ(answer.error().error.code, "TlsFailed");
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    const std::string& message = answer.error().error.message;
    EXPECT_NE(message.find(refusal.reason), std::string::npos) << refusal.what << ": " << message;
    EXPECT_NE(message.find(refusal.host + std::string(":")), std::string::npos) << message;
  }
}

/// The last step of a handshake with what listens on `port` of this machine, as if that were `host`.
Step handshake_with(const TlsContext& tls, const std::string& host, std::uint16_t port) {
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  const int descriptor = socket.native_handle();
  auto stream = tls.stream(descriptor, {.tls = true, .host = host, .port = port});
  if (!stream) return {.progress = Progress::failed, .reason = stream.error().message};
  while (true) {
    auto step = (*stream)->handshake();
    if (step.progress != Progress::wants_read && step.progress != Progress::wants_write) {
      (*stream)->close();
      return step;
    }
    pollfd ready{.fd = descriptor,
                 .events = static_cast<short>(step.progress == Progress::wants_read ? POLLIN : POLLOUT),
                 .revents = 0};
    if (::poll(&ready, 1, 5000) != 1) return {.progress = Progress::failed, .reason = "nothing came"};
  }
}

TEST_F(Tls, takes_a_name_with_a_dot_at_its_end_for_the_name) {
  TlsPeer peer(make_certificate({.names = "DNS:store.example"}, &authority), small_answer);
  const auto tls = TlsContext::create(folder / "ca.pem");
  ASSERT_TRUE(tls.has_value()) << tls.error().message;
  for (const char* host : {"store.example", "store.example."}) {
    const auto step = handshake_with(**tls, host, peer.port());
    EXPECT_EQ(step.progress, Progress::done) << host << ": " << step.reason;
  }
  for (const char* host : {"other.example.", "store.example..", "."}) {
    const auto step = handshake_with(**tls, host, peer.port());
    EXPECT_EQ(step.progress, Progress::failed) << host;
  }
}

TEST_F(Tls, refuses_certificates_nobody_it_knows_has_signed) {
  const Certificate stranger = make_authority("a stranger");
  TlsPeer unknown(make_certificate({}, &stranger), small_answer);
  const auto from_stranger = send("localhost", unknown.port());
  ASSERT_FALSE(from_stranger);
  EXPECT_NE(from_stranger.error().error.message.find("unknown authority"), std::string::npos)
      << from_stranger.error().error.message;
  TlsPeer alone(make_certificate({}, nullptr), small_answer);
  const auto self_signed = send("localhost", alone.port());
  ASSERT_FALSE(self_signed);
  EXPECT_NE(self_signed.error().error.message.find("self-signed"), std::string::npos)
      << self_signed.error().error.message;
  EXPECT_EQ(self_signed.error().delivery, Delivery::not_sent);
}

TEST_F(Tls, trusts_the_authorities_of_the_system_by_default) {
  transport = socket_transport();
  TlsPeer peer(make_certificate({}, &authority), small_answer);
  const auto answer = send("localhost", peer.port());
  ASSERT_FALSE(answer);  // The test's own is not among them.
  EXPECT_NE(answer.error().error.message.find("unknown authority"), std::string::npos)
      << answer.error().error.message;
}

TEST_F(Tls, says_which_bundle_cannot_be_used) {
  std::ofstream(folder / "empty.pem") << "nothing\n";
  for (const char* name : {"missing.pem", "empty.pem"}) {
    transport = socket_transport(trusting(folder / name));
    const auto answer = send("localhost", 1);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::configuration);
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    EXPECT_NE(answer.error().error.message.find(name), std::string::npos) << answer.error().error.message;
  }
}

TEST_F(Tls, fails_cleanly_where_the_peer_speaks_no_tls) {
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", ""}) {
    const auto script = [&](tcp::socket& socket) -> Task<void> {
      co_await write_sliced(socket, bytes, 1000);
    };
    RawPeer peer(context, script);
    const auto answer = send("127.0.0.1", peer.origin().port);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::network);
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    EXPECT_NE(answer.error().error.message.find("TLS failed"), std::string::npos)
        << answer.error().error.message;
  }
}

TEST_F(Tls, gives_a_silent_handshake_the_connect_limit) {
  const auto script = [](tcp::socket& socket) -> Task<void> { co_await read_to_end(socket); };
  RawPeer peer(context, script);
  Origin origin = peer.origin();
  origin.tls = true;
  const AttemptLimits limits{.connect = milliseconds(5)};
  const auto answer = run(context, exchange(*transport, request_to(origin), Body(), limits));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.code, "ConnectTimeout") << answer.error().error.message;
  EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
}

TEST_F(Tls, tells_a_connection_cut_from_an_answer_that_ended) {
  TlsPeer peer(make_certificate({}, &authority), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end");
  const auto ended = send("localhost", peer.port());
  ASSERT_TRUE(ended) << ended.error().error.message;
  EXPECT_EQ(ended->body, "to the end");
  // Anyone on the way could have cut it there.
  peer.be_rude();
  const auto cut = send("localhost", peer.port());
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().delivery, Delivery::head_received);
}

}  // namespace
}  // namespace gannet::io
