#include "io/http_parser.hpp"

namespace gannet::io {
namespace {

struct Parsed {
  bool head = false;
  bool done = false;
  std::string body;
  std::size_t consumed = 0;
  std::optional<MessageError> error;
};

/// Feeds `bytes` as they would come from a socket in pieces of `slice`.
template <class Parser>
Parsed parse(Parser& parser, std::string_view bytes, std::size_t slice) {
  Parsed parsed;
  std::string held;
  std::size_t given = 0;
  while (!parser.done() && !parsed.error) {
    auto fed = parser.feed(held);
    if (!fed) {
      parsed.error = fed.error();
      break;
    }
    parsed.body += fed->body;
    held.erase(0, fed->consumed);
    parsed.consumed += fed->consumed;
    if (fed->consumed != 0) continue;
    if (given == bytes.size()) break;
    const std::size_t count = std::min(slice, bytes.size() - given);
    held += bytes.substr(given, count);
    given += count;
  }
  if (!parsed.error) {
    parsed.head = parser.head_done();
    parsed.done = parser.done();
  }
  return parsed;
}

constexpr std::size_t slices[] = {1, 2, 3, 7, 1000};

struct GoodAnswer {
  const char* bytes;
  const char* body;
  bool keep_alive;
};

TEST(ResponseParser, reads_answers_in_slices_of_any_size) {
  const GoodAnswer answers[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true},
      {"HTTP/1.1 204 No Content\r\n\r\n", "", true},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", true},
      {"HTTP/1.1 404 \r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", "no", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", "ok", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
       "hello world", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", "x",
       true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;name=\"a;b\"\r\nxy\r\n00\r\n\r\n", "xy", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "x", true},
  };
  for (const auto& answer : answers) {
    for (const std::size_t slice : slices) {
      ResponseParser parser;
      const auto parsed = parse(parser, answer.bytes, slice);
      ASSERT_FALSE(parsed.error) << answer.bytes << parsed.error->reason;
      EXPECT_TRUE(parsed.done) << answer.bytes << slice;
      EXPECT_EQ(parsed.body, answer.body) << answer.bytes << slice;
      EXPECT_EQ(parser.keep_alive(), answer.keep_alive) << answer.bytes;
      EXPECT_EQ(parsed.consumed, std::string_view(answer.bytes).size()) << answer.bytes << slice;
    }
  }
}

TEST(ResponseParser, is_never_done_before_the_last_byte) {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5;x=y\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nT: v\r\n\r\n",
  };
  for (const std::string& answer : answers) {
    for (std::size_t length = 0; length < answer.size(); ++length) {
      for (const std::size_t slice : slices) {
        ResponseParser parser;
        const auto parsed = parse(parser, std::string_view(answer).substr(0, length), slice);
        EXPECT_FALSE(parsed.error) << length;
        EXPECT_FALSE(parsed.done) << length;
        const auto ended = parser.end_of_stream();
        ASSERT_FALSE(ended) << length;
        EXPECT_EQ(ended.error().fault, MessageFault::cut);
      }
    }
  }
}

TEST(ResponseParser, reads_a_body_to_the_end_of_the_stream_where_nothing_says_its_length) {
  ResponseParser parser;
  const auto parsed = parse(parser, "HTTP/1.1 200 OK\r\n\r\nuntil the end", 4);
  EXPECT_EQ(parsed.body, "until the end");
  EXPECT_FALSE(parsed.done);
  EXPECT_TRUE(parser.ends_with_stream());
  EXPECT_TRUE(parser.end_of_stream());
  EXPECT_TRUE(parser.done());
  EXPECT_FALSE(parser.keep_alive());
}

TEST(ResponseParser, takes_an_empty_body_that_ends_with_the_stream) {
  ResponseParser parser;
  parse(parser, "HTTP/1.1 200 OK\r\n\r\n", 1);
  EXPECT_TRUE(parser.head_done());
  EXPECT_TRUE(parser.end_of_stream());
  EXPECT_TRUE(parser.done());
}

