#include <set>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"
#include "unit/io/proxy_double.hpp"
#include "unit/io/tls_peer.hpp"
#include "unit/io/tls_proxy.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

const std::string authorization = "Proxy-Authorization: Basic YWRhOmh1bnRlcjI=\r\n";  // ada:hunter2

class ProxyTest : public ::testing::Test {
 protected:
  ProxyTest() { authority.write(folder / "ca.pem"); }

  static std::string url_of(const Origin& origin, const char* scheme = "http") {
    return std::string(scheme) + "://" + origin.host + ":" + std::to_string(origin.port);
  }
  static std::string host_of(const RawPeer& proxy) {
    return "127.0.0.1:" + std::to_string(proxy.origin().port);
  }
  void use(Proxies proxies) {
    SocketTransportOptions options;
    options.ca_bundle = folder / "ca.pem";
    options.proxies = std::move(proxies);
    transport = socket_transport(options);
  }
  Exchanged send(const Origin& origin, std::string body = "body", milliseconds connect = milliseconds(5000)) {
    const AttemptLimits limits{.connect = connect, .stall = milliseconds(5000)};
    return run(context, exchange(*transport, request_to(origin, "PUT", "/a"), Body(std::move(body)), limits));
  }

  TemporaryFolder folder;
  Certificate authority = make_authority("the test authority");
  asio::io_context context{1};
  std::shared_ptr<Transport> transport;
  ProxyTalk talk;
};

TEST_F(ProxyTest, reaches_https_origins_through_a_tunnel) {
  TlsPeer peer(make_certificate({}, &authority), "", 1 << 14, true);
  RawPeer proxy(context, tunnels(talk));
  use({.https = {.url = url_of(proxy.origin())}});
  const Origin origin{true, "localhost", peer.port()};
  const std::string large(300'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto answer = send(origin, large);
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_TRUE(answer->body == large);
  }
  EXPECT_EQ(proxy.connections(), 1);  // A tunnel is used again like any connection.
  ASSERT_EQ(talk.heads.size(), 1U);
  const std::string target = "localhost:" + std::to_string(peer.port());
  EXPECT_EQ(talk.heads[0], "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
}

TEST_F(ProxyTest, says_who_it_is_to_the_proxy_alone) {
  TlsPeer peer(make_certificate({}, &authority), small_answer);
  RawPeer proxy(context, tunnels(talk, "HTTP/1.0 200 OK\r\nProxy-Agent: x\r\n\r\n"));
  use({.https = {.url = url_of(proxy.origin()), .username = "ada", .password = Secret("hunter2")}});
  const auto answer = send({true, "localhost", peer.port()});
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_EQ(answer->body, "hello");
  EXPECT_NE(talk.heads.at(0).find(authorization), std::string::npos) << talk.heads[0];
}

TEST_F(ProxyTest, reaches_http_origins_by_naming_the_whole_url) {
  std::vector<std::string> heads;
  const auto script = [&](tcp::socket& socket) -> Task<void> {
    for (;;) {
      const std::string request = co_await read_request(socket);
      if (request.empty()) co_return;
      heads.push_back(request);
      co_await write_sliced(socket, small_answer, 7);
    }
  };
  RawPeer proxy(context, script);
  use({.http = {.url = url_of(proxy.origin()), .username = "ada", .password = Secret("hunter2")}});
  for (int i = 0; i < 2; ++i) {
    const auto answer = send({false, "service.example", 8000});
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_EQ(answer->body, "hello");
  }
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_EQ(heads.at(1), "PUT http://service.example:8000/a HTTP/1.1\r\nHost: service.example:8000\r\n" +
                             authorization + "Content-Length: 4\r\n\r\nbody");
}

TEST_F(ProxyTest, speaks_tls_with_a_proxy_that_does) {
  const Certificate certificate = make_certificate({}, &authority);
  TlsProxy proxy(certificate);
  TlsProxy other(certificate);
  use({.https = {.url = "https://localhost:" + std::to_string(proxy.port())},
       .http = {.url = "https://localhost:" + std::to_string(other.port())}});
  TlsPeer peer(certificate, "", 1 << 14, true);
  const std::string large(2'000'000, 'y');
  for (int i = 0; i < 2; ++i) {
    const auto answer = send({true, "localhost", peer.port()}, large);
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_TRUE(answer->body == large);
  }
  EXPECT_EQ(peer.connections(), 1);
  // Without a tunnel the proxy itself reads the request.
  RawPeer plain(context, answers_with(small_answer));
  const auto answer = send(plain.origin());
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_EQ(answer->body, "proxied");
  EXPECT_EQ(plain.connections(), 0);
}

TEST_F(ProxyTest, verifies_a_proxy_that_speaks_tls) {
  TlsProxy proxy(make_certificate({.names = "DNS:other.example"}, &authority));
  use({.https = {.url = "https://localhost:" + std::to_string(proxy.port())}});
  const auto answer = send({true, "service.example", 443});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.code, "TlsFailed");
  EXPECT_NE(answer.error().error.message.find("the proxy to service.example:443"), std::string::npos)
      << answer.error().error.message;
}

