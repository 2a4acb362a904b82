#include <thread>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <gannet/http_server.hpp>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::http {
namespace {

using namespace io::testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

Handler says(std::string text) {
  return [text = std::move(text)](ServerRequest) -> Task<ServerResponse> {
    ServerResponse response;
    response.body = Body(text);
    co_return response;
  };
}

Handler echo() {
  return [](ServerRequest request) -> Task<ServerResponse> {
    ServerResponse response;
    auto whole = co_await request.body.read_all(16U << 20);
    if (whole) {
      response.body = Body(request.head.method + " " + request.head.path + " " + *whole);
    } else {
      response.status = 599;
      response.body = Body(whole.error().message);
    }
    co_return response;
  };
}

int status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.data() + 9) : 0;
}

std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

class HttpServer : public ::testing::Test {
 protected:
  std::string talk_to(TestServer& server, std::string bytes, bool half_close = false,
                      std::size_t slice = 1 << 20) {
    return run(context, talk(server.origin(), std::move(bytes), half_close, slice));
  }

  asio::io_context context{1};
};

const std::string closing = "Host: a\r\nConnection: close\r\n";

TEST_F(HttpServer, answers_with_date_and_length) {
  TestServer server(context, says("hello"));
  const std::string answer = talk_to(server, "GET / HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), "hello");
  EXPECT_NE(answer.find("\r\nContent-Length: 5\r\n"), std::string::npos);
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
  const auto date = answer.find("\r\nDate: ");
  ASSERT_NE(date, std::string::npos);
  EXPECT_EQ(answer.substr(date + 8 + 25, 6), " GMT\r\n");
}

TEST_F(HttpServer, shows_the_request_as_it_came) {
  ServerRequest seen;
  const Handler handler = [&](ServerRequest request) -> Task<ServerResponse> {
    seen.head = request.head;
    seen.peer = request.peer;
    co_return ServerResponse();
  };
  TestServer server(context, handler);
  talk_to(server,
          "PUT /a%20b//c?x=%2F HTTP/1.1\r\nhost: Bucket.Example:99\r\nX-Odd:  v \r\nx-odd: w\r\nConnection: "
          "close\r\n\r\n");
  EXPECT_EQ(seen.head.method, "PUT");
  EXPECT_EQ(seen.head.path, "/a%20b//c");
  EXPECT_EQ(seen.head.query, "x=%2F");
  EXPECT_EQ(seen.head.origin.host, "Bucket.Example");
  EXPECT_EQ(seen.head.origin.port, 99);
  EXPECT_EQ(seen.head.headers.get("X-Odd"), "v");
  EXPECT_EQ(seen.head.headers.size(), 4U);
  EXPECT_EQ(seen.peer.substr(0, 10), "127.0.0.1:");
}

struct BadRequest {
  const char* what;
  std::string bytes;
  int status;
};

TEST_F(HttpServer, refuses_what_is_malformed_and_stays_up) {
  const BadRequest requests[] = {
      {"nonsense", "hello there\r\n\r\n", 400},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"a version to come", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
      {"bare line feeds", "GET / HTTP/1.1\r\nHost: a\n\n", 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"a bad Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"a bad name", "GET / HTTP/1.1\r\nHost: a\r\nB c: d\r\n\r\n", 400},
      {"a space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nB : d\r\n\r\n", 400},
      {"a NUL", std::string("GET / HTTP/1.1\r\nHost: a\r\nB: c\0d\r\n\r\n", 35), 400},
      {"a folded line", "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n d\r\n\r\n", 400},
      {"both framings",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
       400},
      {"no number for a length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\nabcd", 400},
      {"a length past 64 bits", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
       400},
      {"a length past the limit", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n", 413},
      {"an unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"an unknown expectation",
       "POST / HTTP/1.1\r\nHost: a\r\nExpect: cookies\r\nContent-Length: 1\r\n\r\nx", 417},
      {"a long target", "GET /" + std::string(70'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
      {"a long head", "GET / HTTP/1.1\r\nHost: a\r\nB: " + std::string(70'000, 'x') + "\r\n\r\n", 431},
      {"a bad chunk size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyzzy\r\n", 400},
      {"a chunk past its size",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabcdef\r\n", 400},
      {"a chunk past the limit",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nF4241\r\nabcdef\r\n", 413},
  };
  ServerLimits limits;
  limits.body_bytes = 1'000'000;
  TestServer server(context, echo(), limits);
  for (const auto& request : requests) {
    for (const std::size_t slice : {std::size_t{1} << 20, std::size_t{1000}, std::size_t{3}}) {
      if (request.bytes.size() / slice > 2000) continue;
      const std::string answer = talk_to(server, request.bytes, false, slice);
      EXPECT_EQ(status_of(answer), request.status)
          << request.what << " in slices of " << slice << ": " << answer;
      EXPECT_NE(answer.find("Connection: close"), std::string::npos) << request.what;
    }
    const std::string good = talk_to(server, "GET /up HTTP/1.1\r\n" + closing + "\r\n");
    ASSERT_EQ(body_of(good), "GET /up ") << request.what;
  }
}

TEST_F(HttpServer, survives_a_request_cut_anywhere) {
  const std::string whole =
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  int answered = 0;
  const Handler handler = [&](ServerRequest request) -> Task<ServerResponse> {
    auto body = co_await request.body.read_all(100);
    if (body) ++answered;
    co_return ServerResponse();
  };
  TestServer server(context, handler);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string answer = talk_to(server, whole.substr(0, length), true);
    EXPECT_NE(status_of(answer), 200) << length;
  }
  EXPECT_EQ(answered, 0);
  talk_to(server, whole, true);
  EXPECT_EQ(answered, 1);
}

TEST_F(HttpServer, answers_requests_that_come_together_in_their_order) {
  TestServer server(context, echo());
  const std::string requests =
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy"
      "\r\nPOST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n"
      "GET /4 HTTP/1.1\r\n" +
      closing + "\r\nGET /5 HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::size_t slice : {1U, 10U, 100'000U}) {
    const std::string answers = talk_to(server, requests, false, slice);
    const auto one = answers.find("GET /1 ");
    const auto two = answers.find("POST /2 xy");
    const auto three = answers.find("POST /3 z");
    const auto four = answers.find("GET /4 ");
    ASSERT_NE(four, std::string::npos) << answers;
    EXPECT_LT(one, two);
    EXPECT_LT(two, three);
    EXPECT_LT(three, four);
    EXPECT_EQ(answers.find("GET /5"), std::string::npos);
  }
}

TEST_F(HttpServer, speaks_http_1_0) {
  TestServer server(context, echo());
  const std::string closed = talk_to(server, "GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(closed), "GET /a ");
  EXPECT_NE(closed.find("Connection: close"), std::string::npos);
  const std::string kept =
      talk_to(server, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n");
  EXPECT_NE(kept.find("Connection: keep-alive"), std::string::npos);
  EXPECT_NE(kept.find("GET /b "), std::string::npos);
}

class Letters final : public ByteSource {
 public:
  Letters(std::size_t total, bool breaks) : left_(total), breaks_(breaks) {}
  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const std::size_t count = std::min({left_, buffer.size(), std::size_t{10'000}});
    if (count == 0 && breaks_) co_return fail(ErrorKind::service, "Broke", "broke");
    std::fill_n(buffer.begin(), count, std::byte{'x'});
    left_ -= count;
    co_return count;
  }

 private:
  std::size_t left_;
  bool breaks_;
};

Handler streams(std::size_t total, std::optional<std::uint64_t> length, bool breaks = false) {
  return [=](ServerRequest) -> Task<ServerResponse> {
    ServerResponse response;
    response.body = Body::stream(std::make_unique<Letters>(total, breaks), length);
    co_return response;
  };
}

TEST_F(HttpServer, streams_bodies) {
  const std::size_t total = 300'000;
  TestServer known(context, streams(total, total));
  const std::string sized = talk_to(known, "GET / HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_NE(sized.find("Content-Length: 300000\r\n"), std::string::npos);
  EXPECT_EQ(body_of(sized).size(), total);
  TestServer unknown(context, streams(total, std::nullopt));
  const std::string chunked = talk_to(unknown, "GET / HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_NE(chunked.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_TRUE(chunked.ends_with("\r\n0\r\n\r\n"));
  EXPECT_EQ(std::count(chunked.begin(), chunked.end(), 'x'), 300'000);
  const std::string old = talk_to(unknown, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(body_of(old), std::string(total, 'x'));
}

TEST_F(HttpServer, cuts_a_body_whose_source_breaks) {
  const auto transport = io::socket_transport();
  for (const auto length : {std::optional<std::uint64_t>(100'000), std::optional<std::uint64_t>()}) {
    for (const bool breaks : {true, false}) {
      if (!breaks && !length) continue;
      TestServer server(context, streams(50'000, length, breaks));
      const auto answer = run(context, exchange(*transport, request_to(server.origin())));
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().delivery, Delivery::head_received);
    }
  }
}

TEST_F(HttpServer, sends_an_answer_piece_by_piece) {
  const std::string text(1000, 'x');
  int pauses = 0;
  int allowed = 1 << 20;
  bool breaks = false;
  const Handler handler = [&](ServerRequest request) -> Task<ServerResponse> {
    ServerResponse response;
    response.body = Body(text);
    const auto opener = [&]() -> Result<std::unique_ptr<ByteSource>> { return Body(text).open(); };
    if (request.head.path == "/length") response.body = Body::reopenable(opener, text.size());
    if (request.head.path == "/chunks") response.body = Body::reopenable(opener, std::nullopt);
    response.pace = ServerResponse::Pace{.piece = 10, .between = [&]() -> Task<bool> {
                                           ++pauses;
                                           if (breaks) throw std::runtime_error("broken");
                                           co_return pauses < allowed;
                                         }};
    co_return response;
  };
  TestServer server(context, handler);
  for (const std::string path : {"/memory", "/length", "/chunks"}) {
    const auto ask = [&] { return talk_to(server, "GET " + path + " HTTP/1.1\r\n" + closing + "\r\n"); };
    pauses = 0;
    allowed = 1 << 20;
    breaks = false;
    const std::string answer = ask();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_NE(answer.find(text), std::string::npos) << path;
    EXPECT_GE(pauses, static_cast<int>(answer.size() / 10)) << path;
    EXPECT_LE(pauses, static_cast<int>(answer.size() / 10) + 4) << path;
    pauses = 0;
    allowed = 3;
    EXPECT_EQ(ask().size(), answer.size()) << path;
    EXPECT_EQ(pauses, 3) << path;
    breaks = true;
    EXPECT_EQ(ask().size(), 10U) << path;
  }
}

TEST_F(HttpServer, sends_no_body_where_there_is_none) {
  const Handler handler = [](ServerRequest request) -> Task<ServerResponse> {
    ServerResponse response;
    response.status = std::stoi(request.head.path.substr(1));
    response.body = Body("body");
    if (request.head.query == "length") {
      response.body = Body();
      response.head_length = 123456789;
    }
    co_return response;
  };
  TestServer server(context, handler);
  const std::string head = talk_to(server, "HEAD /200 HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_NE(head.find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_EQ(body_of(head), "");
  const std::string long_head = talk_to(server, "HEAD /200?length HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_NE(long_head.find("Content-Length: 123456789\r\n"), std::string::npos);
  const std::string empty = talk_to(server, "GET /204 HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_EQ(empty.find("Content-Length"), std::string::npos);
  EXPECT_EQ(body_of(empty), "");
  const std::string same = talk_to(server, "GET /304 HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_EQ(body_of(same), "");
}

TEST_F(HttpServer, turns_exceptions_into_500_and_goes_on) {
  const Handler handler = [](ServerRequest request) -> Task<ServerResponse> {
    if (request.head.path == "/throw") throw std::runtime_error("secret words");
    ServerResponse response;
    response.body = Body("fine");
    co_return response;
  };
  TestServer server(context, handler);
  const std::string answers =
      talk_to(server, "GET /throw HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_EQ(status_of(answers), 500);
  EXPECT_EQ(answers.find("secret"), std::string::npos);
  EXPECT_TRUE(answers.ends_with("fine"));
}

TEST_F(HttpServer, sends_nothing_that_would_break_the_message) {
  const Handler handler = [](ServerRequest request) -> Task<ServerResponse> {
    ServerResponse response;
    if (request.head.path == "/status") response.status = 99;
    if (request.head.path == "/value") response.headers.add("A", "b\r\nSet-Cookie: c");
    if (request.head.path == "/framing") response.headers.add("Content-Length", "100");
    if (request.head.path == "/none") response.status = 0;
    response.body = Body("body");
    co_return response;
  };
  TestServer server(context, handler);
  EXPECT_EQ(status_of(talk_to(server, "GET /status HTTP/1.1\r\nHost: a\r\n\r\n")), 500);
  const std::string value = talk_to(server, "GET /value HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(value), 500);
  EXPECT_EQ(value.find("Set-Cookie"), std::string::npos);
  const std::string framing = talk_to(server, "GET /framing HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_EQ(framing.find("Content-Length: 100"), std::string::npos);
  EXPECT_NE(framing.find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_EQ(talk_to(server, "GET /none HTTP/1.1\r\nHost: a\r\n\r\n"), "");
}

TEST_F(HttpServer, asks_for_a_body_only_when_it_is_read) {
  const Handler handler = [](ServerRequest request) -> Task<ServerResponse> {
    ServerResponse response;
    if (request.head.path == "/read") {
      auto whole = co_await request.body.read_all(100);
      response.body = Body(whole.value_or("?"));
    } else {
      response.status = 403;
    }
    co_return response;
  };
  TestServer server(context, handler);
  const std::string head = " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
  const auto converse = [&](std::string path) -> Task<std::string> {
    tcp::socket socket(co_await asio::this_coro::executor);
    const tcp::endpoint where(asio::ip::address_v4::loopback(), server.origin().port);
    co_await socket.async_connect(where, asio::deferred);
    co_await write_sliced(socket, "PUT " + path + head, 1000);
    std::string got = co_await read_until(socket, "\r\n\r\n");
    if (status_of(got) == 100) {
      co_await write_sliced(socket, "body", 1000);
      got = co_await read_until(socket, "\r\n\r\nbody");
    } else {
      got += co_await read_to_end(socket);
    }
    co_return got;
  };
  const std::string read = run(context, converse("/read"));
  EXPECT_EQ(status_of(read), 200) << read;
  EXPECT_EQ(body_of(read), "body");
  const std::string unread = run(context, converse("/other"));
  EXPECT_EQ(status_of(unread), 403) << unread;
  EXPECT_NE(unread.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServer, keeps_the_connection_when_a_small_body_was_not_read) {
  TestServer server(context, says("unread"));
  const std::string small =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x');
  const std::string answers = talk_to(server, small + "GET / HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_NE(answers.find("unread", answers.find("unread") + 1), std::string::npos);
  const std::string large =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n" + std::string(700'000, 'x');
  const std::string answer = talk_to(server, large + "GET / HTTP/1.1\r\n" + closing + "\r\n");
  EXPECT_EQ(answer.find("unread"), answer.rfind("unread"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServer, gives_no_more_of_a_body_once_the_request_is_answered) {
  std::optional<BodyReader> kept;
  const Handler handler = [&](ServerRequest request) -> Task<ServerResponse> {
    kept = std::move(request.body);
    co_return ServerResponse();
  };
  TestServer server(context, handler);
  talk_to(server,
          "POST / HTTP/1.1\r\n" + closing + "Content-Length: 300000\r\n\r\n" + std::string(300'000, 'x'));
  ASSERT_TRUE(kept);
  EXPECT_LT(kept->take().size(), 300'000U);
  const auto more = run(context, kept->read_all(1 << 20));
  EXPECT_FALSE(more);
}

TEST_F(HttpServer, ends_connections_that_are_silent_for_too_long) {
  ServerLimits limits;
  limits.head = milliseconds(5);
  limits.stall = milliseconds(5);
  limits.idle = milliseconds(5);
  TestServer server(context, echo(), limits);
  EXPECT_EQ(talk_to(server, ""), "");
  EXPECT_EQ(talk_to(server, "GET / HT"), "");
  EXPECT_EQ(body_of(talk_to(server, "GET /idle HTTP/1.1\r\nHost: a\r\n\r\n")), "GET /idle ");
  const std::string stalled = talk_to(server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_NE(status_of(stalled), 200) << stalled;
}

TEST_F(HttpServer, leaves_connections_past_its_limit_waiting) {
  ServerLimits limits;
  limits.connections = 2;
  int most = 0;
  int now = 0;
  const Handler handler = [&](ServerRequest) -> Task<ServerResponse> {
    most = std::max(most, ++now);
    for (int i = 0; i < 3; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    --now;
    co_return ServerResponse();
  };
  TestServer server(context, handler, limits);
  int done = 0;
  const auto one = [&]() -> Task<void> {
    const std::string answer = co_await talk(server.origin(), "GET / HTTP/1.1\r\n" + closing + "\r\n");
    if (status_of(answer) == 200) ++done;
  };
  for (int i = 0; i < 6; ++i) asio::co_spawn(context, one(), asio::detached);
  context.restart();
  while (done < 6 && context.run_one() != 0) {
  }
  EXPECT_EQ(done, 6);
  EXPECT_LE(most, 2);
}

TEST_F(HttpServer, stops_after_the_requests_under_way) {
  Server* stopped = nullptr;
  const Handler handler = [&](ServerRequest) -> Task<ServerResponse> {
    stopped->stop();
    for (int i = 0; i < 10; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    ServerResponse response;
    response.body = Body("finished");
    co_return response;
  };
  Server server(context.get_executor(), handler);
  stopped = &server;
  const Origin origin{false, "127.0.0.1", server.listen("127.0.0.1", 0).value()};
  bool ended = false;
  asio::co_spawn(context, server.serve(), [&](const std::exception_ptr&) { ended = true; });
  // A connection that lies idle does not hold the server up.
  tcp::socket idle(context);
  idle.connect({asio::ip::address_v4::loopback(), origin.port});
  const std::string answer =
      run(context, talk(origin, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_TRUE(answer.ends_with("finished"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  context.restart();
  context.run();
  EXPECT_TRUE(ended);
}

TEST_F(HttpServer, cuts_what_has_not_ended_when_the_grace_is_over) {
  Server* stopped = nullptr;
  bool handler_ended = false;
  const Handler handler = [&](ServerRequest) -> Task<ServerResponse> {
    stopped->stop(milliseconds(1));
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    try {
      co_await never.async_wait(asio::deferred);
    } catch (const boost::system::system_error&) {
      handler_ended = true;
    }
    co_return ServerResponse();
  };
  Server server(context.get_executor(), handler);
  stopped = &server;
  const Origin origin{false, "127.0.0.1", server.listen("127.0.0.1", 0).value()};
  bool ended = false;
  asio::co_spawn(context, server.serve(), [&](const std::exception_ptr&) { ended = true; });
  EXPECT_EQ(run(context, talk(origin, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), "");
  context.restart();
  context.run();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(handler_ended);
}

TEST_F(HttpServer, says_why_it_cannot_listen) {
  Server first(context.get_executor(), says(""));
  const std::uint16_t port = first.listen("127.0.0.1", 0).value();
  Server second(context.get_executor(), says(""));
  const auto taken = second.listen("127.0.0.1", port);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::configuration);
  EXPECT_NE(taken.error().message.find("127.0.0.1 port " + std::to_string(port)), std::string::npos);
  EXPECT_NE(taken.error().message.find("in use"), std::string::npos) << taken.error().message;
  // Longer than a name may be: the system says so without asking anybody.
  EXPECT_FALSE(second.listen(std::string(300, 'x'), 0));
}

TEST_F(HttpServer, may_end_with_connections_open) {
  const auto transport = io::socket_transport();
  {
    TestServer server(context, says("once"));
    EXPECT_EQ(run(context, exchange(*transport, request_to(server.origin())))->body, "once");
  }
  context.restart();
  context.run();  // Nothing keeps it running any more.
}

TEST_F(HttpServer, gives_bodies_that_may_outlive_server_and_context) {
  for (const bool on_a_strand : {false, true}) {
    for (const char* expectation : {"", "Expect: 100-continue\r\n"}) {
      std::optional<BodyReader> kept;
      const Handler keeps_the_body = [&](ServerRequest request) -> Task<ServerResponse> {
        kept = std::move(request.body);
        asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::deferred);
        co_return ServerResponse();
      };
      {
        asio::io_context own{1};
        const asio::any_io_executor plain = own.get_executor();
        const asio::any_io_executor executor = on_a_strand ? asio::make_strand(plain) : plain;
        Server server(executor, keeps_the_body);
        const Origin origin{false, "127.0.0.1", server.listen("127.0.0.1", 0).value()};
        asio::co_spawn(executor, server.serve(), asio::detached);
        asio::co_spawn(own,
                       talk(origin, std::string("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n") +
                                        expectation + "\r\n"),
                       asio::detached);
        while (!kept && own.run_one() != 0) {
        }
      }
      const auto more = run(context, kept->read_all(100));
      ASSERT_FALSE(more);
      EXPECT_EQ(more.error().kind, ErrorKind::network);
    }
  }
}

TEST_F(HttpServer, serves_on_a_strand_of_a_context_with_many_threads) {
  asio::io_context shared{2};
  const auto strand = asio::make_strand(shared);
  Server server(strand, echo());
  const Origin origin{false, "127.0.0.1", server.listen("127.0.0.1", 0).value()};
  asio::co_spawn(strand, server.serve(), asio::detached);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([&] { shared.run(); });
  const auto transport = io::socket_transport();
  int good = 0;
  for (int i = 0; i < 50; ++i) {
    const auto answer = blocking(exchange(*transport, request_to(origin, "PUT"), "x"));
    if (answer && answer->body == "PUT / x") ++good;
  }
  EXPECT_EQ(good, 50);
  server.stop();
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace gannet::http