TEST(ResponseParser, knows_that_an_answer_to_head_has_no_body) {
  ResponseParser parser;
  parser.start(true);
  const auto parsed = parse(parser, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", 3);
  EXPECT_TRUE(parsed.done);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_EQ(parser.take_headers().get("content-length"), "100");
}

TEST(ResponseParser, starts_again_for_the_next_message) {
  ResponseParser parser;
  parse(parser, "HTTP/1.1 100 Continue\r\n\r\n", 5);
  EXPECT_EQ(parser.status(), 100);
  EXPECT_TRUE(parser.done());
  parser.start(false);
  EXPECT_FALSE(parser.started());
  const auto parsed = parse(parser, "HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 1\r\n\r\nx", 5);
  EXPECT_EQ(parser.status(), 200);
  EXPECT_EQ(parsed.body, "x");
  const Headers headers = parser.take_headers();
  EXPECT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers.get("A"), "1");
}

struct BadMessage {
  const char* what;
  std::string bytes;
  MessageFault fault = MessageFault::malformed;
};

TEST(ResponseParser, refuses_what_is_not_an_answer) {
  const BadMessage answers[] = {
      {"no version", "200 OK\r\n\r\n", MessageFault::unsupported_version},
      {"a version to come", "HTTP/2.0 200 OK\r\n\r\n", MessageFault::unsupported_version},
      {"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"},
      {"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"},
      {"a status below 100", "HTTP/1.1 099 OK\r\n\r\n"},
      {"a bare line feed", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"},
      {"a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"},
      {"a NUL in a value", std::string("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", 28)},
      {"a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"},
      {"a fold behind the colon", "HTTP/1.1 200 OK\r\nA:\r\n c\r\n\r\n"},
      {"both framings", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"both framings, the other way",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"},
      {"lengths that differ", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"},
      {"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"},
      {"a length past 64 bits", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"},
      {"a coding not known", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
       MessageFault::unsupported_coding},
      {"a chunk without size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\nabcdef\r\n"},
      {"a chunk size past 64 bits",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\nx"},
      {"a chunk longer than its size",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n"},
  };
  for (const auto& answer : answers) {
    for (const std::size_t slice : slices) {
      ResponseParser parser;
      const auto parsed = parse(parser, answer.bytes, slice);
      ASSERT_TRUE(parsed.error) << answer.what << slice;
      EXPECT_EQ(parsed.error->fault, answer.fault) << answer.what;
      EXPECT_FALSE(parsed.error->reason.empty());
    }
  }
}

TEST(ResponseParser, bounds_what_it_holds) {
  const MessageBounds bounds{.head_bytes = 200, .fields = 3, .chunk_line_bytes = 50, .body_bytes = 10};
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const BadMessage answers[] = {
      {"a long status line", "HTTP/1.1 200 " + std::string(300, 'x'), MessageFault::head_too_large},
      {"a long field", "HTTP/1.1 200 OK\r\nA: " + std::string(300, 'x'), MessageFault::head_too_large},
      {"a long head",
       "HTTP/1.1 200 OK\r\nA: " + std::string(150, 'x') + "\r\nB: " + std::string(50, 'x') + "\r\n\r\n",
       MessageFault::head_too_large},
      {"many fields", "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n",
       MessageFault::head_too_large},
      {"a long body", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", MessageFault::body_too_large},
      {"a long chunk", chunked + "b\r\n01234567890\r\n", MessageFault::body_too_large},
      {"chunks that sum up", chunked + "6\r\n012345\r\n5\r\n01234\r\n0\r\n\r\n",
       MessageFault::body_too_large},
      {"a long extension", chunked + "1;" + std::string(100, 'x')},
      {"long trailers", chunked + "0\r\nA: " + std::string(100, 'x')},
  };
  for (const auto& answer : answers) {
    for (const std::size_t slice : slices) {
      ResponseParser parser(bounds);
      const auto parsed = parse(parser, answer.bytes, slice);
      ASSERT_TRUE(parsed.error) << answer.what << slice;
      EXPECT_EQ(parsed.error->fault, answer.fault) << answer.what;
    }
  }
}

struct Target {
  const char* line;
  const char* host;
  int port;
  const char* path;
  const char* query;
};

TEST(RequestParser, keeps_path_and_query_as_they_were_sent) {
  const Target targets[] = {
      {"GET / HTTP/1.1\r\nHost: here\r\n", "here", 80, "/", ""},
      {"GET /a%2Fb//../c HTTP/1.1\r\nHost: here:8000\r\n", "here", 8000, "/a%2Fb//../c", ""},
      {"GET /?x=1&y HTTP/1.1\r\nHost: [::1]:99\r\n", "::1", 99, "/", "x=1&y"},
      {"GET /a?b?c HTTP/1.1\r\nHost: 127.0.0.1\r\n", "127.0.0.1", 80, "/a", "b?c"},
      {"GET http://there:81/a?b HTTP/1.1\r\nHost: here\r\n", "there", 81, "/a", "b"},
      {"GET http://there HTTP/1.1\r\nHost: here\r\n", "there", 80, "/", ""},
      {"OPTIONS * HTTP/1.1\r\nHost: here\r\n", "here", 80, "*", ""},
      {"GET / HTTP/1.0\r\n", "", 80, "/", ""},
      {"\r\nGET / HTTP/1.1\r\nHost:\r\n", "", 80, "/", ""},
  };
  for (const auto& target : targets) {
    for (const std::size_t slice : slices) {
      RequestParser parser;
      const auto parsed = parse(parser, std::string(target.line) + "\r\n", slice);
      ASSERT_FALSE(parsed.error) << target.line << parsed.error->reason;
      EXPECT_TRUE(parsed.done);
      const HttpRequest head = parser.take_head();
      EXPECT_EQ(head.origin.host, target.host) << target.line;
      EXPECT_EQ(head.origin.port, target.port) << target.line;
      EXPECT_EQ(head.path, target.path) << target.line;
      EXPECT_EQ(head.query, target.query) << target.line;
      EXPECT_FALSE(head.origin.tls);
    }
  }
}

TEST(RequestParser, refuses_what_is_not_a_request) {
  const BadMessage requests[] = {
      {"nothing known", "hello\r\n\r\n"},
      {"no target", "GET HTTP/1.1\r\n\r\n"},
      {"no version", "GET /\r\n\r\n"},
      {"a method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a path without slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"bytes past ASCII", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", MessageFault::unsupported_version},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
      {"a Host with a wrong port", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n"},
      {"an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
      {"a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx"},
      {"a length twice", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"},
      {"a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx"},
      {"an empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nx"},
      {"both framings",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx"},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"a coding not known", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
       MessageFault::unsupported_coding},
      {"chunked twice",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"a folded line", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n"},
      {"a name with a space", "GET / HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n"},
      {"a line without colon", "GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n"},
      {"an empty name", "GET / HTTP/1.1\r\nHost: a\r\n: c\r\n\r\n"},
      {"a fold before any field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"a bare line feed", "GET / HTTP/1.1\r\nHost: a\n\n"},
      {"a bare carriage return", "GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n"},
  };
  for (const auto& request : requests) {
    for (const std::size_t slice : slices) {
      RequestParser parser;
      const auto parsed = parse(parser, request.bytes, slice);
      ASSERT_TRUE(parsed.error) << request.what << " in slices of " << slice;
      EXPECT_EQ(parsed.error->fault, request.fault) << request.what;
    }
  }
}

TEST(RequestParser, leaves_the_next_request_alone) {
  RequestParser parser;
  const std::string first = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
  const auto parsed = parse(parser, first + "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1000);
  EXPECT_TRUE(parsed.done);
  EXPECT_EQ(parsed.body, "ok");
  EXPECT_EQ(parsed.consumed, first.size());
}

TEST(RequestParser, tells_whether_the_peer_waits_to_be_asked_for_the_body) {
  RequestParser parser;
  parse(parser, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", 1000);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_EQ(parser.body_left(), 1U);
  parser.start();
  parse(parser, "PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", 1000);
  EXPECT_FALSE(parser.expects_continue());
}

}  // namespace
}  // namespace gannet::io
