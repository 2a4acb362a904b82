#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <gannet/http_server.hpp>
#include <sys/socket.h>

#include "io/body_pull.hpp"
#include "io/channel.hpp"
#include "io/close_on_exec.hpp"
#include "io/http_message.hpp"
#include "io/http_parser.hpp"
#include "io/outgoing.hpp"

namespace gannet::http {

namespace {

namespace asio = boost::asio;
using io::Channel;
using io::Clock;
using io::Outgoing;
using io::Progress;
using io::Pulled;
using io::Step;
using io::tcp;
using io::Waited;

constexpr std::size_t body_piece = 64 * 1024;
// An unread body up to this size is read and thrown away to keep the connection.
constexpr std::uint64_t drained_body = 256 * 1024;
// What a peer may still send to a connection that is being closed, so that it gets to read the answer.
constexpr std::size_t lingering_bytes = 1024 * 1024;
constexpr std::chrono::milliseconds lingering_time{1000};
constexpr std::chrono::milliseconds pause_without_descriptors{50};

io::MessageBounds bounds_of(const ServerLimits& limits) {
  return {.head_bytes = limits.header_bytes, .body_bytes = limits.body_bytes};
}

int status_of(io::MessageFault fault) noexcept {
  switch (fault) {
    case io::MessageFault::head_too_large:
      return 431;
    case io::MessageFault::body_too_large:
      return 413;
    case io::MessageFault::unsupported_coding:
      return 501;
    case io::MessageFault::unsupported_version:
      return 505;
    default:
      return 400;
  }
}

ServerResponse plain(int status, const std::string& reason) {
  ServerResponse response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  std::string text(io::reason_phrase(status));
  if (!reason.empty()) text.append(": ").append(reason);
  response.body = Body(text + "\n");
  return response;
}

/// Whether the connection that was to be taken went away again.
bool is_gone(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::connection_aborted || error == asio::error::interrupted ||
         error == boost::system::errc::protocol_error;
}

/// A wait that was bound to end, as a coroutine's state of cancellation.
using Cancelled = asio::cancellation_type;

/// All sessions of a context, so that its end finds them: who has kept a request's body keeps its session.
class SessionsOfContext final : public asio::execution_context::service {
 public:
  using key_type = SessionsOfContext;
  static asio::execution_context::id id;
  /// The watchdog is made before it, and so ends after it.
  explicit SessionsOfContext(asio::execution_context& context)
      : asio::execution_context::service(context), watchdog_(asio::use_service<io::Watchdog>(context)) {}

  io::Watchdog& watchdog() noexcept { return watchdog_; }
  void add(Session& session) {
    const std::lock_guard lock(mutex_);
    sessions_.insert(&session);
  }
  void remove(Session& session) noexcept {
    const std::lock_guard lock(mutex_);
    sessions_.erase(&session);
  }

 private:
  void shutdown() noexcept override;

  io::Watchdog& watchdog_;
  std::mutex mutex_;
  std::unordered_set<Session*> sessions_;
};

asio::execution_context::id SessionsOfContext::id;

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(asio::any_io_executor where, Handler answer, ServerLimits given)
      : executor(std::move(where)),
        handler(std::move(answer)),
        limits(given),
        acceptor(executor),
        changed(executor, Clock::time_point::max()),
        of_context(asio::use_service<SessionsOfContext>(asio::query(executor, asio::execution::context))) {}

  Task<void> accept();
  Task<void> wait_for_sessions();
  void begin_session(tcp::socket socket);
  void begin_stop(std::chrono::milliseconds grace);
  void cut() noexcept;
  const std::string& date();

  asio::any_io_executor executor;
  Handler handler;
  ServerLimits limits;
  tcp::acceptor acceptor;
  asio::steady_timer changed;  ///< Ended whenever a session ends or the server is stopped.
  SessionsOfContext& of_context;
  std::unordered_set<Session*> sessions;
  bool stopping = false;
  Clock::time_point stop_by{};

