#include "io/http_parser.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "core/ascii.hpp"

namespace gannet::io {

namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string_view view(string_view text) {
  return {text.data(), text.size()};
}

constexpr std::size_t usual_fields = 10;

/// What Beast calls for each part of a message, and what it has told so far.
template <bool is_request>
class Assembly final : public beast::basic_parser<is_request> {
 public:
  explicit Assembly(const MessageBounds& bounds) : bounds_(bounds) {
    this->header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(bounds.head_bytes, std::numeric_limits<std::uint32_t>::max())));
    this->body_limit(boost::none);
    head.headers.reserve(usual_fields);
  }

  std::expected<Fed, MessageError> feed(std::string_view bytes);

  HttpRequest head;  // A response uses its headers alone.
  int version = 11;
  int status = 0;
  std::string_view body;

 private:
  void on_request_impl(beast::verb, string_view method, string_view target, int version_given,
                       error_code& error) override {
    version = version_given;
    head.method = view(method);
    take_target(view(target), error);
  }

  void on_response_impl(int code, string_view, int version_given, error_code& error) override {
    version = version_given;
    status = code;
    if (code < 100) refuse(error, MessageFault::malformed, "its status is not a number from 100 to 999");
  }

  void on_field_impl(beast::field field, string_view name, string_view value, error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& error) override { error = {}; }

  std::size_t on_body_impl(string_view piece, error_code& error) override {
    error = {};
    body = view(piece);
    return piece.size();
  }

  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& error) override {
    error = {};
    if (size > bounds_.body_bytes - chunked_bytes_)
      return refuse(error, MessageFault::body_too_large, too_large());
    chunked_bytes_ += size;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, string_view piece, error_code& error) override {
    return on_body_impl(piece, error);
  }

  void on_finish_impl(error_code& error) override { error = {}; }

  void take_target(std::string_view target, error_code& error);
  bool take_host(std::string_view host);
  [[nodiscard]] std::string too_large() const {
    return "its body is longer than the " + std::to_string(bounds_.body_bytes) + " bytes that are taken here";
  }

  void refuse(error_code& error, MessageFault fault, std::string reason) {
    fault_ = MessageError{fault, std::move(reason)};
    error = beast::error::bad_value;
  }

  MessageError explain(const error_code& error);
  bool holds_bare_line_feed(std::string_view left, std::size_t consumed);

  MessageBounds bounds_;
  std::optional<MessageError> fault_;
  std::string_view fed_;
  std::size_t head_bytes_ = 0;
  std::size_t fields_ = 0;
  std::size_t trailers_ = 0;
  std::size_t content_lengths_ = 0;
  std::size_t hosts_ = 0;
  std::size_t least_bytes_ = 0;
  std::size_t scanned_ = 0;
  std::uint64_t chunked_bytes_ = 0;
  bool target_names_host_ = false;
};

template <bool is_request>
std::expected<Fed, MessageError> Assembly<is_request>::feed(std::string_view bytes) {
  body = {};
  if (bytes.size() < least_bytes_ || this->is_done()) return Fed{};
  fed_ = bytes;
  const bool in_head = !this->is_header_done();
  error_code error;
  const std::size_t consumed = this->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  const bool more = error == beast::error::need_more;
  if (error && !more) return std::unexpected(explain(error));
  const std::size_t left = bytes.size() - consumed;
  if (in_head) {
    head_bytes_ += consumed;
    if (head_bytes_ + (this->is_header_done() ? 0 : left) > bounds_.head_bytes)
      return std::unexpected(explain(beast::error::header_limit));
    if (more && holds_bare_line_feed(bytes.substr(consumed), consumed))
      return std::unexpected(
          MessageError{MessageFault::malformed, "it is not well-formed: a line ends without CR"});
    least_bytes_ = 0;
    return Fed{consumed, body};
  }
  // What is held or was consumed besides the body is a chunk's size line, or the last one with the trailers.
  if (consumed - body.size() > bounds_.chunk_line_bytes || (more && left >= bounds_.chunk_line_bytes))
    return std::unexpected(
        MessageError{MessageFault::malformed, "a chunk's size line or the trailers are longer than " +
                                                  std::to_string(bounds_.chunk_line_bytes) + " bytes"});
  // Five bytes are the least that can follow: the last chunk, "0", and two line ends. Beast counts on that.
  least_bytes_ = more ? std::max<std::size_t>(left + 1, 5) : 0;
  return Fed{consumed, body};
}

