// With a proxy that we did not write: Debian's tinyproxy.

#include <array>
#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"
#include "unit/io/tls_peer.hpp"

extern char** environ;

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

/// The program, listening on a port of its own, with what it logs.
class TinyProxy {
 public:
  /// `settings`: further lines of its configuration. Nothing where the program is not installed.
  static std::unique_ptr<TinyProxy> start(const std::string& settings) {
    std::unique_ptr<TinyProxy> proxy(new TinyProxy);
    // The port may be taken between our choice and its listening.
    for (int attempt = 0; attempt < 5; ++attempt) {
      if (!proxy->run(settings)) return nullptr;
      if (proxy->log_until("Accepting connections")) return proxy;
      proxy->end();
    }
    ADD_FAILURE() << "tinyproxy does not start:\n" << proxy->log_;
    return proxy;
  }
  TinyProxy(const TinyProxy&) = delete;
  TinyProxy& operator=(const TinyProxy&) = delete;
  ~TinyProxy() { end(); }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// Whether it says that it was asked for `what`, now or soon.
  bool was_asked(const std::string& what) { return log_until(what); }

 private:
  static constexpr int most_silence = 10'000;  // Milliseconds: it says what it does at once.

  TinyProxy() = default;

  bool run(const std::string& settings) {
    {
      asio::io_context context;
      port_ = tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
    }
    std::ofstream(folder_ / "tinyproxy.conf")
        << "Port " << port_
        << "\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nLogLevel Info\nMaxClients 20\n"
        << settings;
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const std::string path = folder_ / "tinyproxy.conf";
    std::array<const char*, 5> arguments{"tinyproxy", "-d", "-c", path.c_str(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
    const int failed = ::posix_spawnp(&process_, arguments[0], &actions, nullptr,
                                      const_cast<char**>(arguments.data()), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    output_ = pipe[0];
    if (failed != 0) process_ = 0;
    return failed == 0;
  }

  bool log_until(const std::string& what) {
    std::array<char, 1024> buffer{};
    while (log_.find(what) == std::string::npos) {
      pollfd ready{.fd = output_, .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, most_silence) <= 0) return false;
      const auto count = ::read(output_, buffer.data(), buffer.size());
      if (count <= 0) return false;
      log_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return true;
  }

  void end() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
      process_ = 0;
    }
    if (output_ >= 0) ::close(std::exchange(output_, -1));
  }

  TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  pid_t process_ = 0;
  int output_ = -1;
  std::string log_;
};

constexpr const char* skipped = "tinyproxy is not installed: apt-get install tinyproxy";

class TinyProxyTest : public ::testing::Test {
 protected:
  TinyProxyTest() { authority.write(folder / "ca.pem"); }

  Exchanged send(const Proxies& proxies, const Origin& origin, const std::string& body = "body") {
    SocketTransportOptions options;
    options.ca_bundle = folder / "ca.pem";
    options.proxies = proxies;
    const auto transport = socket_transport(options);
    const AttemptLimits limits{.connect = milliseconds(10'000), .stall = milliseconds(10'000)};
    return run(context, exchange(*transport, request_to(origin, "PUT", "/a"), Body(body), limits));
  }
  static Proxies through(const TinyProxy& proxy, const char* username = "", const char* password = "") {
    const Proxy both{.url = proxy.url(), .username = username, .password = Secret(password)};
    return {.https = both, .http = both};
  }
  static void expect_wanted(const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::configuration) << error.message;
    EXPECT_EQ(error.code, "ProxyAuthenticationRequired") << error.message;
    EXPECT_EQ(error.message.find("hunter"), std::string::npos) << error.message;
  }
  static http::Handler echo() {
    return [](http::ServerRequest request) -> Task<http::ServerResponse> {
      auto whole = co_await request.body.read_all(1 << 20);
      http::ServerResponse response;
      response.headers.add("X-Via", std::string(request.head.headers.get("Via")));
      response.headers.add("X-Path", request.head.path);
      response.headers.add("X-Authorized",
                           request.head.headers.contains("Proxy-Authorization") ? "yes" : "no");
      response.body = Body(whole.value_or("nothing"));
      co_return response;
    };
  }

