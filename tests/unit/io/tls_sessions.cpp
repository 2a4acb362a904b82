#include "io/tls_sessions.hpp"

#include <openssl/ssl.h>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"
#include "unit/io/tls_peer.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;

/// Every request has a connection of its own.
const std::string last_answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

class TlsResumption : public ::testing::TestWithParam<TlsVersions> {
 protected:
  TlsResumption() { authority.write(folder / "ca.pem"); }

  static std::shared_ptr<Transport> trusting(const std::filesystem::path& bundle) {
    SocketTransportOptions options;
    options.ca_bundle = bundle;
    return socket_transport(options);
  }
  bool reaches(Transport& transport, std::uint16_t port, const std::string& host = "localhost") {
    const auto answer = run(context, exchange(transport, request_to({true, host, port})));
    if (!answer) ADD_FAILURE() << answer.error().error.message;
    return answer && answer->body == "hello";
  }

  TemporaryFolder folder;
  Certificate authority = make_authority("the test authority");
  Certificate certificate = make_certificate({.names = "DNS:localhost,IP:127.0.0.1"}, &authority);
  asio::io_context context{1};
};

TEST_P(TlsResumption, makes_one_whole_handshake_and_resumes_from_then_on) {
  TlsPeer peer(certificate, last_answer, 1 << 14, false, GetParam());
  const auto transport = trusting(folder / "ca.pem");
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(reaches(*transport, peer.port()));
  EXPECT_EQ(peer.connections(), 6);
  EXPECT_EQ(peer.resumed(), 5);
}

TEST_P(TlsResumption, goes_on_in_another_execution_context) {
  TlsPeer peer(certificate, last_answer, 1 << 14, false, GetParam());
  const auto transport = trusting(folder / "ca.pem");
  for (int i = 0; i < 3; ++i) {
    asio::io_context own{1};
    EXPECT_TRUE(run(own, exchange(*transport, request_to({true, "localhost", peer.port()}))));
  }
  EXPECT_EQ(peer.resumed(), 2);
}

TEST_P(TlsResumption, keeps_hosts_and_ports_apart) {
  TlsPeer first(certificate, last_answer, 1 << 14, false, GetParam());
  TlsPeer second(certificate, last_answer, 1 << 14, false, GetParam());
  const auto transport = trusting(folder / "ca.pem");
  EXPECT_TRUE(reaches(*transport, first.port()));
  EXPECT_TRUE(reaches(*transport, second.port()));
  EXPECT_TRUE(reaches(*transport, first.port(), "127.0.0.1"));
  EXPECT_EQ(first.resumed(), 0);
  EXPECT_EQ(second.resumed(), 0);
}

// A session stands for a certificate that other authorities may not vouch for.
TEST_P(TlsResumption, never_carries_a_session_from_one_bundle_to_another) {
  TlsPeer peer(certificate, last_answer, 1 << 14, false, GetParam());
  const auto transport = trusting(folder / "ca.pem");
  EXPECT_TRUE(reaches(*transport, peer.port()));
  const Certificate stranger = make_authority("a stranger");
  stranger.write(folder / "stranger.pem");
  const auto distrusting = trusting(folder / "stranger.pem");
  const auto answer = run(context, exchange(*distrusting, request_to({true, "localhost", peer.port()})));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().error.message.find("unknown authority"), std::string::npos);
  EXPECT_EQ(peer.resumed(), 0);
  EXPECT_TRUE(reaches(*transport, peer.port()));
  EXPECT_EQ(peer.resumed(), 1);
}

