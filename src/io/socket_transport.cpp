#include "io/socket_transport.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>

#include "io/body_feed.hpp"
#include "io/body_pull.hpp"
#include "io/connect.hpp"
#include "io/connection_pool.hpp"
#include "io/drain.hpp"
#include "io/http_message.hpp"
#include "io/outgoing.hpp"

namespace gannet::io {

namespace {

namespace asio = boost::asio;

using Answer = std::expected<HttpResponse, TransportError>;
using Obtained = std::expected<std::shared_ptr<Connection>, TransportError>;

constexpr std::size_t input_bound = 64 * 1024;
constexpr std::size_t body_piece = BodyFeed::largest_piece;
// How often a blocked upload looks whether the answer has come before its end.
constexpr std::chrono::milliseconds early_answer_interval{200};

TransportError unreadable(const Origin& origin, const MessageError& fault, Delivery delivery) {
  return {.error = {.kind = ErrorKind::protocol,
                    .code = "MalformedAnswer",
                    .message = host_and_port(origin) + ": the answer cannot be read: " + fault.reason},
          .delivery = delivery};
}

/// Hands a connection whose answer has been read in full to the next request, if it may serve one.
void finish(std::shared_ptr<Connection> connection, OriginPool& pool, bool reusable) {
  // Bytes behind the answer belong to no request of ours.
  if (reusable && connection->input().empty()) pool.give_back(std::move(connection));
}

/// The rest of an answer's body. Owns its connection.
class AnswerSource final : public ByteSource {
 public:
  AnswerSource(std::shared_ptr<Connection> connection, std::shared_ptr<OriginPool> pool, Origin origin,
               bool reusable)
      : connection_(std::move(connection)),
        pool_(std::move(pool)),
        origin_(std::move(origin)),
        reusable_(reusable),
        pull_(*connection_, connection_->parser) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    if (throws) co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    if (connection_) connection_->runs_on(executor);
    std::size_t count = 0;
    while (connection_) {
      if (!connection_->is_open()) {
        fail_with(connection_error(origin_, "ConnectionClosed",
                                   "the connection ended with its execution context",
                                   Delivery::head_received));
        break;
      }
      Pulled pulled = pull_.pull(buffer);
      if (pulled.outcome == Pulled::Outcome::bytes) {
        count = pulled.count;
        break;
      }
      if (pulled.outcome == Pulled::Outcome::wants_read || pulled.outcome == Pulled::Outcome::wants_write) {
        const auto what =
            pulled.outcome == Pulled::Outcome::wants_read ? tcp::socket::wait_read : tcp::socket::wait_write;
        const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
        const Waited waited = connection_->settle(co_await connection_->ready(what, cancelled));
        if (waited != Waited::ready)
          fail_with(wait_error(waited, origin_, "reading the answer's body", Delivery::head_received));
        continue;
      }
      end_with(pulled);
    }
    if (throws) co_await asio::this_coro::throw_if_cancelled(true);
    if (count == 0 && error_) co_return std::unexpected(*error_);
    co_return count;
  }

 private:
  void end_with(const Pulled& pulled) {
    switch (pulled.outcome) {
      case Pulled::Outcome::end:
        finish(std::exchange(connection_, nullptr), *pool_, reusable_);
        break;
      case Pulled::Outcome::closed:
        fail_with(connection_error(origin_, "AnswerCut",
                                   "the peer closed the connection before the answer's body ended",
                                   Delivery::head_received));
        break;
      case Pulled::Outcome::malformed:
        fail_with(unreadable(origin_, {pulled.fault, pulled.reason}, Delivery::head_received));
        break;
      default:
        fail_with(connection_error(origin_, "AnswerCut",
                                   "the connection failed in the answer's body: " + pulled.reason,
                                   Delivery::head_received));
        break;
    }
  }

  void fail_with(TransportError failure) {
    error_ = std::move(failure.error);
    connection_.reset();
  }