TEST_F(ProxyTest, goes_directly_where_the_settings_say_so) {
  RawPeer peer(context, answers_with(small_answer));
  RawPeer proxy(context, answers_with("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"));
  const std::string url = url_of(proxy.origin());
  struct Case {
    Proxies proxies;
    bool direct;
  };
  const Case cases[] = {
      {{}, true},
      {{.https = {.url = url}}, true},  // For https alone.
      {{.http = {.url = url}}, false},
      {{.http = {.url = url}, .no_proxy = "127.0.0.1"}, true},
      {{.http = {.url = url}, .no_proxy = "127.0.0.0/8:" + std::to_string(peer.origin().port)}, false},
      {{.http = {.url = url}, .no_proxy = "x,127.0.0.1:" + std::to_string(peer.origin().port)}, true},
      {{.http = {.url = url}, .no_proxy = "127.0.0.1:1"}, false},
      {{.http = {.url = url}, .no_proxy = "*"}, true},
  };
  for (const Case& c : cases) {
    use(c.proxies);
    const auto answer = send(peer.origin());
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_EQ(answer->status, c.direct ? 200 : 502) << c.proxies.no_proxy;
  }
}

TEST_F(ProxyTest, tells_of_a_proxy_that_cannot_be_used_when_it_is_needed) {
  RawPeer peer(context, answers_with(small_answer));
  for (const Proxy& proxy :
       {Proxy{.url = "socks5://proxy:1"}, Proxy{.url = "http://ada:hunter2@proxy:1"},
        Proxy{.url = "http://proxy:1", .username = "a:b", .password = Secret("hunter2")}}) {
    use({.https = proxy});
    EXPECT_TRUE(send(peer.origin()));
    const auto answer = send({true, "service.example", 443});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::configuration);
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    EXPECT_EQ(answer.error().error.message.find("hunter2"), std::string::npos);
  }
}

struct Failing {
  const char* what;
  std::string answer;
  ErrorKind kind;
  const char* code;
  const char* reason;
};

TEST_F(ProxyTest, says_which_step_of_a_tunnel_failed) {
  TlsPeer peer(make_certificate({}, &authority), small_answer);
  std::string endless;
  for (int i = 0; i < 200; ++i) endless += "HTTP/1.1 102 Processing\r\n\r\n";
  const Failing failures[] = {
      {"closes at once", "", ErrorKind::network, "ProxyFailed", "closed the connection instead"},
      {"closes in its answer", "HTTP/1.1 200 OK\r\nA:", ErrorKind::network, "ProxyFailed", "closed the"},
      {"is no HTTP proxy", "SSH-2.0-OpenSSH_9\r\n\r\n", ErrorKind::network, "ProxyFailed", "cannot be read"},
      {"never stops", "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'x'), ErrorKind::network, "ProxyFailed",
       "cannot be read"},
      {"wants a password", "HTTP/1.1 407 No\r\nContent-Length: 3\r\n\r\nwho", ErrorKind::configuration,
       "ProxyAuthenticationRequired", "does not accept"},
      {"does not allow the host", "HTTP/1.1 403 Filtered\r\n\r\n", ErrorKind::configuration, "ProxyRefused",
       "HTTP 403: allow the host there"},
      {"is too slow itself", "HTTP/1.1 408 Request Timeout\r\n\r\n", ErrorKind::network, "ProxyRefused",
       "HTTP 408"},
      {"is too busy", "HTTP/1.1 429 Too Many Requests\r\n\r\n", ErrorKind::network, "ProxyRefused",
       "HTTP 429"},
      {"never comes to the point", endless, ErrorKind::network, "ProxyFailed", "without an end"},
      {"does not reach the host", "HTTP/1.1 502 Bad Gateway\r\n\r\n", ErrorKind::network, "ProxyRefused",
       "HTTP 502"},
      {"switches to something else", "HTTP/1.1 101 Switching\r\n\r\n", ErrorKind::network, "ProxyRefused",
       "HTTP 101"},
      {"redirects", "HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", ErrorKind::network,
       "ProxyRefused", "HTTP 302"},
      {"speaks for the origin", "HTTP/1.1 200 OK\r\n\r\nhello", ErrorKind::network, "", ""},
      {"closes the tunnel", "HTTP/1.1 200 OK\r\n\r\n", ErrorKind::network, "TlsFailed", "TLS failed"},
  };
  for (const Failing& failing : failures) {
    const auto script = [&](tcp::socket& socket) -> Task<void> {
      co_await read_until(socket, "\r\n\r\n");
      co_await write_sliced(socket, failing.answer, 4096);
    };
    RawPeer proxy(context, script);
    use({.https = {.url = url_of(proxy.origin()), .username = "ada", .password = Secret("hunter2")}});
    const auto answer = send({true, "localhost", peer.port()});
    ASSERT_FALSE(answer) << failing.what;
    const Error& error = answer.error().error;
    EXPECT_EQ(error.kind, failing.kind) << failing.what << ": " << error.message;
    if (*failing.code != '\0') EXPECT_EQ(error.code, failing.code) << failing.what << ": " << error.message;
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    EXPECT_NE(error.message.find(failing.reason), std::string::npos) << failing.what << ": " << error.message;
    EXPECT_NE(error.message.find(host_of(proxy)), std::string::npos) << failing.what << ": " << error.message;
    EXPECT_EQ(error.message.find("hunter2"), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find("aHVudGVy"), std::string::npos) << error.message;
  }
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(ProxyTest, asks_for_a_password_where_there_is_none) {
  RawPeer proxy(context, answers_with("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"));
  use({.https = {.url = url_of(proxy.origin())}, .http = {.url = url_of(proxy.origin())}});
  for (const bool tls : {true, false}) {
    const auto answer = send({tls, "service.example", 80});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::configuration);
    EXPECT_EQ(answer.error().error.code, "ProxyAuthenticationRequired");
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    EXPECT_NE(answer.error().error.message.find("wants a user name and a password"), std::string::npos);
    EXPECT_NE(answer.error().error.message.find(host_of(proxy)), std::string::npos);
  }
}