TEST_P(TlsResumption, begins_anew_with_a_peer_that_knows_the_session_no_more) {
  TlsPeer peer(certificate, last_answer, 1 << 14, false, GetParam());
  const auto transport = trusting(folder / "ca.pem");
  EXPECT_TRUE(reaches(*transport, peer.port()));
  peer.change_ticket_keys();
  EXPECT_TRUE(reaches(*transport, peer.port()));
  EXPECT_TRUE(reaches(*transport, peer.port()));
  EXPECT_EQ(peer.connections(), 3);
  EXPECT_EQ(peer.resumed(), 1);  // The last, with what the second agreed on.
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsResumption, ::testing::Values(TlsVersions::all, TlsVersions::only_1_2),
                         [](const auto& version) {
                           return version.param == TlsVersions::all ? "tls_1_3" : "tls_1_2";
                         });

TlsSession session_of(int version, long age = 0, long timeout = 3600) {
  TlsSession session(SSL_SESSION_new());
  SSL_SESSION_set_protocol_version(session.get(), version);
  const unsigned char id[] = {1, 2, 3, 4};
  SSL_SESSION_set1_id(session.get(), id, sizeof(id));
  SSL_SESSION_set_time(session.get(), static_cast<long>(std::time(nullptr)) - age);
  SSL_SESSION_set_timeout(session.get(), timeout);
  return session;
}

TEST(TlsSessions, gives_out_one_of_tls_1_3_once_and_one_of_tls_1_2_again) {
  TlsSessions sessions;
  EXPECT_EQ(sessions.take("a"), nullptr);
  sessions.keep("a", session_of(TLS1_3_VERSION).get());
  EXPECT_EQ(sessions.take("b"), nullptr);
  EXPECT_NE(sessions.take("a"), nullptr);
  EXPECT_EQ(sessions.take("a"), nullptr);
  sessions.keep("a", session_of(TLS1_2_VERSION).get());
  EXPECT_NE(sessions.take("a"), nullptr);
  EXPECT_NE(sessions.take("a"), nullptr);
  sessions.forget("a");
  EXPECT_EQ(sessions.take("a"), nullptr);
}

TEST(TlsSessions, gives_out_none_that_is_too_old) {
  TlsSessions sessions;
  const long longest = TlsSessions::longest_life.count();
  sessions.keep("a", session_of(TLS1_2_VERSION, 3600, 3600).get());
  EXPECT_EQ(sessions.take("a"), nullptr);
  sessions.keep("a", session_of(TLS1_2_VERSION, longest, 10 * longest).get());
  EXPECT_EQ(sessions.take("a"), nullptr);
  sessions.keep("a", session_of(TLS1_2_VERSION, -60, 3600).get());  // The clock was set back.
  EXPECT_EQ(sessions.take("a"), nullptr);
  sessions.keep("a", session_of(TLS1_2_VERSION, longest - 60, 10 * longest).get());
  EXPECT_NE(sessions.take("a"), nullptr);
}

TEST(TlsSessions, is_bounded_in_peers_and_in_sessions_of_each) {
  TlsSessions sessions;
  for (std::size_t i = 0; i < 3 * TlsSessions::most_of_a_peer; ++i)
    sessions.keep("a", session_of(TLS1_3_VERSION).get());
  std::size_t kept = 0;
  while (sessions.take("a")) ++kept;
  EXPECT_EQ(kept, TlsSessions::most_of_a_peer);
  const auto name = [](std::size_t i) { return "peer " + std::to_string(i); };
  for (std::size_t i = 0; i < TlsSessions::most_peers; ++i)
    sessions.keep(name(i), session_of(TLS1_2_VERSION).get());
  EXPECT_NE(sessions.take(name(0)), nullptr);  // It is used: another makes room.
  for (std::size_t i = 0; i < TlsSessions::most_peers / 2; ++i)
    sessions.keep("new " + name(i), session_of(TLS1_2_VERSION).get());
  EXPECT_NE(sessions.take(name(0)), nullptr);
  EXPECT_EQ(sessions.take(name(1)), nullptr);
  EXPECT_NE(sessions.take(name(TlsSessions::most_peers - 1)), nullptr);
}

}  // namespace
}  // namespace gannet::io