  std::shared_ptr<Connection> connection_;  // Until the end or an error.
  std::shared_ptr<OriginPool> pool_;
  Origin origin_;
  bool reusable_;
  std::optional<Error> error_;
  BodyPull<ResponseParser> pull_;
};

/// What is left of an answer's body that cannot be read.
class Unreadable final : public ByteSource {
 public:
  explicit Unreadable(Error error) : error_(std::move(error)) {}
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override { co_return std::unexpected(error_); }

 private:
  Error error_;
};

/// How far the sending of bytes got.
enum class Sending {
  sent,
  answered,  ///< The answer began before all was sent, or the peer takes no more: read what it says.
  failed,    ///< `error` says why.
};

struct Sent {
  Sending outcome = Sending::sent;
  std::optional<TransportError> error{};
};

/// One request on its way over one connection, and the head of its answer.
class Exchange {
 public:
  Exchange(const HttpRequest& request, Connection& connection) : request_(request), connection_(connection) {}

  /// Reads what the input holds of the answer's head; interim answers are passed over.
  void read_head() {
    ResponseParser& parser = connection_.parser;
    while (!fault_ && !parser.head_done() && !connection_.input().empty()) {
      auto fed = parser.feed(connection_.input());
      if (!fed) {
        fault_ = std::move(fed.error());
        return;
      }
      connection_.consume(fed->consumed);
      if (fed->consumed == 0) return;
      if (!parser.head_done() || parser.status() >= 200) continue;
      if (parser.status() == 101)
        fault_ = {MessageFault::malformed, "it switches to a protocol that was not asked for"};
      else if (++interim_answers_ > most_interim_answers)
        fault_ = {MessageFault::malformed, "interim answers come without an end"};
      is_asked_for_body_ = is_asked_for_body_ || parser.status() == 100;
      parser.start(request_.method == "HEAD");
    }
  }
  [[nodiscard]] const std::optional<MessageError>& fault() const noexcept { return fault_; }
  [[nodiscard]] bool is_asked_for_body() const noexcept { return is_asked_for_body_; }
  /// Whether there is an answer, be it one that cannot be read.
  [[nodiscard]] bool is_answered() const noexcept { return fault_ || connection_.parser.head_done(); }

  /// Writes all of `out`, waiting where the socket takes no more.
  Task<Sent> write(Outgoing out) {
    auto last_progress = Clock::now();
    std::optional<Drain> drain;
    const auto restore = connection_.limits.pause;
    Sent result;
    for (;;) {
      const std::size_t sent_before = out.sent();
      Step step = out.write(connection_.stream());
      if (step.progress == Progress::done) break;
      if (step.progress == Progress::failed || step.progress == Progress::end) {
        // The peer may have said why before it stopped listening.
        result.outcome = Sending::answered;
        result.error = connection_error(request_.origin, "SendFailed", "sending failed: " + step.reason,
                                        Delivery::not_sent);
        break;
      }
      if (connection_.fill(input_bound).progress == Progress::done) {
        read_head();
        if (is_answered()) {
          result.outcome = Sending::answered;
          break;
        }
      }
      const auto now = Clock::now();
      if (out.sent() != sent_before) last_progress = now;
      if (!drain || out.sent() != sent_before) drain.emplace(connection_.socket().native_handle());
      connection_.limits.pause = now + early_answer_interval;
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      const auto what =
          step.progress == Progress::wants_read ? tcp::socket::wait_read : tcp::socket::wait_write;
      Waited waited = connection_.settle(co_await connection_.ready(what, cancelled));
      if (waited == Waited::ready) last_progress = Clock::now();
      if (waited == Waited::pause || waited == Waited::stalled) {
        if (drain->goes_on()) last_progress = Clock::now();
        const auto stall = connection_.limits.stall;
        if (stall.count() == 0 || Clock::now() - last_progress < stall) continue;
        waited = Waited::stalled;
      }
      if (waited != Waited::ready) {
        result.outcome = Sending::failed;
        result.error = wait_error(waited, request_.origin, "sending the request", Delivery::not_sent);
        break;
      }
    }
    connection_.limits.pause = restore;
    co_return result;
  }

