#include "io/socket_transport.hpp"

#include <filesystem>
#include <set>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "unit/io/loopback.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

const std::string headed_answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello";

/// Peers that stay silent must not hold a test up: everything here takes milliseconds.
AttemptLimits quick() {
  return {.connect = milliseconds(2000), .stall = milliseconds(2000)};
}

class SocketTransport : public ::testing::Test {
 protected:
  Exchanged send(HttpRequest request, Body body = {}, AttemptLimits limits = quick()) {
    return run(context, exchange(*transport, std::move(request), std::move(body), limits));
  }

  asio::io_context context{1};
  std::shared_ptr<Transport> transport = socket_transport();
};

TEST_F(SocketTransport, gives_an_answer_whole_that_came_with_its_head) {
  RawPeer peer(context, answers_with(headed_answer));
  const auto ask = [&]() -> Task<void> {
    const HttpRequest request = request_to(peer.origin());
    auto answer = co_await transport->send(request, Body(), quick());
    EXPECT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->headers.get("x-a"), "b");
    EXPECT_TRUE(answer->body.complete());
    EXPECT_EQ(answer->body.take(), "hello");
  };
  run(context, ask());
}

struct SentRequest {
  const char* method;
  std::optional<std::string> body;
  const char* headers;  // Behind the request line and Host.
};

TEST_F(SocketTransport, says_of_a_body_what_the_method_needs) {
  const SentRequest requests[] = {
      {"GET", std::nullopt, ""},
      {"HEAD", std::nullopt, ""},
      {"DELETE", std::nullopt, ""},
      {"POST", std::nullopt, "Content-Length: 0\r\n"},
      {"PUT", std::nullopt, "Content-Length: 0\r\n"},
      {"POST", "abc", "Content-Length: 3\r\n"},
      {"GET", "abc", "Content-Length: 3\r\n"},
  };
  for (const auto& sent : requests) {
    std::string seen;
    const auto script = [&](tcp::socket& socket) -> Task<void> {
      seen = co_await read_request(socket);
      co_await write_sliced(socket, "HTTP/1.1 204 No Content\r\n\r\n", 1000);
    };
    RawPeer peer(context, script);
    HttpRequest request = request_to(peer.origin(), sent.method, "/a%20b");
    request.query = "x=%31&y";
    request.headers.add("X-Mine", "v");
    const auto answer = send(request, sent.body ? Body(*sent.body) : Body());
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_EQ(seen, std::string(sent.method) + " /a%20b?x=%31&y HTTP/1.1\r\nX-Mine: v\r\nHost: " +
                        peer.origin().authority() + "\r\n" + sent.headers + "\r\n" + sent.body.value_or(""));
  }
}

TEST_F(SocketTransport, keeps_the_headers_that_are_given) {
  std::string seen;
  const auto script = [&](tcp::socket& socket) -> Task<void> {
    seen = co_await read_request(socket);
    co_await write_sliced(socket, headed_answer, 1000);
  };
  RawPeer peer(context, script);
  HttpRequest request = request_to(peer.origin(), "PUT");
  request.headers.add("Host", "bucket.example.com");
  request.headers.add("Content-Length", "2");
  ASSERT_TRUE(send(request, "ab"));
  EXPECT_EQ(seen, "PUT / HTTP/1.1\r\nHost: bucket.example.com\r\nContent-Length: 2\r\n\r\nab");
}