 private:
  std::time_t date_second_ = 0;
  std::string date_;
};

/// One connection and the requests on it, one after the other.
class Session final : public Channel {
 public:
  Session(Server::State& server, tcp::socket socket, std::string peer)
      : Channel(server.of_context.watchdog(), std::move(socket)),
        of_context_(&server.of_context),
        parser_(bounds_of(server.limits)),
        peer_(std::move(peer)) {
    runs_on(server.executor);
    use(io::tcp_stream(this->socket().native_handle()));
    of_context_->add(*this);
  }
  ~Session() override {
    if (of_context_ != nullptr) of_context_->remove(*this);
  }
  /// Its context ends.
  void abandon() noexcept {
    of_context_ = nullptr;
    cancel.slot().clear();  // It has the executor, too.
    Channel::abandon();
  }

  /// Serves requests until the connection ends. `server` and the session are kept alive by whoever spawned
  /// it.
  Task<void> run(Server::State& server);

  [[nodiscard]] bool is_idle() const noexcept { return idle_; }

  asio::cancellation_signal cancel{};

  // What a request's body reads through.

  /// Whether the request of that number is still being answered.
  [[nodiscard]] bool answers(std::uint64_t request) const noexcept { return request == request_; }
  Task<Result<std::size_t>> read_body(std::span<std::byte> buffer);

 private:
  enum class Next { request, close, linger };

  Task<Next> receive_head(const Server::State& server);
  Task<Next> serve_one(Server::State& server);
  Task<Next> answer(Server::State& server, ServerResponse response, bool is_head, bool http_1_0, bool keep);
  Task<bool> write(Outgoing out);
  Task<bool> write_paced(std::string_view bytes, ServerResponse::Pace& pace);
  Task<bool> write_stream(const Body& body, bool chunked, std::optional<ServerResponse::Pace>& pace);
  Task<bool> drain();
  Task<void> linger();

  SessionsOfContext* of_context_;
  io::RequestParser parser_;
  io::BodyPull<io::RequestParser> pull_{*this, parser_};
  std::string peer_;
  std::string outgoing_;
  std::uint64_t request_ = 0;
  bool idle_ = true;
  bool continue_is_due_ = false;
  bool body_failed_ = false;
  std::optional<io::MessageError> body_fault_;
};

namespace {

void SessionsOfContext::shutdown() noexcept {
  const std::lock_guard lock(mutex_);
  for (Session* const session : sessions_) session->abandon();
  sessions_.clear();
}

class RequestBody final : public ByteSource {
 public:
  RequestBody(std::shared_ptr<Session> session, std::uint64_t request)
      : session_(std::move(session)), request_(request) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    if (!session_->answers(request_))
      co_return fail(ErrorKind::network, "RequestEnded",
                     "the request's body was read after the request was answered");
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    if (throws) co_await asio::this_coro::throw_if_cancelled(false);
    auto got = co_await session_->read_body(buffer);
    if (throws) co_await asio::this_coro::throw_if_cancelled(true);
    co_return got;
  }

 private:
  std::shared_ptr<Session> session_;
  std::uint64_t request_;
};

}  // namespace

Task<void> Session::run(Server::State& server) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    const Next next = co_await serve_one(server);
    if (next == Next::request && !server.stopping) continue;
    if (next == Next::linger) co_await linger();
    break;
  }
  close();
}

/// Reads up to the end of a head. Anything but `request` closes.
Task<Session::Next> Session::receive_head(const Server::State& server) {
  const auto now = Clock::now();
  const bool first = request_ == 0;
  idle_ = input().empty();
  limits = {.pause = now + (idle_ && !first ? server.limits.idle : server.limits.head)};
  bool wait_first = idle_ && !first;
  for (;;) {
    while (!input().empty() && !parser_.head_done()) {
      auto fed = parser_.feed(input());
      if (!fed) {
        body_fault_ = std::move(fed.error());
        co_return Next::linger;
      }
      consume(fed->consumed);
      if (fed->consumed == 0) break;
    }
    if (parser_.head_done()) co_return Next::request;
    if (wait_first) {
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      const Waited waited = settle(co_await ready(tcp::socket::wait_read, cancelled));
      if (waited != Waited::ready) co_return Next::close;
    }
    const Step step = fill(server.limits.header_bytes + 1);
    wait_first = step.progress == Progress::wants_read;
    if (step.progress == Progress::end || step.progress == Progress::failed) co_return Next::close;
    if (step.progress == Progress::done && idle_) {
      idle_ = false;
      limits.pause = Clock::now() + server.limits.head;
    }
  }
}