/// Beast waits for CR LF CR LF before it looks again; a peer that ends its lines otherwise would wait as
/// well.
template <bool is_request>
bool Assembly<is_request>::holds_bare_line_feed(std::string_view left, std::size_t consumed) {
  std::size_t at = scanned_ > consumed ? scanned_ - consumed : 0;
  scanned_ = left.size();
  while ((at = left.find('\n', at)) != std::string_view::npos) {
    if (at == 0 || left[at - 1] != '\r') return true;
    ++at;
  }
  return false;
}

template <bool is_request>
void Assembly<is_request>::on_field_impl(beast::field field, string_view name_given, string_view value_given,
                                         error_code& error) {
  const auto name = view(name_given);
  const auto value = view(value_given);
  // Beast joins folded lines in a buffer of its own, or skips a fold between the colon and the value.
  const char* const fed_end = fed_.data() + fed_.size();
  const bool outside = std::less<>{}(value.data(), name.data()) || std::less_equal<>{}(fed_end, value.data());
  if (outside ||
      std::string_view(name.data(), static_cast<std::size_t>(value.data() - name.data())).find('\n') !=
          std::string_view::npos)
    return refuse(error, MessageFault::malformed,
                  "the header field " + std::string(name) + " is folded over lines");
  if (this->is_header_done()) {  // A trailer.
    if (++trailers_ > bounds_.fields) refuse(error, MessageFault::malformed, "it has too many trailers");
    return;
  }
  if (++fields_ > bounds_.fields)
    return refuse(error, MessageFault::head_too_large,
                  "it has more than " + std::to_string(bounds_.fields) + " header fields");
  switch (field) {
    case beast::field::content_length:
      // A list of equal lengths is what Beast allows a response.
      if (is_request &&
          (++content_lengths_ > 1 || value.find_first_not_of("0123456789") != std::string_view::npos))
        return refuse(error, MessageFault::malformed, "its Content-Length is not one number");
      break;
    case beast::field::transfer_encoding:
      if (!iequals(value, "chunked"))
        return refuse(error, MessageFault::unsupported_coding,
                      "its transfer coding is not supported: only chunked is");
      if (version < 11)
        return refuse(error, MessageFault::malformed, "it is HTTP/1.0 and has a Transfer-Encoding");
      break;
    case beast::field::host:
      if constexpr (is_request) {
        if (++hosts_ > 1) return refuse(error, MessageFault::malformed, "it has more than one Host header");
        if (!target_names_host_ && !take_host(value))
          return refuse(error, MessageFault::malformed, "its Host header is not a host and port");
      }
      break;
    default:
      break;
  }
  head.headers.add(name, value);
}

template <bool is_request>
void Assembly<is_request>::on_header_impl(error_code& error) {
  if constexpr (is_request) {
    if (version >= 11 && hosts_ == 0)
      return refuse(error, MessageFault::malformed, "it has no Host header, which HTTP/1.1 asks for");
  }
  const auto length = this->content_length();
  if (length && *length > bounds_.body_bytes) refuse(error, MessageFault::body_too_large, too_large());
}

template <bool is_request>
void Assembly<is_request>::take_target(std::string_view target, error_code& error) {
  const auto refuse_target = [&](const char* reason) { refuse(error, MessageFault::malformed, reason); };
  if (std::any_of(target.begin(), target.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7e; }))
    return refuse_target("its target holds bytes that must be percent-encoded");
  if (target.find('#') != std::string_view::npos) return refuse_target("its target holds a fragment");
  head.origin.tls = false;
  head.origin.port = 80;
  constexpr std::string_view scheme = "http://";
  if (target.size() > scheme.size() && iequals(target.substr(0, scheme.size()), scheme)) {
    target.remove_prefix(scheme.size());
    const auto authority = target.substr(0, target.find_first_of("/?"));
    if (authority.empty() || !take_host(authority))
      return refuse_target("its target is not a URL that is understood");
    target_names_host_ = true;
    target.remove_prefix(authority.size());
  } else if (target != "*" && target.front() != '/') {
    return refuse_target("its target does not start with a slash");
  }
  const auto question = target.find('?');
  head.path = target.substr(0, question);
  if (head.path.empty()) head.path = "/";
  if (question != std::string_view::npos) head.query = target.substr(question + 1);
}

template <bool is_request>
bool Assembly<is_request>::take_host(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    host = text.substr(1, close - 1);
    if (host.empty() || host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
      return false;
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return false;
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
    const auto in_a_name = [](char c) {
      return core::is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '%' ||
             c == '!' || c == '$' || c == '&' || c == '\'' || c == '(' || c == ')' || c == '*' || c == '+' ||
             c == ',' || c == ';' || c == '=';
    };
    if (!std::all_of(host.begin(), host.end(), in_a_name)) return false;
    if (host.empty() && has_port) return false;
  }
  if (has_port && !port.empty()) {
    std::uint16_t number = 0;
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (failure != std::errc{} || end != port.data() + port.size()) return false;
    head.origin.port = number;
  }
  head.origin.host = host;
  return true;
}