TEST_F(SocketTransport, reads_answers_of_every_framing_in_slices) {
  const std::pair<std::string, std::string> answers[] = {
      {headed_answer, "hello"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + headed_answer, "hello"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nSum: 1\r\n\r\n",
       "hello"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
  };
  for (const auto& [bytes, body] : answers) {
    for (const std::size_t slice : {1U, 3U, 1000U}) {
      RawPeer peer(context, answers_with(bytes, slice));
      for (int i = 0; i < 3; ++i) {
        const auto answer = send(request_to(peer.origin()));
        ASSERT_TRUE(answer) << answer.error().error.message << bytes;
        EXPECT_EQ(answer->body, body);
      }
      EXPECT_EQ(peer.connections(), 1) << bytes << slice;
    }
  }
}

TEST_F(SocketTransport, reads_a_body_to_the_end_of_the_connection) {
  const auto script = [](tcp::socket& socket) -> Task<void> {
    co_await read_request(socket);
    co_await write_sliced(socket, "HTTP/1.1 200 OK\r\n\r\nto the end", 4);
  };
  RawPeer peer(context, script);
  EXPECT_EQ(send(request_to(peer.origin()))->body, "to the end");
  EXPECT_EQ(send(request_to(peer.origin()))->body, "to the end");
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(SocketTransport, expects_no_body_behind_the_answer_to_head) {
  RawPeer peer(context, answers_with("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
  for (int i = 0; i < 2; ++i) {
    const auto answer = send(request_to(peer.origin(), "HEAD"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->headers.get("Content-Length"), "100");
    EXPECT_EQ(answer->body, "");
  }
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(SocketTransport, keeps_a_connection_across_client_errors) {
  RawPeer peer(context, answers_with("HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(request_to(peer.origin()))->status, 400);
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(SocketTransport, closes_a_connection_that_either_side_wants_closed) {
  RawPeer peer(context, answers_with("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  send(request_to(peer.origin()));
  send(request_to(peer.origin()));
  EXPECT_EQ(peer.connections(), 2);
  RawPeer patient(context, answers_with(headed_answer));
  HttpRequest last = request_to(patient.origin());
  last.headers.add("Connection", "close");
  send(last);
  send(last);
  EXPECT_EQ(patient.connections(), 2);
}

TEST_F(SocketTransport, does_not_use_a_connection_again_that_said_more_than_it_was_asked) {
  RawPeer peer(context, answers_with(headed_answer + "HTTP/1.1 200 OK\r\n"));
  send(request_to(peer.origin()));
  EXPECT_EQ(send(request_to(peer.origin()))->body, "hello");
  EXPECT_EQ(peer.connections(), 2);
}

// An answer cut anywhere is an error that says how far it got, and never an answer.
TEST_F(SocketTransport, fails_cleanly_when_the_answer_is_cut_anywhere) {
  const std::string answers[] = {
      headed_answer,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n",
  };
  for (const std::string& whole : answers) {
    const std::size_t head = whole.find("\r\n\r\n") + 4;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::string cut = whole.substr(0, length);
      const auto script = [&](tcp::socket& socket) -> Task<void> {
        co_await read_request(socket);
        co_await write_sliced(socket, cut, 1000);
      };
      RawPeer peer(context, script);
      const auto answer = send(request_to(peer.origin(), "POST"), "body");
      ASSERT_FALSE(answer) << length;
      EXPECT_EQ(answer.error().error.kind, ErrorKind::network) << length;
      EXPECT_EQ(answer.error().delivery, length < head ? Delivery::wholly_sent : Delivery::head_received)
          << length;
      EXPECT_NE(answer.error().error.message.find("127.0.0.1:" + std::to_string(peer.origin().port)),
                std::string::npos);
    }
  }
}

TEST_F(SocketTransport, tells_an_unreadable_answer_from_none) {
  for (const char* bytes : {"SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
                            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    RawPeer peer(context, answers_with(bytes));
    const auto answer = send(request_to(peer.origin()));
    ASSERT_FALSE(answer) << bytes;
    EXPECT_EQ(answer.error().error.kind, ErrorKind::protocol) << bytes;
    EXPECT_EQ(answer.error().delivery, Delivery::wholly_sent) << bytes;
  }
  RawPeer peer(context, answers_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 1));
  const auto answer = send(request_to(peer.origin()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::protocol);
  EXPECT_EQ(answer.error().delivery, Delivery::head_received);
}

/// The bytes of an answer's body that came, and what went wrong then.
struct ReadBody {
  std::string bytes{};
  std::optional<Error> error{};
};

Task<ReadBody> read_piece_by_piece(BodyReader reader) {
  ReadBody result;
  std::array<std::byte, 100> buffer{};
  for (;;) {
    const auto count = co_await reader.read_some(buffer);
    if (!count) result.error = count.error();
    if (count.value_or(0) == 0) co_return result;
    result.bytes += as_text(std::span(buffer).first(*count));
  }
}

// What the status says was read, whatever comes behind it: also where both came in one segment.
TEST_F(SocketTransport, gives_the_head_of_an_answer_whose_body_is_malformed) {
  for (const int status : {200, 400}) {
    const std::string bytes =
        "HTTP/1.1 " + std::to_string(status) + " X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nxyz\r\n";
    for (const std::size_t slice : {1U, 1000U}) {
      RawPeer peer(context, answers_with(bytes, slice));
      const auto ask = [&]() -> Task<void> {
        const HttpRequest request = request_to(peer.origin(), "POST");
        auto answer = co_await transport->send(request, Body(), quick());
        EXPECT_TRUE(answer.has_value()) << slice;
        if (!answer) co_return;
        EXPECT_EQ(answer->status, status);
        EXPECT_FALSE(answer->body.complete());
        const auto read = co_await read_piece_by_piece(std::move(answer->body));
        EXPECT_EQ(read.bytes, "he");
        EXPECT_EQ(read.error.value().kind, ErrorKind::protocol);
        EXPECT_EQ(read.error.value().code, "MalformedAnswer");
      };
      run(context, ask());
      send(request_to(peer.origin()));
      EXPECT_EQ(peer.connections(), 2);  // Nobody else gets to read on there.
    }
  }
}

TEST_F(SocketTransport, bounds_the_number_of_interim_answers) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) bytes += "HTTP/1.1 102 Processing\r\n\r\n";
  RawPeer peer(context, answers_with(bytes + headed_answer));
  const auto answer = send(request_to(peer.origin()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::protocol);
  EXPECT_NE(answer.error().error.message.find("without an end"), std::string::npos)
      << answer.error().error.message;
}

TEST_F(SocketTransport, bounds_the_head_of_an_answer) {
  RawPeer peer(context, answers_with("HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'x') + "\r\n\r\n"));
  const auto answer = send(request_to(peer.origin()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::protocol);
  EXPECT_NE(answer.error().error.message.find("65536 bytes"), std::string::npos)
      << answer.error().error.message;
}

TEST_F(SocketTransport, says_that_nothing_was_sent_where_nobody_listens) {
  Origin origin;
  {
    RawPeer peer(context, answers_with(""));
    origin = peer.origin();
  }
  const auto answer = send(request_to(origin));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::network);
  EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
  EXPECT_NE(answer.error().error.message.find(origin.authority()), std::string::npos);
  EXPECT_NE(answer.error().error.message.find("refused"), std::string::npos) << answer.error().error.message;
}

TEST_F(SocketTransport, says_that_nothing_was_sent_where_the_name_is_unknown) {
  // Longer than a name may be: the system says so without asking anybody.
  const auto answer = send(request_to({false, std::string(300, 'x'), 80}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.kind, ErrorKind::network);
  EXPECT_EQ(answer.error().error.code, "NameNotResolved");
  EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
}

TEST_F(SocketTransport, tries_the_next_address_of_a_name) {
  // "localhost" has an IPv6 address first where the machine has IPv6; the peer listens on IPv4 alone.
  RawPeer peer(context, answers_with(headed_answer));
  EXPECT_EQ(send(request_to({false, "localhost", peer.origin().port}))->body, "hello");
}

TEST_F(SocketTransport, refuses_what_would_break_the_message) {
  RawPeer peer(context, answers_with(headed_answer));
  const auto refused = [&](const auto& change) {
    HttpRequest request = request_to(peer.origin(), "POST");
    change(request);
    const auto answer = send(request, "body");
    EXPECT_FALSE(answer.has_value());
    return !answer && answer.error().error.kind == ErrorKind::validation &&
           answer.error().delivery == Delivery::not_sent;
  };
  EXPECT_TRUE(refused([](auto& r) { r.headers.add("A", "b\r\nC: d"); }));
  EXPECT_TRUE(refused([](auto& r) { r.headers.add("A", std::string("b\0", 2)); }));
  EXPECT_TRUE(refused([](auto& r) { r.headers.add("A\r\n", "b"); }));
  EXPECT_TRUE(refused([](auto& r) { r.headers.add("A:", "b"); }));
  EXPECT_TRUE(refused([](auto& r) { r.headers.add("", "b"); }));
  EXPECT_TRUE(refused([](auto& r) { r.method = "GET /"; }));
  EXPECT_TRUE(refused([](auto& r) { r.method = ""; }));
  EXPECT_TRUE(refused([](auto& r) { r.path = "/a b"; }));
  EXPECT_TRUE(refused([](auto& r) { r.path = "a"; }));
  EXPECT_TRUE(refused([](auto& r) { r.path = "/a?b"; }));
  EXPECT_TRUE(refused([](auto& r) { r.path = "/\n"; }));
  EXPECT_TRUE(refused([](auto& r) { r.query = "a\r\nb"; }));
  EXPECT_TRUE(refused([](auto& r) { r.origin.host = ""; }));
  EXPECT_TRUE(refused([](auto& r) { r.origin.host = "a\r\nb"; }));
  EXPECT_TRUE(refused([](auto& r) { r.origin.port = 0; }));
  EXPECT_TRUE(refused([](auto& r) { r.headers.add("Content-Length", "5"); }));
  EXPECT_TRUE(refused([](auto& r) { r.headers.add("Content-Length", "x"); }));
  EXPECT_TRUE(refused([](auto& r) {
    r.headers.add("Content-Length", "4");
    r.headers.add("content-length", "4");
  }));
  EXPECT_TRUE(refused([](auto& r) {
    r.headers.add("Host", "a");
    r.headers.add("host", "a");
  }));
  EXPECT_TRUE(refused([](auto& r) { r.headers.add("Transfer-Encoding", "gzip"); }));
  EXPECT_EQ(peer.connections(), 0);
}

// Bodies that are not in memory.

class Counting final : public ByteSource {
 public:
  Counting(std::uint64_t total, std::size_t piece) : left_(total), piece_(piece) {}
  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>({left_, piece_, buffer.size()}));
    for (std::size_t i = 0; i < count; ++i) buffer[i] = static_cast<std::byte>(next_++ % 251);
    left_ -= count;
    co_return count;
  }

 private:
  std::uint64_t left_;
  std::size_t piece_;
  std::uint64_t next_ = 0;
};

std::string counted(std::size_t total) {
  std::string text(total, '\0');
  for (std::size_t i = 0; i < total; ++i) text[i] = static_cast<char>(i % 251);
  return text;
}

http::Handler echo() {
  return [](http::ServerRequest request) -> Task<http::ServerResponse> {
    auto whole = co_await request.body.read_all(64U << 20);
    http::ServerResponse response;
    if (!whole) {
      response.status = 400;
      co_return response;
    }
    response.headers.add("X-Length", std::string(request.head.headers.get("Content-Length")));
    response.headers.add("X-Coding", std::string(request.head.headers.get("Transfer-Encoding")));
    response.body = Body(std::move(*whole));
    co_return response;
  };
}

TEST_F(SocketTransport, streams_bodies_of_known_and_unknown_length) {
  TestServer server(context, echo());
  for (const std::size_t total : {0U, 1U, 65535U, 65536U, 65537U, 3'000'000U}) {
    for (const std::size_t piece : {1000U, 1'000'000U}) {
      const auto known = send(request_to(server.origin(), "PUT"),
                              Body::stream(std::make_unique<Counting>(total, piece), total));
      ASSERT_TRUE(known) << known.error().error.message;
      EXPECT_EQ(known->headers.get("X-Length"), std::to_string(total));
      EXPECT_TRUE(known->body == counted(total)) << total;
      const auto unknown = send(request_to(server.origin(), "PUT"),
                                Body::stream(std::make_unique<Counting>(total, piece), std::nullopt));
      ASSERT_TRUE(unknown) << unknown.error().error.message;
      EXPECT_EQ(unknown->headers.get("X-Coding"), "chunked");
      EXPECT_TRUE(unknown->body == counted(total)) << total;
    }
  }
}

TEST_F(SocketTransport, sends_large_bodies_from_memory) {
  TestServer server(context, echo());
  const std::string large = counted(10'000'000);
  const auto answer = send(request_to(server.origin(), "PUT"), Body(large));
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_TRUE(answer->body == large);
}

TEST_F(SocketTransport, never_hands_over_the_last_byte_of_a_body_with_a_wrong_length) {
  for (const std::uint64_t announced : {1U, 9U, 11U}) {
    bool closed = false;
    std::string seen;
    const auto script = [&](tcp::socket& socket) -> Task<void> {
      seen = co_await read_to_end(socket);
      closed = true;
    };
    RawPeer peer(context, script);
    const auto answer =
        send(request_to(peer.origin(), "PUT"), Body::stream(std::make_unique<Counting>(10, 4), announced));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::validation) << answer.error().error.message;
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
    while (!closed && context.run_one() != 0) {
    }
    EXPECT_LT(seen.size() - (seen.find("\r\n\r\n") + 4), announced);
  }
}

class FailingSource final : public ByteSource {
 public:
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override {
    co_return fail(ErrorKind::service, "SourceBroke", "the source broke");
  }
};

TEST_F(SocketTransport, gives_the_error_of_a_body_that_cannot_be_read) {
  RawPeer peer(context, answers_with(headed_answer));
  for (const auto length : {std::optional<std::uint64_t>(10), std::optional<std::uint64_t>()}) {
    const auto answer =
        send(request_to(peer.origin(), "PUT"), Body::stream(std::make_unique<FailingSource>(), length));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.code, "SourceBroke");
    EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
  }
}

TEST_F(SocketTransport, reads_an_answer_that_comes_before_the_body_is_sent) {
  const auto script = [](tcp::socket& socket) -> Task<void> {
    co_await read_until(socket, "\r\n\r\n");
    co_await write_sliced(socket, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig", 1000);
    // The rest is never read: the sender runs into full buffers.
    co_await socket.async_wait(tcp::socket::wait_error, asio::as_tuple(asio::deferred));
  };
  RawPeer peer(context, script);
  const auto answer = send(request_to(peer.origin(), "PUT"), Body(std::string(30'000'000, 'x')));
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->body, "big");
}

TEST_F(SocketTransport, goes_on_sending_where_an_interim_answer_comes_before_the_body_is_sent) {
  std::size_t received = 0;
  const auto script = [&](tcp::socket& socket) -> Task<void> {
    const std::string head = co_await read_until(socket, "\r\n\r\n");
    received = head.size() - (head.find("\r\n\r\n") + 4);
    co_await write_sliced(socket, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Pro", 1000);
    std::string buffer(1 << 20, '\0');
    while (received < 30'000'000) {
      auto [error, count] =
          co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::deferred));
      if (error) co_return;
      received += count;
    }
    co_await write_sliced(socket, "cessing\r\n\r\n" + headed_answer, 1000);
  };
  RawPeer peer(context, script);
  const auto answer = send(request_to(peer.origin(), "PUT"), Body(std::string(30'000'000, 'x')));
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(received, 30'000'000U);
}

TEST_F(SocketTransport, asks_before_it_sends_where_the_request_says_so) {
  std::string head;
  std::string body;
  const auto script = [&](tcp::socket& socket) -> Task<void> {
    head = co_await read_until(socket, "\r\n\r\n");
    co_await write_sliced(socket, "HTTP/1.1 100 Continue\r\n\r\n", 1000);
    body = co_await read_until(socket, "body!");
    co_await write_sliced(socket, headed_answer, 1000);
  };
  RawPeer peer(context, script);
  HttpRequest request = request_to(peer.origin(), "PUT");
  request.headers.add("Expect", "100-continue");
  const auto answer = send(request, "the body!");
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  EXPECT_EQ(body, "the body!");
}

TEST_F(SocketTransport, keeps_its_body_where_the_answer_to_the_question_is_no) {
  std::string seen;
  const auto script = [&](tcp::socket& socket) -> Task<void> {
    seen = co_await read_until(socket, "\r\n\r\n");
    co_await write_sliced(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 1000);
    seen += co_await read_to_end(socket);
  };
  RawPeer peer(context, script);
  HttpRequest request = request_to(peer.origin(), "PUT");
  request.headers.add("Expect", "100-continue");
  const auto answer = send(request, "the body!");
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(seen.find("the body!"), std::string::npos);
  // It may not carry another request: the peer waits for the body on it.
  send(request, "the body!");
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(SocketTransport, sends_its_body_to_who_does_not_know_the_question) {
  std::string seen;
  const auto script = [&](tcp::socket& socket) -> Task<void> {
    seen = co_await read_request(socket);
    co_await write_sliced(socket, headed_answer, 1000);
  };
  RawPeer peer(context, script);
  SocketTransportOptions impatient;
  impatient.continue_wait = milliseconds(5);
  transport = socket_transport(impatient);
  HttpRequest request = request_to(peer.origin(), "PUT");
  request.headers.add("Expect", "100-continue");
  const auto answer = send(request, "the body!");
  ASSERT_TRUE(answer) << answer.error().error.message;
  EXPECT_TRUE(seen.ends_with("\r\n\r\nthe body!")) << seen;
}

// Limits.

TEST_F(SocketTransport, stops_waiting_at_each_limit) {
  const auto silent = [](tcp::socket& socket) -> Task<void> { co_await read_to_end(socket); };
  RawPeer peer(context, silent);
  struct Case {
    AttemptLimits limits;
    const char* code;
  };
  const Case cases[] = {
      {{.stall = milliseconds(5)}, "StallTimeout"},
      {{.stall = milliseconds(0), .attempt = milliseconds(5)}, "AttemptTimeout"},
      {{.attempt = milliseconds(0), .deadline = std::chrono::steady_clock::now() + milliseconds(5)},
       "DeadlineExceeded"},
      {{.deadline = std::chrono::steady_clock::now() - milliseconds(5)}, "DeadlineExceeded"},
  };
  for (const auto& limit : cases) {
    const auto answer = send(request_to(peer.origin()), {}, limit.limits);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::timeout);
    EXPECT_EQ(answer.error().error.code, limit.code);
    EXPECT_NE(answer.error().error.message.find("127.0.0.1:"), std::string::npos);
  }
}

TEST_F(SocketTransport, says_what_was_delivered_when_a_limit_passes) {
  const auto silent = [](tcp::socket& socket) -> Task<void> { co_await read_to_end(socket); };
  RawPeer peer(context, silent);
  AttemptLimits limits;
  limits.stall = milliseconds(5);
  EXPECT_EQ(send(request_to(peer.origin(), "POST"), "small", limits).error().delivery, Delivery::wholly_sent);
  const auto deaf = [](tcp::socket& socket) -> Task<void> {
    co_await socket.async_wait(tcp::socket::wait_error, asio::as_tuple(asio::deferred));
  };
  RawPeer deaf_peer(context, deaf);
  const auto blocked = send(request_to(deaf_peer.origin(), "POST"), std::string(30'000'000, 'x'), limits);
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().error.code, "StallTimeout");
  EXPECT_EQ(blocked.error().delivery, Delivery::not_sent);
}

TEST_F(SocketTransport, keeps_a_streamed_answer_under_its_limits) {
  const auto half = [](tcp::socket& socket) -> Task<void> {
    co_await read_request(socket);
    co_await write_sliced(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 1000);
    co_await read_to_end(socket);
  };
  RawPeer peer(context, half);
  AttemptLimits limits;
  limits.stall = milliseconds(5);
  const auto stalled = send(request_to(peer.origin()), {}, limits);
  ASSERT_FALSE(stalled);
  EXPECT_EQ(stalled.error().error.code, "StallTimeout");
  EXPECT_EQ(stalled.error().delivery, Delivery::head_received);
  limits = {.stall = milliseconds(0),
            .attempt = milliseconds(1),
            .deadline = std::chrono::steady_clock::now() + milliseconds(30)};
  const auto late = send(request_to(peer.origin()), {}, limits);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error.kind, ErrorKind::timeout);
}

TEST_F(SocketTransport, does_not_keep_its_context_running) {
  RawPeer peer(context, answers_with(headed_answer));
  int done = 0;
  const auto ask = [&]() -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      const auto answer = co_await exchange(*transport, request_to(peer.origin()));
      EXPECT_TRUE(answer.has_value());
    }
    peer.close();
    ++done;
  };
  // A context of its own for the client: its limits are far away, and run() returns all the same.
  asio::io_context own{1};
  asio::co_spawn(own, ask(), asio::detached);
  std::thread other([&] { context.run_for(std::chrono::seconds(5)); });
  own.run();
  context.stop();
  other.join();
  EXPECT_EQ(done, 1);
}

// Streamed answers and their connections.

TEST_F(SocketTransport, returns_the_connection_of_a_streamed_answer_read_to_its_end) {
  TestServer server(context, echo());
  const auto ask = [&]() -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      const HttpRequest request = request_to(server.origin(), "PUT");
      auto answer = co_await transport->send(request, Body(counted(500'000)), quick());
      EXPECT_TRUE(answer.has_value());
      EXPECT_FALSE(answer->body.complete());
      std::string got;
      std::array<std::byte, 3001> buffer{};
      for (;;) {
        const auto count = co_await answer->body.read_some(buffer);
        EXPECT_TRUE(count.has_value());
        if (count.value_or(0) == 0) break;
        got += as_text(std::span(buffer).first(*count));
      }
      EXPECT_TRUE(got == counted(500'000));
    }
  };
  run(context, ask());
}

TEST_F(SocketTransport, closes_the_connection_of_a_streamed_answer_that_is_dropped) {
  bool closed = false;
  const auto endless = [&](tcp::socket& socket) -> Task<void> {
    co_await read_request(socket);
    co_await write_sliced(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", 1000);
    const std::string piece(100'000, 'x');
    for (;;) {
      const bool written = co_await write_sliced(socket, piece, piece.size());
      if (!written) break;
    }
    closed = true;
  };
  RawPeer peer(context, endless);
  const auto ask = [&]() -> Task<void> {
    const HttpRequest request = request_to(peer.origin());
    auto answer = co_await transport->send(request, Body(), quick());
    EXPECT_TRUE(answer.has_value());
    EXPECT_FALSE(answer->body.complete());
  };
  run(context, ask());
  while (!closed && context.run_one() != 0) {
  }
  EXPECT_TRUE(closed);
}

// Lifetimes.

TEST_F(SocketTransport, outlives_the_contexts_it_was_used_in) {
  for (int i = 0; i < 3; ++i) {
    asio::io_context own{1};
    RawPeer peer(own, answers_with(headed_answer));
    EXPECT_EQ(run(own, exchange(*transport, request_to(peer.origin())))->body, "hello");
  }
}

TEST_F(SocketTransport, may_end_before_its_context_does) {
  RawPeer peer(context, answers_with(headed_answer));
  EXPECT_EQ(send(request_to(peer.origin()))->body, "hello");
  transport.reset();
  context.restart();
  context.poll();
  transport = socket_transport();
  EXPECT_EQ(send(request_to(peer.origin()))->body, "hello");
  EXPECT_EQ(peer.connections(), 2);  // Another transport's connections are not ours.
}

/// Of the process's descriptors, the sockets that a program it starts would have, too.
std::set<std::string> inherited_sockets() {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(entry.path().filename().string());
    struct stat facts{};
    if (::fstat(descriptor, &facts) != 0 || !S_ISSOCK(facts.st_mode)) continue;
    if ((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) == 0) found.insert(entry.path().filename().string());
  }
  return found;
}

TEST_F(SocketTransport, passes_no_socket_on_to_child_processes) {
  const auto before = inherited_sockets();
  std::set<std::string> during;
  const auto looks = [&](http::ServerRequest) -> Task<http::ServerResponse> {
    during = inherited_sockets();
    co_return http::ServerResponse();
  };
  TestServer server(context, looks);
  ASSERT_TRUE(send(request_to(server.origin())));
  EXPECT_EQ(during, before);
}

TEST_F(SocketTransport, leaves_nothing_behind_when_the_context_ends_in_mid_call) {
  for (int turns = 0; turns < 12; ++turns) {
    asio::io_context own{1};
    const auto slow = [](tcp::socket& socket) -> Task<void> {
      co_await read_request(socket);
      co_await write_sliced(socket, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", 10);
      co_await read_to_end(socket);
    };
    RawPeer peer(own, slow);
    const HttpRequest request = request_to(peer.origin());
    asio::co_spawn(own, exchange(*transport, request), asio::detached);
    for (int i = 0; i < turns; ++i) own.run_one();
  }
}

TEST_F(SocketTransport, gives_answers_that_may_outlive_transport_and_context) {
  for (const bool on_a_strand : {false, true}) {
    std::optional<HttpResponse> kept;
    transport = socket_transport();
    auto own = std::make_unique<asio::io_context>(1);
    const auto half = [](tcp::socket& socket) -> Task<void> {
      co_await read_request(socket);
      co_await write_sliced(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 1000);
      co_await read_to_end(socket);
    };
    std::optional<RawPeer> peer(std::in_place, *own, half);
    const auto ask = [&]() -> Task<void> {
      const HttpRequest request = request_to(peer->origin());
      auto answer = co_await transport->send(request, Body(), quick());
      kept = std::move(answer.value());
    };
    const asio::any_io_executor plain = own->get_executor();
    asio::co_spawn(on_a_strand ? asio::make_strand(plain) : plain, ask(), asio::detached);
    while (!kept && own->run_one() != 0) {
    }
    transport.reset();
    peer.reset();
    own.reset();
    EXPECT_EQ(kept->body.take(), "half");
    const auto rest = run(context, kept->body.read_all(100));
    ASSERT_FALSE(rest);
    EXPECT_EQ(rest.error().kind, ErrorKind::network);
  }
}

TEST_F(SocketTransport, gives_answers_that_may_end_unread_after_their_context) {
  std::optional<HttpResponse> kept;
  {
    asio::io_context own{1};
    RawPeer peer(own, answers_with("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"));
    const auto ask = [&]() -> Task<void> {
      const HttpRequest request = request_to(peer.origin());
      auto answer = co_await transport->send(request, Body(), quick());
      kept = std::move(answer.value());
    };
    asio::co_spawn(asio::make_strand(own), ask(), asio::detached);
    while (!kept && own.run_one() != 0) {
    }
  }
  kept.reset();
}

// Cancellation: at every turn of the event loop once, always the same clean end.

struct Cancelled {
  std::optional<Exchanged> answer;
  bool throws_after = false;
  bool ended = false;
};

Task<void> cancellable(Transport& transport, HttpRequest request, std::string body, bool throws,
                       Cancelled& result) {
  co_await asio::this_coro::throw_if_cancelled(throws);
  try {
    // Through `send` itself, so that nothing between here and there throws.
    auto answer = co_await transport.send(request, Body(std::move(body)), AttemptLimits());
    result.throws_after = co_await asio::this_coro::throw_if_cancelled();
    if (!answer) {
      result.answer = std::unexpected(answer.error());
    } else {
      co_await asio::this_coro::throw_if_cancelled(false);
      auto whole = co_await answer->body.read_all(1 << 20);
      if (whole)
        result.answer = WholeAnswer{answer->status, answer->headers, *whole};
      else
        result.answer = std::unexpected(TransportError{whole.error(), Delivery::head_received});
    }
  } catch (const boost::system::system_error&) {
    // Cancelled before the call began.
  }
  result.ended = true;
}

TEST_F(SocketTransport, ends_a_cancelled_call_wherever_it_is) {
  for (const bool throws : {true, false}) {
    bool completed = false;
    int cancelled = 0;
    for (int turn = 0; !completed && turn < 300; ++turn) {
      asio::io_context own{1};
      RawPeer peer(
          own,
          answers_with(
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 20));
      Cancelled result;
      asio::cancellation_signal signal;
      asio::co_spawn(own,
                     cancellable(*transport, request_to({false, "localhost", peer.origin().port}, "POST"),
                                 "body", throws, result),
                     asio::bind_cancellation_slot(signal.slot(), asio::detached));
      for (int i = 0; i < turn; ++i) own.run_one();
      signal.emit(asio::cancellation_type::terminal);
      while (!result.ended && own.run_one() != 0) {
      }
      ASSERT_TRUE(result.ended);
      if (!result.answer) continue;
      EXPECT_EQ(result.throws_after, throws);
      if (!*result.answer) {
        EXPECT_EQ(result.answer->error().error.kind, ErrorKind::cancelled)
            << result.answer->error().error.message;
        ++cancelled;
      } else {
        EXPECT_EQ((*result.answer)->body, "hello");
        completed = true;
      }
    }
    EXPECT_TRUE(completed);
    EXPECT_GT(cancelled, 3);
  }
}

}  // namespace
}  // namespace gannet::io