Task<Session::Next> Session::serve_one(Server::State& server) {
  parser_.start();
  body_fault_.reset();
  body_failed_ = false;
  const Next received = co_await receive_head(server);
  idle_ = false;
  ++request_;
  limits = {.stall = server.limits.stall};
  if (received == Next::close) co_return Next::close;
  if (received == Next::linger) {
    ServerResponse refusal =
        plain(status_of(body_fault_->fault), "the request is refused: " + body_fault_->reason);
    co_await answer(server, std::move(refusal), false, false, false);
    co_return Next::linger;
  }

  const bool http_1_0 = parser_.is_http_1_0();
  bool keep = parser_.keep_alive();
  const bool expects_continue = parser_.expects_continue();
  ServerRequest request;
  request.head = parser_.take_head();
  request.peer = peer_;
  const bool is_head = request.head.method == "HEAD";
  const std::string* const expectation = request.head.headers.find("Expect");
  if (expectation != nullptr && !expects_continue && !http_1_0) {
    ServerResponse refusal = plain(417, "no expectation but 100-continue is understood");
    co_await answer(server, std::move(refusal), is_head, http_1_0, false);
    co_return Next::linger;
  }

  std::string begin;
  while (!parser_.done() && !input().empty() && begin.size() < body_piece) {
    auto fed = parser_.feed(input());
    if (!fed) {
      body_fault_ = std::move(fed.error());
      break;
    }
    begin.append(fed->body);
    consume(fed->consumed);
    if (fed->consumed == 0) break;
  }
  continue_is_due_ = expects_continue && !parser_.done() && begin.empty() && input().empty();
  if (parser_.done()) {
    request.body = BodyReader(std::move(begin));
  } else {
    auto self = std::static_pointer_cast<Session>(shared_from_this());
    request.body = BodyReader(std::move(begin), std::make_unique<RequestBody>(std::move(self), request_));
  }

  ServerResponse response;
  if (!body_fault_) {
    co_await asio::this_coro::throw_if_cancelled(true);
    try {
      response = co_await server.handler(std::move(request));
    } catch (...) {
      response = plain(500, "");
    }
    co_await asio::this_coro::throw_if_cancelled(false);
  }
  ++request_;  // Its body, if the handler has kept it, is of no more use.
  if (!is_open() || body_failed_ || response.status == 0) co_return Next::close;
  if (body_fault_) {
    response = plain(status_of(body_fault_->fault), "the request is refused: " + body_fault_->reason);
    keep = false;
  }
  const bool unread = !parser_.done();
  if (unread) {
    const auto left = parser_.body_left();
    // Whoever waits for "100 Continue" may send the body after a final status or may not: there is no
    // telling.
    keep = keep && !continue_is_due_ && !body_fault_ && left && *left <= drained_body;
  }
  const Next next = co_await answer(server, std::move(response), is_head, http_1_0, keep);
  if (next == Next::request && unread) {
    const bool drained = co_await drain();
    co_return drained ? Next::request : Next::close;
  }
  if (next == Next::linger && !unread && input().empty()) co_return Next::close;
  co_return next;
}