  TemporaryFolder folder;
  Certificate authority = make_authority("the test authority");
  asio::io_context context{1};
};

TEST_F(TinyProxyTest, tunnels_tls_to_the_origin) {
  const auto proxy = TinyProxy::start("");
  if (!proxy) GTEST_SKIP() << skipped;
  TlsPeer peer(make_certificate({}, &authority), "", 1 << 14, true);
  const std::string large(1'000'000, 'x');
  const auto answer = send(through(*proxy), {true, "localhost", peer.port()}, large);
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_TRUE(answer->body == large);
  EXPECT_TRUE(proxy->was_asked("CONNECT localhost:" + std::to_string(peer.port())));
}

TEST_F(TinyProxyTest, passes_plain_requests_on) {
  const auto proxy = TinyProxy::start("");
  if (!proxy) GTEST_SKIP() << skipped;
  TestServer server(context, echo());
  const auto answer = send(through(*proxy), server.origin(), "the body");
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_EQ(answer->body, "the body");
  EXPECT_EQ(answer->headers.get("X-Path"), "/a");
  EXPECT_NE(answer->headers.get("X-Via").find("tinyproxy"), std::string_view::npos);
}

TEST_F(TinyProxyTest, lets_in_who_has_the_password_and_nobody_else) {
  const auto proxy = TinyProxy::start("BasicAuth ada hunter2\n");
  if (!proxy) GTEST_SKIP() << skipped;
  TlsPeer peer(make_certificate({}, &authority), "", 1 << 14, true);
  TestServer server(context, echo());
  for (const Origin& origin : {Origin{true, "localhost", peer.port()}, server.origin()}) {
    const auto answer = send(through(*proxy, "ada", "hunter2"), origin, "the body");
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_EQ(answer->body, "the body");
    if (!origin.tls)
      EXPECT_EQ(answer->headers.get("X-Authorized"), "no");  // The origin learns nothing of it.
    const auto without = send(through(*proxy), origin, "");
    ASSERT_FALSE(without);
    expect_wanted(without.error().error);
  }
  const auto wrong = send(through(*proxy, "ada", "hunter3"), {true, "localhost", peer.port()});
  ASSERT_FALSE(wrong);
  expect_wanted(wrong.error().error);
  // This proxy says 401 to a wrong password: of a plain request that might as well be the origin's word.
  const auto plain = send(through(*proxy, "ada", "hunter3"), server.origin(), "");
  ASSERT_TRUE(plain) << plain.error().error.message;
  EXPECT_EQ(plain->status, 401);
}

TEST_F(TinyProxyTest, says_what_the_proxy_refuses_and_cannot_reach) {
  const auto proxy = TinyProxy::start("ConnectPort 1\n");
  if (!proxy) GTEST_SKIP() << skipped;
  const auto refused = send(through(*proxy), {true, "localhost", 2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, "ProxyRefused") << refused.error().error.message;
  EXPECT_NE(refused.error().error.message.find("HTTP 403"), std::string::npos);
  const auto unreachable = send(through(*proxy), {true, "localhost", 1});
  ASSERT_FALSE(unreachable);
  EXPECT_EQ(unreachable.error().error.kind, ErrorKind::network) << unreachable.error().error.message;
  EXPECT_EQ(unreachable.error().error.code, "ProxyRefused");
}

TEST_F(TinyProxyTest, is_left_out_where_the_settings_say_so) {
  const auto proxy = TinyProxy::start("");
  if (!proxy) GTEST_SKIP() << skipped;
  TestServer server(context, echo());
  Proxies proxies = through(*proxy);
  proxies.no_proxy = "127.0.0.0/8";
  const auto answer = send(proxies, server.origin());
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_EQ(answer->headers.get("X-Via"), "");
}

}  // namespace
}  // namespace gannet::io
