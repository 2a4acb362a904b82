#include "io/http_message.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace gannet::io {

namespace {

constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return token_characters[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view text) noexcept {
  bool wrong = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    wrong |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
  }
  return !wrong;
}

bool is_target(std::string_view text) noexcept {
  bool wrong = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    wrong |= byte <= 0x20 || byte >= 0x7f;
  }
  return !wrong;
}

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorKind::validation, "InvalidRequest", std::move(message));
}

void append_authorization(std::string& out, const ThroughProxy& proxy) {
  if (!proxy.authorization.empty())
    out.append("Proxy-Authorization: ").append(proxy.authorization).append("\r\n");
}

bool method_expects_body(std::string_view method) noexcept {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

Result<void> check_fields(const Headers& headers) {
  for (const Header& field : headers) {
    if (!is_token(field.name))
      return refuse("a header field's name is empty or holds a character that no name may hold");
    if (!is_field_value(field.value))
      return refuse("the value of header field " + field.name +
                    " holds a control character (a line end, say)");
  }
  return {};
}

Result<void> check_request(const HttpRequest& request) {
  if (!is_token(request.method))
    return refuse("the method is empty or holds a character that no method may hold");
  if (request.origin.host.empty()) return refuse("the origin has no host");
  if (!is_target(request.origin.host)) return refuse("the host holds a character that no host may hold");
  if (request.origin.port == 0) return refuse("the port of host " + request.origin.host + " is 0");
  if (!request.path.starts_with('/')) return refuse("the path does not start with a slash");
  if (!is_target(request.path) || request.path.find_first_of("?#") != std::string::npos)
    return refuse("the path holds a character that must be percent-encoded");
  if (!is_target(request.query) || request.query.find('#') != std::string::npos)
    return refuse("the query holds a character that must be percent-encoded");
  int hosts = 0;
  int framings = 0;
  for (const Header& field : request.headers) {
    hosts += iequals(field.name, "Host") ? 1 : 0;
    framings += iequals(field.name, "Content-Length") || iequals(field.name, "Transfer-Encoding") ? 1 : 0;
  }
  if (hosts > 1) return refuse("Host is given more than once");
  if (framings > 1)
    return refuse("Content-Length and Transfer-Encoding are given more than once; give one of them at most");
  return check_fields(request.headers);
}

Result<Framing> request_framing(const HttpRequest& request, std::optional<std::uint64_t> length) {
  const std::string* const given_length = request.headers.find("Content-Length");
  const std::string* const given_coding = request.headers.find("Transfer-Encoding");
  if (given_coding != nullptr) {
    if (given_length != nullptr)
      return refuse("Content-Length and Transfer-Encoding are given both; give one at most");
    if (!iequals(*given_coding, "chunked"))
      return refuse("Transfer-Encoding can be chunked and nothing else");
    return Framing{Framing::Kind::chunked, 0};
  }
  if (given_length != nullptr) {
    std::uint64_t number = 0;
    const char* const end = given_length->data() + given_length->size();
    const auto [stop, failure] = std::from_chars(given_length->data(), end, number);
    if (failure != std::errc{} || stop != end) return refuse("Content-Length is not a number");
    if (length && *length != number)
      return refuse("Content-Length is given as " + *given_length + ", but the body has " +
                    std::to_string(*length) + " bytes");
    return Framing{Framing::Kind::length, number};
  }
  if (!length) return Framing{Framing::Kind::chunked, 0};
  if (*length == 0 && !method_expects_body(request.method)) return Framing{};
  return Framing{Framing::Kind::length, *length};
}

void append_request_head(std::string& out, const HttpRequest& request, const Framing& framing,
                         const ThroughProxy* proxy) {
  out.append(request.method).append(" ");
  if (proxy != nullptr) out.append("http://").append(request.origin.authority());
  out.append(request.path);
  if (!request.query.empty()) out.append("?").append(request.query);
  out.append(" HTTP/1.1\r\n");
  bool host = false;
  bool framed = false;
  for (const Header& field : request.headers) {
    host = host || iequals(field.name, "Host");
    framed = framed || iequals(field.name, "Content-Length") || iequals(field.name, "Transfer-Encoding");
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!host) out.append("Host: ").append(request.origin.authority()).append("\r\n");
  if (proxy != nullptr) append_authorization(out, *proxy);
  if (!framed && framing.kind == Framing::Kind::length) {
    out.append("Content-Length: ");
    append_number(out, framing.length);
    out.append("\r\n");
  }
  if (!framed && framing.kind == Framing::Kind::chunked) out.append("Transfer-Encoding: chunked\r\n");
  out.append("\r\n");
}

void append_connect_head(std::string& out, const Origin& origin, const ThroughProxy& proxy) {
  const std::string target = host_and_port(origin);
  out.append("CONNECT ").append(target).append(" HTTP/1.1\r\nHost: ").append(target).append("\r\n");
  append_authorization(out, proxy);
  out.append("\r\n");
}

std::string host_and_port(const Origin& origin) {
  const bool bare_ipv6 = origin.host.find(':') != std::string::npos;
  return (bare_ipv6 ? "[" + origin.host + "]" : origin.host) + ":" + std::to_string(origin.port);
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), written.ptr);
}

void append_chunk_header(std::string& out, std::uint64_t size) {
  std::array<char, 16> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
  out.append(digits.data(), written.ptr).append("\r\n");
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

}  // namespace gannet::io