/// Sends an answer. Gives `request` if the connection may go on, `linger` if it ends after a whole answer.
Task<Session::Next> Session::answer(Server::State& server, ServerResponse response, bool is_head,
                                    bool http_1_0, bool keep) {
  if (response.status < 200 || response.status > 999 || !io::check_fields(response.headers)) {
    response = plain(500, "");
    keep = false;
  }
  if (server.stopping || iequals(response.headers.get("Connection"), "close")) keep = false;
  const bool bodyless = response.status == 204 || response.status == 304;
  const auto length = is_head && response.head_length ? response.head_length : response.body.size();
  const bool chunked = !bodyless && !length && !http_1_0;
  if (!length && http_1_0 && !bodyless && !is_head) keep = false;

  std::string& head = outgoing_;
  head.clear();
  head.append("HTTP/1.1 ");
  io::append_number(head, static_cast<std::uint64_t>(response.status));
  head.append(" ").append(io::reason_phrase(response.status)).append("\r\n");
  bool dated = false;
  for (const Header& field : response.headers) {
    if (iequals(field.name, "Content-Length") || iequals(field.name, "Transfer-Encoding") ||
        iequals(field.name, "Connection"))
      continue;
    dated = dated || iequals(field.name, "Date");
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!dated) head.append("Date: ").append(server.date()).append("\r\n");
  if (chunked) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else if (length && (!bodyless || (response.status == 304 && response.head_length))) {
    head.append("Content-Length: ");
    io::append_number(head, bodyless ? *response.head_length : *length);
    head.append("\r\n");
  }
  if (!keep)
    head.append("Connection: close\r\n");
  else if (http_1_0)
    head.append("Connection: keep-alive\r\n");
  head.append("\r\n");

  const auto bytes = response.body.in_memory();
  const bool sends_body = !is_head && !bodyless;
  bool written = false;
  if (response.pace) {
    if (sends_body && bytes) head.append(as_text(*bytes));
    written = co_await write_paced(head, *response.pace);
  } else {
    Outgoing out;
    out.add(as_bytes(head));
    if (sends_body && bytes) out.add(*bytes);
    const Step step = out.write(stream());
    written = step.progress == Progress::done;
    if (step.progress == Progress::wants_write) written = co_await write(out);
  }
  if (written && sends_body && !bytes) {
    written = co_await write_stream(response.body, chunked, response.pace);
  }
  if (!written) co_return Next::close;
  co_return keep ? Next::request : Next::linger;
}

Task<bool> Session::write(Outgoing out) {
  for (;;) {
    const Step step = out.write(stream());
    if (step.progress == Progress::done) co_return true;
    if (step.progress != Progress::wants_write) co_return false;
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const Waited waited = settle(co_await ready(tcp::socket::wait_write, cancelled));
    if (waited != Waited::ready) co_return false;
  }
}

Task<bool> Session::write_paced(std::string_view bytes, ServerResponse::Pace& pace) {
  while (!bytes.empty()) {
    const auto piece = pace.between ? bytes.substr(0, std::max<std::size_t>(pace.piece, 1)) : bytes;
    bytes.remove_prefix(piece.size());
    Outgoing out;
    out.add(as_bytes(piece));
    const bool written = co_await write(out);
    if (!written) co_return false;
    if (!pace.between) continue;
    bool go_on = false;
    bool failed = false;
    // It is the handler's, as a body's source is.
    try {
      go_on = co_await pace.between();
    } catch (...) {
      failed = true;
    }
    if (failed || !is_open()) co_return false;
    if (!go_on) pace.between = nullptr;
  }
  co_return true;
}

Task<bool> Session::write_stream(const Body& body, bool chunked, std::optional<ServerResponse::Pace>& pace) {
  auto opened = body.open();
  if (!opened) co_return false;
  const std::unique_ptr<ByteSource> source = std::move(*opened);
  auto buffer = std::make_unique_for_overwrite<std::byte[]>(body_piece);
  std::optional<std::uint64_t> left = body.size();
  std::string chunk;
  for (;;) {
    if (left && *left == 0) co_return true;
    const auto wanted =
        static_cast<std::size_t>(left ? std::min<std::uint64_t>(*left, body_piece) : body_piece);
    // The source is the handler's: it may throw, and is cancelled as the handler is.
    std::size_t count = 0;
    bool failed = false;
    try {
      auto got = co_await source->read_some(std::span(buffer.get(), wanted));
      failed = !got;
      count = got.value_or(0);
    } catch (...) {
      failed = true;
    }
    if (failed || (left && count == 0)) co_return false;
    Outgoing out;
    chunk.clear();
    if (chunked) {
      io::append_chunk_header(chunk, count);
      out.add(as_bytes(chunk));
    }
    out.add(std::span<const std::byte>(buffer.get(), count));
    if (chunked) out.add(as_bytes(std::string_view("\r\n")));
    bool written = out.empty();
    if (!written && pace) {
      chunk.append(as_text(std::span<const std::byte>(buffer.get(), count)));
      if (chunked) chunk.append("\r\n");
      written = co_await write_paced(chunk, *pace);
    } else if (!written) {
      written = co_await write(out);
    }
    if (!written) co_return false;
    if (count == 0) co_return true;
    if (left) *left -= count;
  }
}