  /// Sends a body piece by piece.
  Task<Sent> send_body(const Body& body, const Framing& framing) {
    auto opened = body.open();
    if (!opened) co_return refused(std::move(opened.error()));
    BodyFeed feed(std::move(*opened), connection_.executor(), request_.origin);
    WaitLimits limits = connection_.limits;
    limits.pause = Clock::time_point::max();
    const bool chunked = framing.kind == Framing::Kind::chunked;
    std::uint64_t left = framing.length;
    std::string chunk;
    for (;;) {
      const auto wanted =
          chunked ? body_piece : static_cast<std::size_t>(std::min<std::uint64_t>(body_piece, left));
      const auto piece = co_await feed.next(wanted, limits);
      if (!piece) co_return Sent{Sending::failed, piece.error()};
      if (!chunked && piece->empty()) co_return refused(length_error(framing.length, "shorter"));
      Outgoing out;
      chunk.clear();
      if (chunked) {
        append_chunk_header(chunk, piece->size());
        out.add(as_bytes(chunk));
      } else if (piece->size() == left) {
        // The last bytes go only when the source has confirmed its end: a wrong length must not be applied.
        auto confirmed = co_await confirm_end(feed, limits, framing.length);
        if (!confirmed) co_return Sent{Sending::failed, std::move(confirmed.error())};
      }
      out.add(*piece);
      if (chunked) out.add(as_bytes(line_end));
      Sent sent = co_await write(out);
      if (sent.outcome != Sending::sent) co_return sent;
      left -= chunked ? 0 : piece->size();
      if (chunked ? piece->empty() : left == 0) co_return Sent();
    }
  }

  /// Whether a source that has given the `length` bytes that were announced has nothing more.
  static Task<std::expected<void, TransportError>> confirm_end(BodyFeed& feed, const WaitLimits& limits,
                                                               std::uint64_t length) {
    const auto ended = co_await feed.has_ended(limits);
    if (!ended) co_return std::unexpected(ended.error());
    if (!*ended) co_return std::unexpected(*refused(length_error(length, "longer")).error);
    co_return std::expected<void, TransportError>();
  }

 private:
  static constexpr std::string_view line_end = "\r\n";

  static Sent refused(Error error) {
    return {Sending::failed, TransportError{.error = std::move(error), .delivery = Delivery::not_sent}};
  }

  static Error length_error(std::uint64_t length, const char* what) {
    return {.kind = ErrorKind::validation,
            .code = "BodyLengthWrong",
            .message = std::string("the request's body is ") + what + " than the " + std::to_string(length) +
                       " bytes that were announced"};
  }

  const HttpRequest& request_;
  Connection& connection_;
  std::optional<MessageError> fault_;
  int interim_answers_ = 0;
  bool is_asked_for_body_ = false;
};

/// Before the head of a request without bytes goes out, which is all of it: a source that has some after all
/// was announced with a wrong length.
Task<std::expected<void, TransportError>> confirm_empty(const Body& body, const Origin& origin,
                                                        const WaitLimits& limits) {
  auto opened = body.open();
  if (!opened) co_return std::unexpected(TransportError{std::move(opened.error()), Delivery::not_sent});
  const auto executor = co_await asio::this_coro::executor;
  BodyFeed feed(std::move(*opened), executor, origin);
  co_return co_await Exchange::confirm_end(feed, limits, 0);
}

class SocketTransport final : public Transport {
 public:
  explicit SocketTransport(SocketTransportOptions options)
      : settings_(std::make_shared<const TransportSettings>(std::move(options))) {}

  Task<Answer> send(const HttpRequest& request, Body body, AttemptLimits limits) override {
    // Inside, a cancellation is an outcome, not an exception; the caller finds its mode as it was.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    if (throws) co_await asio::this_coro::throw_if_cancelled(false);
    std::exception_ptr thrown;
    Answer answer;
    try {
      answer = co_await exchange(request, std::move(body), limits);
    } catch (...) {
      thrown = std::current_exception();
    }
    if (throws) co_await asio::this_coro::throw_if_cancelled(true);
    if (thrown) std::rethrow_exception(thrown);
    co_return answer;
  }

