#include "io/http_message.hpp"

namespace gannet::io {
namespace {

HttpRequest request(std::string method, Headers headers = {}) {
  HttpRequest made;
  made.method = std::move(method);
  made.origin = {false, "example.com", 8000};
  made.headers = std::move(headers);
  return made;
}

std::string head_of(const HttpRequest& made, std::optional<std::uint64_t> length) {
  std::string head;
  append_request_head(head, made, request_framing(made, length).value());
  return head;
}

TEST(HttpMessage, adds_what_the_transport_has_to_say) {
  EXPECT_EQ(head_of(request("GET"), 0), "GET / HTTP/1.1\r\nHost: example.com:8000\r\n\r\n");
  EXPECT_EQ(head_of(request("DELETE"), 0), "DELETE / HTTP/1.1\r\nHost: example.com:8000\r\n\r\n");
  EXPECT_EQ(head_of(request("PUT"), 0),
            "PUT / HTTP/1.1\r\nHost: example.com:8000\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(head_of(request("PUT"), 12345678901),
            "PUT / HTTP/1.1\r\nHost: example.com:8000\r\nContent-Length: 12345678901\r\n\r\n");
  EXPECT_EQ(head_of(request("PUT"), std::nullopt),
            "PUT / HTTP/1.1\r\nHost: example.com:8000\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(HttpMessage, leaves_alone_what_the_request_says_itself) {
  EXPECT_EQ(head_of(request("PUT", {{"host", "a"}, {"content-length", "3"}}), 3),
            "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n");
  EXPECT_EQ(head_of(request("PUT", {{"Host", "a"}, {"Transfer-Encoding", "chunked"}}), 3),
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(request_framing(request("PUT", {{"Content-Length", "3"}}), std::nullopt)->length, 3U);
}

TEST(HttpMessage, names_the_whole_url_to_a_proxy) {
  HttpRequest made = request("GET", {{"Host", "example.com:8000"}});
  made.path = "/a%20b";
  made.query = "x=%31&y";
  const ThroughProxy open;
  std::string head;
  append_request_head(head, made, Framing{}, &open);
  EXPECT_EQ(head, "GET http://example.com:8000/a%20b?x=%31&y HTTP/1.1\r\nHost: example.com:8000\r\n\r\n");
  made.origin = {false, "fd00::1", 80};
  made.headers = {};
  const ThroughProxy closed{.authorization = "Basic eDp5"};
  head.clear();
  append_request_head(head, made, Framing{}, &closed);
  EXPECT_EQ(head,
            "GET http://[fd00::1]/a%20b?x=%31&y HTTP/1.1\r\nHost: [fd00::1]\r\n"
            "Proxy-Authorization: Basic eDp5\r\n\r\n");
}

TEST(HttpMessage, asks_a_proxy_for_a_tunnel) {
  std::string head;
  append_connect_head(head, {true, "example.com", 443}, {});
  EXPECT_EQ(head, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
  head.clear();
  append_connect_head(head, {true, "fd00::1", 8443}, {.authorization = "Basic eDp5"});
  EXPECT_EQ(head,
            "CONNECT [fd00::1]:8443 HTTP/1.1\r\nHost: [fd00::1]:8443\r\n"
            "Proxy-Authorization: Basic eDp5\r\n\r\n");
}

TEST(HttpMessage, refuses_framing_that_contradicts_the_body) {
  EXPECT_FALSE(request_framing(request("PUT", {{"Content-Length", "4"}}), 3));
  EXPECT_FALSE(request_framing(request("PUT", {{"Content-Length", "3x"}}), 3));
  EXPECT_FALSE(request_framing(request("PUT", {{"Content-Length", ""}}), 0));
  EXPECT_FALSE(request_framing(request("PUT", {{"Transfer-Encoding", "identity"}}), 3));
  EXPECT_FALSE(check_request(request("PUT", {{"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}})));
}

TEST(HttpMessage, never_shows_a_value_in_an_error) {
  const auto refused = check_request(request("GET", {{"X-Amz-Security-Token", "hush\n"}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("hush"), std::string::npos);
  EXPECT_NE(refused.error().message.find("X-Amz-Security-Token"), std::string::npos);
}

TEST(HttpMessage, lets_tabs_and_bytes_past_ascii_into_values_and_no_other_control) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool fine = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    const Headers headers{{"A", std::string("x") + static_cast<char>(byte) + "y"}};
    EXPECT_EQ(check_fields(headers).has_value(), fine) << byte;
  }
}

TEST(HttpMessage, lets_only_token_characters_into_names) {
  const std::string others = "!#$%&'*+-.^_`|~";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool fine =
        byte < 128 && (std::isalnum(byte) != 0 || (byte != 0 && others.find(c) != std::string::npos));
    EXPECT_EQ(check_fields(Headers{{std::string("x") + c, ""}}).has_value(), fine) << byte;
  }
}

TEST(HttpMessage, writes_chunk_sizes_in_hexadecimal) {
  std::string out;
  append_chunk_header(out, 0);
  append_chunk_header(out, 255);
  append_chunk_header(out, UINT64_MAX);
  EXPECT_EQ(out, "0\r\nff\r\nffffffffffffffff\r\n");
}

}  // namespace
}  // namespace gannet::io