Task<Result<std::size_t>> Session::read_body(std::span<std::byte> buffer) {
  const std::uint64_t request = request_;
  if (std::exchange(continue_is_due_, false) && is_open()) {
    Outgoing out;
    out.add(as_bytes(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")));
    const bool written = co_await write(out);
    if (!written) {
      body_failed_ = true;
      co_return fail(ErrorKind::network, "PeerGone",
                     peer_ + " closed the connection before it sent the request's body");
    }
  }
  for (;;) {
    if (body_fault_)
      co_return fail(body_fault_->fault == io::MessageFault::body_too_large ? ErrorKind::limit_exceeded
                                                                            : ErrorKind::protocol,
                     "RequestBodyRefused",
                     "the request's body from " + peer_ + " is refused: " + body_fault_->reason);
    if (body_failed_ || !answers(request) || !is_open())
      co_return fail(ErrorKind::network, "RequestBodyCut",
                     peer_ + " closed the connection in the request's body");
    Pulled pulled = pull_.pull(buffer);
    switch (pulled.outcome) {
      case Pulled::Outcome::bytes:
        co_return pulled.count;
      case Pulled::Outcome::end:
        co_return std::size_t{0};
      case Pulled::Outcome::malformed:
        body_fault_ = {pulled.fault, std::move(pulled.reason)};
        continue;
      case Pulled::Outcome::closed:
      case Pulled::Outcome::broken:
        body_failed_ = true;
        continue;
      default:
        break;
    }
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const Waited waited = settle(co_await ready(tcp::socket::wait_read, cancelled));
    if (waited == Waited::ready) continue;
    if (waited == Waited::cancelled)
      co_return fail(ErrorKind::cancelled, "Cancelled", "the reading of the request's body was cancelled");
    if (waited == Waited::stalled) {
      body_fault_ = {io::MessageFault::cut, "no byte of its body came within the stall limit"};
      body_failed_ = true;
      co_return fail(ErrorKind::timeout, "StallTimeout",
                     peer_ + " sent no byte of the request's body within the stall limit");
    }
    body_failed_ = true;
  }
}

/// Reads what is left of a body nobody wanted. Gives whether the next request can follow.
Task<bool> Session::drain() {
  auto buffer = std::make_unique_for_overwrite<std::byte[]>(body_piece);
  for (;;) {
    const Pulled pulled = pull_.pull(std::span(buffer.get(), body_piece));
    if (pulled.outcome == Pulled::Outcome::end) co_return true;
    if (pulled.outcome == Pulled::Outcome::bytes) continue;
    if (pulled.outcome != Pulled::Outcome::wants_read) co_return false;
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const Waited waited = settle(co_await ready(tcp::socket::wait_read, cancelled));
    if (waited != Waited::ready) co_return false;
  }
}

/// Lets the peer read the answer before the connection goes: closing with unread input would reset it.
Task<void> Session::linger() {
  boost::system::error_code ignored;
  socket().shutdown(tcp::socket::shutdown_send, ignored);
  limits = {.pause = Clock::now() + lingering_time};
  std::size_t thrown_away = 0;
  while (thrown_away < lingering_bytes) {
    thrown_away += input().size();
    consume(input().size());
    const Step step = fill(body_piece);
    if (step.progress == Progress::done) continue;
    if (step.progress != Progress::wants_read) co_return;
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const Waited waited = settle(co_await ready(tcp::socket::wait_read, cancelled));
    if (waited != Waited::ready) co_return;
  }
}

const std::string& Server::State::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[64];
    const int length = std::snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                     days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
                                     parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    date_.assign(text, static_cast<std::size_t>(length));
    date_second_ = now;
  }
  return date_;
}