 private:
  Task<Answer> exchange(const HttpRequest& request, Body body, AttemptLimits limits);
  Task<Obtained> obtain(const Origin& origin, ConnectionPool& pool, std::shared_ptr<OriginPool> origin_pool,
                        std::optional<Place> place, const AttemptLimits& limits, WaitLimits wait_limits);

  std::shared_ptr<const TransportSettings> settings_;
};

/// Takes a waiter off its queue, however its wait ended: also with its context. What is given up is then
/// never offered to one that is gone, who would have to pass it on to the next from its own end.
struct Queued {
  OriginPool& pool;
  Waiter& waiter;

  Queued(OriginPool& where, Waiter& who) : pool(where), waiter(who) {}
  Queued(const Queued&) = delete;
  Queued& operator=(const Queued&) = delete;
  ~Queued() { pool.dequeue(waiter); }
};

/// Why a request is not to be sent any more now that there is a connection for it: nothing of it has been.
std::optional<TransportError> too_late(asio::cancellation_type cancelled, const WaitLimits& limits,
                                       const Origin& origin) {
  const auto now = Clock::now();
  const Waited ended = cancelled != asio::cancellation_type::none ? Waited::cancelled
                       : now >= limits.deadline                   ? Waited::deadline
                       : now >= limits.phase                      ? Waited::phase
                                                                  : Waited::ready;
  if (ended == Waited::ready) return std::nullopt;
  return wait_error(ended, origin, "waiting for a connection", Delivery::not_sent);
}

/// Opens a connection, or waits for one, or for the right to open one.
Task<Obtained> SocketTransport::obtain(const Origin& origin, ConnectionPool& pool,
                                       std::shared_ptr<OriginPool> origin_pool, std::optional<Place> place,
                                       const AttemptLimits& limits, WaitLimits wait_limits) {
  const auto& reached = origin_pool->reached();
  if (!reached) co_return std::unexpected(TransportError{reached.error(), Delivery::not_sent});
  if (!place) {
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      co_return std::unexpected(
          wait_error(Waited::cancelled, origin, "waiting for a connection", Delivery::not_sent));
    const auto executor = co_await asio::this_coro::executor;
    const auto waiter = std::make_shared<Waiter>(pool.watchdog(), executor);
    auto admission = origin_pool->enter(limits.maximum_idle, waiter);
    if (admission.connection) co_return std::move(admission.connection);
    if (admission.place) place.emplace(std::move(*admission.place));
    bool expired = false;
    if (!place) {
      {
        const Queued queued(*origin_pool, *waiter);
        co_await waiter->wait(std::min(wait_limits.phase, wait_limits.deadline));
        expired = waiter->end_wait();
      }
      if (waiter->place) place.emplace(std::move(*waiter->place));
    }
    const bool cancelled =
        (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
    if (waiter->connection) {
      if (!waiter->connection->is_open() || !waiter->connection->stream().is_quiet()) {
        // The peer has closed it since it was handed over.
        place.emplace(waiter->connection->release_place());
        waiter->connection.reset();
      } else if (cancelled) {
        origin_pool->give_back(std::move(waiter->connection));
      } else {
        co_return std::move(waiter->connection);
      }
    }
    if (!place || cancelled) {
      const bool in_the_attempt = wait_limits.phase < wait_limits.deadline;
      const Waited waited = !expired ? Waited::cancelled : in_the_attempt ? Waited::phase : Waited::deadline;
      co_return std::unexpected(wait_error(waited, origin, "waiting for a connection", Delivery::not_sent));
    }
  }
  pool.make_room();
  co_return co_await open_connection(pool.watchdog(), origin, *reached, settings_, std::move(*place),
                                     limits.connect, wait_limits);
}

Task<Answer> SocketTransport::exchange(const HttpRequest& request, Body body, AttemptLimits limits) {
  const auto refuse = [](Error error) {
    return std::unexpected(TransportError{.error = std::move(error), .delivery = Delivery::not_sent});
  };
  if (auto checked = check_request(request); !checked) co_return refuse(std::move(checked.error()));
  const auto framing = request_framing(request, body.size());
  if (!framing) co_return refuse(framing.error());

  WaitLimits wait_limits;
  wait_limits.stall = std::min<std::chrono::milliseconds>(limits.stall, longest_limit);
  wait_limits.phase = end_of(limits.attempt);
  if (limits.deadline) wait_limits.deadline = *limits.deadline;

  const auto executor = co_await asio::this_coro::executor;
  auto& pool = asio::use_service<ConnectionPool>(asio::query(executor, asio::execution::context));
  const auto origin_pool = pool.origin(settings_, request.origin);
  const Origin& origin = request.origin;
  const std::string* const expectation = request.headers.find("Expect");
  const auto bytes = body.in_memory();
  const bool has_body = framing->kind == Framing::Kind::chunked || framing->length != 0;
  const bool waits_for_continue = has_body && expectation != nullptr && iequals(*expectation, "100-continue");
  const bool in_one_piece = bytes && framing->kind != Framing::Kind::chunked && !waits_for_continue;

  if (!bytes && !has_body) {
    auto empty = co_await confirm_empty(body, origin, wait_limits);
    if (!empty) co_return std::unexpected(std::move(empty.error()));
  }

  // What of the request is still to be sent once its head is out.
  bool body_is_due = has_body && !in_one_piece;
  Outgoing unsent;
  auto [connection, place] = origin_pool->enter(limits.maximum_idle);
  for (;;) {
    if (!connection) {
      auto obtained = co_await obtain(origin, pool, origin_pool, std::move(place), limits, wait_limits);
      if (!obtained) co_return std::unexpected(std::move(obtained.error()));
      connection = std::move(*obtained);
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      if (auto late = too_late(cancelled, wait_limits, origin)) {
        origin_pool->give_back(std::move(connection));
        co_return std::unexpected(std::move(*late));
      }
      if (limits.renewal != nullptr) {
        if (auto renewed = limits.renewal->renew(); !renewed) {
          origin_pool->give_back(std::move(connection));
          co_return refuse(std::move(renewed.error()));
        }
      }
    }
    const ProxyRoute* const proxy = origin.tls ? nullptr : origin_pool->reached()->get();
    const ThroughProxy through{proxy != nullptr ? std::string_view(proxy->authorization.reveal()) : ""};
    connection->runs_on(executor);
    connection->limits = wait_limits;
    connection->parser.start(request.method == "HEAD");
    connection->outgoing.clear();
    append_request_head(connection->outgoing, request, *framing, proxy != nullptr ? &through : nullptr);
    Outgoing out;
    out.add(as_bytes(connection->outgoing));
    if (in_one_piece) out.add(*bytes);
    const Step step = out.write(connection->stream());
    if (step.progress == Progress::done) break;
    // The peer closed it while it lay idle, and has seen nothing of this request: another in its place.
    if (step.progress == Progress::failed && connection->reused && out.sent() == 0) {
      place.emplace(connection->release_place());
      connection.reset();
      continue;
    }
    unsent = out;
    break;
  }

  Exchange exchange(request, *connection);
  Sent sent;
  if (!unsent.empty()) sent = co_await exchange.write(unsent);
  if (sent.outcome == Sending::sent && body_is_due) {
    if (waits_for_continue) {
      connection->limits.pause = Clock::now() + settings_->options.continue_wait;
    } else {
      body_is_due = false;
      sent = co_await exchange.send_body(body, *framing);
    }
  }
  if (sent.outcome == Sending::failed) co_return std::unexpected(std::move(*sent.error));
  auto delivery = sent.outcome == Sending::sent && !body_is_due ? Delivery::wholly_sent : Delivery::not_sent;

  ResponseParser& parser = connection->parser;
  // Of a small request hardly anything stays with the kernel.
  std::optional<Drain> drain;
  if (has_body && !(bytes && bytes->size() < body_piece)) drain.emplace(connection->socket().native_handle());
  bool wait_first = connection->input().empty() && !connection->stream().holds_input();
  for (;;) {
    exchange.read_head();
    if (exchange.fault()) co_return std::unexpected(unreadable(origin, *exchange.fault(), delivery));
    if (parser.head_done()) break;
    bool go_on = body_is_due && exchange.is_asked_for_body();  // The body may go now.
    if (wait_first && !go_on) {
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      const Waited waited = connection->settle(co_await connection->ready(tcp::socket::wait_read, cancelled));
      if (waited == Waited::stalled && drain && drain->goes_on()) continue;
      if (waited == Waited::pause && body_is_due) {
        go_on = true;  // A server that does not know the expectation gets the body all the same.
      } else if (waited != Waited::ready) {
        co_return std::unexpected(wait_error(waited, origin, "waiting for the answer", delivery));
      }
    }
    if (go_on) {
      body_is_due = false;
      connection->limits.pause = Clock::time_point::max();
      sent = co_await exchange.send_body(body, *framing);
      if (sent.outcome == Sending::failed) co_return std::unexpected(std::move(*sent.error));
      if (sent.outcome == Sending::sent) delivery = Delivery::wholly_sent;
      if (drain) drain.emplace(connection->socket().native_handle());
      wait_first = connection->input().empty() && !connection->stream().holds_input();
      continue;
    }
    Step step = connection->fill(input_bound + 1);
    wait_first = step.progress == Progress::wants_read;
    if (step.progress == Progress::done || step.progress == Progress::wants_read) continue;
    if (step.progress == Progress::wants_write) {
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      const Waited waited =
          connection->settle(co_await connection->ready(tcp::socket::wait_write, cancelled));
      if (waited == Waited::ready) continue;
      co_return std::unexpected(wait_error(waited, origin, "waiting for the answer", delivery));
    }
    if (sent.error) co_return std::unexpected(std::move(*sent.error));
    const std::string reason = step.progress == Progress::end
                                   ? std::string("the peer closed the connection before it answered")
                                   : "the connection failed before an answer came: " + step.reason;
    co_return std::unexpected(connection_error(origin, "NoAnswer", reason, delivery));
  }

  if (parser.status() == 407 && !origin.tls && *origin_pool->reached() != nullptr)
    co_return std::unexpected(
        TransportError{proxy_refusal(**origin_pool->reached(), origin, 407), Delivery::not_sent});

  HttpResponse response;
  response.status = parser.status();
  response.headers = parser.take_headers();
  response.request_sent = delivery == Delivery::wholly_sent;
  connection->limits.phase = Clock::time_point::max();
  connection->limits.pause = Clock::time_point::max();
  const std::string* const wish = request.headers.find("Connection");
  const bool reusable = delivery == Delivery::wholly_sent && sent.outcome == Sending::sent &&
                        parser.keep_alive() && (wish == nullptr || !iequals(*wish, "close"));
  std::string begin;
  std::optional<Error> fault;
  if (const auto left = parser.body_left())
    begin.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*left, connection->input().size())));
  while (!parser.done() && begin.size() < body_piece) {
    auto fed = parser.feed(connection->input());
    if (!fed) {
      fault = unreadable(origin, fed.error(), Delivery::head_received).error;
      break;
    }
    begin.append(fed->body);
    connection->consume(fed->consumed);
    if (fed->consumed != 0) continue;
    // What TLS has decrypted already is at hand without a wait.
    if (!connection->stream().holds_input() || connection->fill(input_bound).progress != Progress::done)
      break;
  }
  if (fault) {
    // The head is an answer all the same, as it is where the fault comes in a later segment.
    response.body = BodyReader(std::move(begin), std::make_unique<Unreadable>(std::move(*fault)));
  } else if (parser.done()) {
    finish(std::move(connection), *origin_pool, reusable);
    response.body = BodyReader(std::move(begin));
  } else {
    auto rest = std::make_unique<AnswerSource>(std::move(connection), origin_pool, origin, reusable);
    response.body = BodyReader(std::move(begin), std::move(rest));
  }
  co_return response;
}

}  // namespace

std::shared_ptr<Transport> socket_transport(SocketTransportOptions options) {
  return std::make_shared<SocketTransport>(std::move(options));
}

}  // namespace gannet::io