template <bool is_request>
MessageError Assembly<is_request>::explain(const error_code& error) {
  if (fault_) return std::move(*fault_);
  if (error == beast::error::header_limit)
    return {MessageFault::head_too_large,
            "its head is longer than " + std::to_string(bounds_.head_bytes) + " bytes"};
  if (error == beast::error::bad_version)
    return {MessageFault::unsupported_version, "its version is not HTTP/1.1 or HTTP/1.0"};
  if (error == beast::error::body_limit) return {MessageFault::body_too_large, too_large()};
  return {MessageFault::malformed, "it is not well-formed: " + error.message()};
}

}  // namespace

struct ResponseParser::State {
  explicit State(const MessageBounds& given) : bounds(given) {}
  MessageBounds bounds;
  std::optional<Assembly<false>> assembly{};
};

ResponseParser::ResponseParser(MessageBounds bounds) : state_(std::make_unique<State>(bounds)) {
  start(false);
}
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;
ResponseParser::~ResponseParser() = default;

void ResponseParser::start(bool answers_head) {
  state_->assembly.emplace(state_->bounds);
  state_->assembly->skip(answers_head);
}

std::expected<Fed, MessageError> ResponseParser::feed(std::string_view bytes) {
  return state_->assembly->feed(bytes);
}

std::expected<void, MessageError> ResponseParser::end_of_stream() {
  auto& assembly = *state_->assembly;
  if (assembly.is_done()) return {};
  if (!assembly.got_some() || !assembly.is_header_done())
    return std::unexpected(
        MessageError{MessageFault::cut, "the peer closed the connection before the answer's head ended"});
  error_code error;
  assembly.put_eof(error);
  if (error)
    return std::unexpected(
        MessageError{MessageFault::cut, "the peer closed the connection before the answer's body ended"});
  return {};
}

bool ResponseParser::started() const noexcept {
  return state_->assembly->got_some();
}
bool ResponseParser::head_done() const noexcept {
  return state_->assembly->is_header_done();
}
bool ResponseParser::done() const noexcept {
  return state_->assembly->is_done();
}
bool ResponseParser::keep_alive() const noexcept {
  return state_->assembly->keep_alive();
}
bool ResponseParser::ends_with_stream() const noexcept {
  return state_->assembly->need_eof();
}
int ResponseParser::status() const noexcept {
  return state_->assembly->status;
}

std::optional<std::uint64_t> ResponseParser::body_left() const noexcept {
  const auto& assembly = *state_->assembly;
  if (assembly.is_done()) return 0;
  if (const auto left = assembly.content_length_remaining()) return *left;
  return std::nullopt;
}

Headers ResponseParser::take_headers() noexcept {
  return std::move(state_->assembly->head.headers);
}

struct RequestParser::State {
  explicit State(const MessageBounds& given) : bounds(given) {}
  MessageBounds bounds;
  std::optional<Assembly<true>> assembly{};
};

RequestParser::RequestParser(MessageBounds bounds) : state_(std::make_unique<State>(bounds)) {
  start();
}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

void RequestParser::start() {
  state_->assembly.emplace(state_->bounds);
}

std::expected<Fed, MessageError> RequestParser::feed(std::string_view bytes) {
  auto& assembly = *state_->assembly;
  // An empty line before a request is passed over, as RFC 9112 asks for.
  if (!assembly.got_some() && bytes.starts_with('\r')) {
    if (bytes.size() == 1) return Fed{};
    if (bytes[1] == '\n') return Fed{2, {}};
  }
  return assembly.feed(bytes);
}

bool RequestParser::started() const noexcept {
  return state_->assembly->got_some();
}
bool RequestParser::head_done() const noexcept {
  return state_->assembly->is_header_done();
}
bool RequestParser::done() const noexcept {
  return state_->assembly->is_done();
}
bool RequestParser::keep_alive() const noexcept {
  return state_->assembly->keep_alive();
}
bool RequestParser::is_http_1_0() const noexcept {
  return state_->assembly->version < 11;
}

bool RequestParser::expects_continue() const noexcept {
  return !is_http_1_0() && iequals(state_->assembly->head.headers.get("Expect"), "100-continue");
}

std::optional<std::uint64_t> RequestParser::body_left() const noexcept {
  const auto& assembly = *state_->assembly;
  if (assembly.is_done()) return 0;
  if (const auto left = assembly.content_length_remaining()) return *left;
  return std::nullopt;
}

HttpRequest RequestParser::take_head() noexcept {
  return std::move(state_->assembly->head);
}

}  // namespace gannet::io