TEST_F(ProxyTest, says_that_it_was_the_proxy_that_was_not_reached) {
  Origin gone;
  {
    RawPeer proxy(context, answers_with(""));
    gone = proxy.origin();
  }
  use({.https = {.url = url_of(gone)}, .http = {.url = url_of(gone)}});
  for (const bool tls : {true, false}) {
    const auto answer = send({tls, "service.example", 80});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::network);
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    EXPECT_NE(answer.error().error.message.find("the proxy to service.example:80"), std::string::npos);
    EXPECT_NE(answer.error().error.message.find("refused"), std::string::npos)
        << answer.error().error.message;
  }
}

TEST_F(ProxyTest, gives_a_silent_proxy_the_connect_limit) {
  RawPeer proxy(context, [](tcp::socket& socket) -> Task<void> { co_await read_to_end(socket); });
  use({.https = {.url = url_of(proxy.origin())}});
  const auto answer = send({true, "service.example", 443}, "", milliseconds(5));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.code, "ConnectTimeout");
  EXPECT_NE(answer.error().error.message.find("waiting for the proxy to connect"), std::string::npos)
      << answer.error().error.message;
}

TEST_F(ProxyTest, ends_a_cancelled_call_at_every_step_of_a_tunnel) {
  TlsPeer peer(make_certificate({}, &authority), small_answer);
  std::set<std::string> ends;
  bool completed = false;
  for (int turn = 0; !completed && turn < 500; ++turn) {
    asio::io_context own{1};
    RawPeer proxy(own, tunnels(talk));
    use({.https = {.url = url_of(proxy.origin())}});
    const HttpRequest request = request_to({true, "localhost", peer.port()});
    asio::cancellation_signal signal;
    std::optional<Exchanged> outcome;
    bool ended = false;
    const auto ask = [&]() -> Task<void> {
      co_await asio::this_coro::throw_if_cancelled(false);
      auto answer = co_await transport->send(request, Body(), AttemptLimits());
      if (!answer) outcome = std::unexpected(std::move(answer.error()));
      ended = true;
    };
    asio::co_spawn(own, ask(),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { ended = true; }));
    for (int i = 0; i < turn && !ended; ++i) own.run_one();
    completed = ended;
    signal.emit(asio::cancellation_type::terminal);
    while (!ended && own.run_one() != 0) {
    }
    ASSERT_TRUE(ended);
    if (!outcome) continue;
    EXPECT_EQ(outcome->error().error.kind, ErrorKind::cancelled) << outcome->error().error.message;
    const std::string& message = outcome->error().error.message;
    ends.insert(message.substr(message.find("cancelled while ")));
    transport.reset();
  }
  EXPECT_TRUE(completed);
  EXPECT_TRUE(ends.contains("cancelled while connecting"));
  EXPECT_TRUE(ends.contains("cancelled while waiting for the proxy to connect"));
  EXPECT_TRUE(ends.contains("cancelled while agreeing on TLS"));
  EXPECT_TRUE(ends.contains("cancelled while waiting for the answer"));
}

}  // namespace
}  // namespace gannet::io