void Server::State::begin_session(tcp::socket socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  boost::system::error_code gone;
  const tcp::endpoint peer = socket.remote_endpoint(gone);
  if (gone) return;
  const std::string address = peer.address().to_string();
  std::string name =
      (peer.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(peer.port());
  auto session = std::make_shared<Session>(*this, std::move(socket), std::move(name));
  sessions.insert(session.get());
  auto task = session->run(*this);
  const auto slot = session->cancel.slot();
  auto ended = [self = shared_from_this(), session](const std::exception_ptr&) {
    session->close();
    self->sessions.erase(session.get());
    self->changed.cancel();
  };
  asio::co_spawn(executor, std::move(task), asio::bind_cancellation_slot(slot, std::move(ended)));
}

Task<void> Server::State::accept() {
  while (!stopping) {
    if (sessions.size() >= limits.connections) {
      changed.expires_at(Clock::time_point::max());
      co_await changed.async_wait(asio::as_tuple(asio::deferred));
    } else {
      auto [error] = co_await acceptor.async_wait(tcp::acceptor::wait_read, asio::as_tuple(asio::deferred));
      std::optional<tcp::socket> socket;
      if (!error) socket.emplace(io::accept_close_on_exec(acceptor, executor, error));
      if (!error) {
        begin_session(std::move(*socket));
      } else if (!is_gone(error) && error != asio::error::operation_aborted && !stopping) {
        // Out of descriptors or memory: those connected now must end first.
        changed.expires_after(pause_without_descriptors);
        co_await changed.async_wait(asio::as_tuple(asio::deferred));
      }
    }
    if ((co_await asio::this_coro::cancellation_state).cancelled() != Cancelled::none) co_return;
  }
}

Task<void> Server::State::wait_for_sessions() {
  while (!sessions.empty() && Clock::now() < stop_by) {
    changed.expires_at(stop_by);
    co_await changed.async_wait(asio::as_tuple(asio::deferred));
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (cancelled != Cancelled::none) break;
  }
}

void Server::State::begin_stop(std::chrono::milliseconds grace) {
  const auto by = Clock::now() + grace;
  stop_by = stopping ? std::min(stop_by, by) : by;
  stopping = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  for (Session* const session : sessions)
    if (session->is_idle()) session->close();
  changed.cancel();
}

void Server::State::cut() noexcept {
  stopping = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  const auto under_way = sessions;
  for (Session* const session : under_way) {
    if (sessions.count(session) == 0) continue;
    const auto alive = session->shared_from_this();
    session->close();
    session->cancel.emit(asio::cancellation_type::terminal);
    // Asio hands the cancellation on by a posted handler that points into the session.
    asio::post(executor, [alive] {});
  }
}

Server::Server(asio::any_io_executor executor, Handler handler, ServerLimits limits)
    : state_(std::make_shared<State>(std::move(executor), std::move(handler), limits)) {}

Server::~Server() {
  state_->cut();
}

Result<std::uint16_t> Server::listen(const std::string& host, std::uint16_t port) {
  const auto refuse = [&](const std::string& reason) {
    return fail(ErrorKind::configuration, "ListenFailed",
                "cannot listen on " + host + " port " + std::to_string(port) + ": " + reason);
  };
  boost::system::error_code error;
  tcp::endpoint endpoint;
  const auto address = asio::ip::make_address(host, error);
  if (!error) {
    endpoint = tcp::endpoint(address, port);
  } else {
    tcp::resolver resolver(state_->executor);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
    if (error) return refuse(error.message());
    endpoint = found.begin()->endpoint();
  }
  tcp::acceptor& acceptor = state_->acceptor;
  error = io::open_close_on_exec(acceptor, endpoint.protocol());
  if (!error) acceptor.non_blocking(true, error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    return refuse(error.message());
  }
  return acceptor.local_endpoint().port();
}

Task<void> Server::serve() {
  const std::shared_ptr<State> state = state_;
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  if (throws) co_await asio::this_coro::throw_if_cancelled(false);
  co_await state->accept();
  if (state->stopping) co_await state->wait_for_sessions();
  state->cut();
  if (throws) co_await asio::this_coro::throw_if_cancelled(true);
}

void Server::stop(std::chrono::milliseconds grace) {
  asio::post(state_->executor, [state = state_, grace] { state->begin_stop(grace); });
}

}  // namespace gannet::http
