#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/checksums.hpp"
#include "core/error_codes.hpp"
#include "core/retry_rules.hpp"
#include "core/timestamps.hpp"
#include "io/time_source.hpp"
#include "runtime/address.hpp"
#include "runtime/call.hpp"
#include "runtime/client_state.hpp"
#include "runtime/request.hpp"
#include "runtime/resolve.hpp"

namespace gannet::runtime {
namespace {

using std::chrono::milliseconds;
namespace asio = boost::asio;

/// The longest answer that is read into memory; the services' own are a few MB at most.
constexpr std::size_t longest_answer = 64UL * 1024 * 1024;
/// Services refuse a signature whose time is five minutes off or more.
constexpr milliseconds telling_skew{4 * 60 * 1000};
/// A request is signed anew if it has waited longer than this for its connection.
constexpr milliseconds fresh_signature{60 * 1000};
/// A Date that is further off says more of the server, or of who claims to be it, than of this machine's
/// clock.
constexpr milliseconds most_skew{15 * 60 * 1000};

// ---- the steps of an attempt ----

std::string_view request_id_of(const Headers& headers) {
  const auto id = headers.get("x-amzn-requestid");
  return id.empty() ? headers.get("x-amz-request-id") : id;
}

/// Whether an XML document's first element is `Error`.
bool is_error_document(std::string_view body) {
  // An answer that is no document (a bucket's policy is JSON) may hold the like as text.
  if (const auto first = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
      first == std::string_view::npos || body[first] != '<')
    return false;
  while (true) {
    const auto open = body.find('<');
    if (open == std::string_view::npos) return false;
    body.remove_prefix(open + 1);
    if (!body.starts_with('?') && !body.starts_with('!')) break;
  }
  return body.starts_with("Error") && body.size() > 5 &&
         std::string_view(" \t\r\n>/:").find(body[5]) != std::string_view::npos;
}

bool is_blank(std::string_view body) {
  return body.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Error service_error(const Operation& operation, const Answer& answer) {
  Error error;
  operation.parse_error(answer, error);
  if (error.code.empty()) {
    error.code = core::code_of_status(answer.status);
    error.kind = core::kind_of(error.code, answer.status);
  }
  if (error.message.empty())
    error.message = "the service answered HTTP " + std::to_string(answer.status) + " and no more";
  // One code for "is there already" and "is being changed": the operation tells which.
  if (error.code == "ResourceInUseException" && operation.name.starts_with("Create")) {
    error.kind = ErrorKind::already_exists;
  }
  return error;
}

/// Reads a whole answer: fills the output, or gives the error and completes what is known of the failure.
std::optional<Error> judge(const Operation& operation, Answer& answer, ParseOutput parse, void* output,
                           core::Failure& failure) {
  const bool success = answer.status >= 200 && answer.status < 300;
  const bool streamed = success && operation.streams_output;
  if (const auto* crc = answer.headers.find("x-amz-crc32");
      crc != nullptr && !streamed && *crc != std::to_string(core::crc32(answer.body))) {
    failure.answer = core::AnswerState::lost;
    return Error{.kind = ErrorKind::network,
                 .code = "ChecksumMismatch",
                 .message = "the answer was damaged on its way: its CRC32 is not what x-amz-crc32 says"};
  }
  if (!success) return service_error(operation, answer);
  if ((operation.error_in_success || (operation.service->s3 && !streamed)) &&
      is_error_document(answer.body)) {
    Error error = service_error(operation, answer);
    failure.status = error.kind == ErrorKind::service ? 500 : 400;
    return error;
  }
  Result<void> parsed;
  if (operation.error_in_success && is_blank(answer.body))
    parsed = fail(ErrorKind::network, "AnswerCut", "the service began to answer and then said nothing");
  else
    parsed = parse(answer, output);
  if (parsed) return std::nullopt;
  failure.answer = core::AnswerState::unreadable;
  if (operation.error_in_success) {
    // The status line came before the work was done: without the document it says nothing of success.
    failure.status = 500;
    failure.answer = core::AnswerState::lost;
  }
  return std::move(parsed.error());
}

/// Sets the clock right where the server's Date shows that the signature's time was the fault.
bool correct_clock(Shared& shared, const Answer& answer, Error& error, Timestamp now,
                   milliseconds signed_with) {
  // To a HEAD the service refuses without a word of why.
  const bool says_why = answer.status != 403 || !answer.body.empty();
  if ((says_why && !core::is_clock_skew(error.code)) || answer.headers.contains("age")) return false;
  const auto date = core::parse_rfc822(answer.headers.get("date"));
  if (!date) return false;
  const milliseconds skew = *date - now;
  if (std::chrono::abs(skew - signed_with) < telling_skew) return false;
  if (std::chrono::abs(skew) > most_skew) {
    error.message +=
        " (the service's clock and this machine's are " +
        std::to_string(std::chrono::floor<std::chrono::minutes>(std::chrono::abs(skew)).count()) +
        " minutes apart, which is more than is corrected: set this machine's clock)";
    return false;
  }
  shared.skew.store(skew, std::memory_order_relaxed);
  return true;
}

bool is_cancelled(const asio::cancellation_state& state) {
  return state.cancelled() != asio::cancellation_type::none;
}

Error cancelled_error() {
  return {.kind = ErrorKind::cancelled, .code = "Cancelled", .message = "the caller cancelled the call"};
}

/// The error that the caller gets.
Error finished(Error error, const Operation& operation, const core::Decision& decision, Applied applied,
               int attempts) {
  if (decision.kind != error.kind && decision.kind == ErrorKind::outcome_unknown) {
    error.message = std::string(operation.name) + " may or may not have been applied: " + error.message;
  } else if (applied == Applied::yes) {
    error.message = std::string(operation.name) + " was applied, but its answer was lost: " + error.message;
  }
  error.kind = decision.kind;
  error.applied = applied;
  error.attempts = attempts;
  return error;
}

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

Deadline earlier(const Deadline& left, const Deadline& right) {
  if (!left || !right) return left ? left : right;
  return std::min(*left, *right);
}

constexpr std::string_view token_forgotten = "the token may be forgotten";

RetryPolicy policy_of(const ClientState& client, const Call& call) {
  RetryPolicy policy = call.options.retry.value_or(client.retry);
  if (!policy.base_delay) policy.base_delay = client.retry.base_delay;
  if (!policy.max_attempts) policy.max_attempts = client.retry.max_attempts;
  policy.max_attempts = std::max(1, policy.max_attempts.value_or(client.service->default_max_attempts));
  return policy;
}

/// A call between its steps: what each of them leaves for the next. The coroutine below goes from one to the
/// other.
class Progress final : RequestRenewal {
 public:
  Progress(const ClientState& client, Call call)
      : client_(client),
        call_(std::move(call)),
        policy_(policy_of(client, call_)),
        stopwatch_(client.config.time, call_.options.timeout.value_or(client.config.timeouts.call)),
        token_age_(client.config.time, core::token_time(operation().token_lifetime)) {
    attempted_.max_attempts = *policy_.max_attempts;
    attempted_.reads = operation().reads || call_.repeatable == Repeatable::reads;
    attempted_.repeatable = attempted_.reads || call_.repeatable == Repeatable::yes;
    attempted_.at_least_once = call_.options.at_least_once;
    attempted_.body_rewinds = call_.body.rewinds();
    limits_.connect = client.config.timeouts.connect;
    limits_.stall = client.config.timeouts.stall;
    limits_.attempt = client.config.timeouts.attempt;
    const auto idle = client.config.timeouts.unrepeatable_idle;
    const bool goes_once = !attempted_.repeatable || !attempted_.body_rewinds;
    if (goes_once && idle != milliseconds::zero()) limits_.maximum_idle = idle;
    if (is_signed()) limits_.renewal = this;
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  Result<void> prepare() {
    if (is_signed() && !client_.config.credentials) return std::unexpected(no_provider());
    auto prepared = runtime::prepare(client_, call_);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    prepared_ = std::move(*prepared);
    return {};
  }

  void begin_attempt() {
    if (observed()) started_ = std::chrono::steady_clock::now();
    error_.reset();
    failure_ = {};
    is_sent_ = false;
  }
  /// True if the request is now to be sent. `who` is of no interest where nothing is signed.
  bool sign(Result<std::shared_ptr<const Credentials>> who, bool cancelled) {
    if (cancelled || !who) {
      error_ = cancelled ? cancelled_error() : who.error();
      if (!cancelled) not_sent_for_ = "no credentials";
      return false;
    }
    if (token_is_forgotten(milliseconds::zero())) {
      error_ =
          Error{.kind = ErrorKind::timeout,
                .code = "TokenExpired",
                .message = "by now the service may have forgotten the client token of the first attempt"};
      not_sent_for_ = token_forgotten;
      return false;
    }
    if (is_signed()) {
      if (auto addressed = address_account(client_, call_, **who); !addressed) {
        error_ = std::move(addressed.error());
        return false;
      }
    }
    if (!stopwatch_.allows(milliseconds::zero())) {
      error_ = Error{.kind = ErrorKind::timeout,
                     .code = "DeadlineExceeded",
                     .message = "the call's time was over before the request could be sent"};
      not_sent_for_ = "no time left";
      return false;
    }
    if (is_signed()) {
      who_ = std::move(*who);
      sign_now();
    }
    limits_.deadline = stopwatch_.deadline();
    if (applied_ == Applied::unknown) limits_.deadline = earlier(limits_.deadline, token_age_.deadline());
    ++sent_;
    is_sent_ = true;
    return true;
  }
  /// True if the answer's body is still to be read.
  bool take_head(std::expected<HttpResponse, TransportError>& response) {
    if (!response) {
      failure_.delivery = response.error().delivery;
      error_ = std::move(response.error().error);
      return false;
    }
    failure_.delivery = Delivery::head_received;
    failure_.request_sent = response->request_sent;
    failure_.status = answer_.status = response->status;
    answer_.headers = std::move(response->headers);
    if (operation().streams_output && is_success()) {
      answer_.stream = std::move(response->body);
      return false;
    }
    if (!response->body.complete()) return true;
    answer_.body = response->body.take();
    return false;
  }
  void take_body(Result<std::string> body) {
    if (body) {
      answer_.body = std::move(*body);
      return;
    }
    error_ = std::move(body.error());
    const bool too_long = error_->kind == ErrorKind::limit_exceeded;
    failure_.answer = too_long ? core::AnswerState::unreadable : core::AnswerState::lost;
    // A 2xx says nothing yet where an error document may follow it.
    if (operation().error_in_success && is_success()) failure_.status = 500;
  }
  void judge(ParseOutput parse, void* output) {
    if (!error_) error_ = runtime::judge(operation(), answer_, parse, output, failure_);
  }

  /// Whether the refusal that has come may be the echo of an earlier attempt that was applied.
  [[nodiscard]] bool may_be_own_success() const {
    if (!error_ || applied_ != Applied::unknown || !is_whole_answer()) return false;
    const bool settles = call_.settlement && call_.settlement->concerns(*error_);
    return settles || error_->kind == ErrorKind::condition_failed;
  }
  [[nodiscard]] const Settlement* settlement() const {
    return call_.settlement && call_.settlement->concerns(*error_) ? call_.settlement.get() : nullptr;
  }
  [[nodiscard]] const Error& refusal() const { return *error_; }
  /// Of the calls that settle it: they are part of this one.
  [[nodiscard]] CallOptions settling_options() const {
    CallOptions options;
    if (const auto left = stopwatch_.left())
      options.timeout = std::max(*left, milliseconds(1));
    else
      options.timeout = milliseconds::zero();
    options.retry = call_.options.retry;
    options.trace_id = std::string(call_.request.headers.get("x-amzn-trace-id"));
    return options;
  }
  void settled(Settled outcome) {
    if (outcome == Settled::own_success) error_.reset();
    const bool refused =
        outcome == Settled::refused || (outcome == Settled::refused_yet && !may_be_under_way_);
    if (refused) applied_ = Applied::no;
    unsettled_ = outcome != Settled::own_success && !refused;
  }

  /// Ends the attempt. True if another is to follow after `delay()`.
  bool retries(bool cancelled) {
    core::Decision decision;
    delay_ = milliseconds::zero();
    if (error_) {
      decision = decide(cancelled);
      // Whatever the last attempt met: that one before it was in doubt is what the caller has to know.
      if (!decision.retry && applied_ == Applied::unknown && decision.kind != ErrorKind::cancelled)
        decision.kind = ErrorKind::outcome_unknown;
    } else {
      client_.bucket->give(owed_);
    }
    if (error_ && !is_sent_ && attempted_.attempt > 1) client_.bucket->give(owed_);
    if (error_ && !decision.retry)
      error_ = finished(std::move(*error_), operation(), decision, applied_, sent_);
    if (observed()) tell(decision);
    if (error_ && !decision.retry) outcome_ = std::unexpected(std::move(*error_));
    owed_ = decision.cost;
    ++attempted_.attempt;
    answer_ = {};  // Nothing of it is kept while the next attempt waits for its turn.
    return decision.retry;
  }

  [[nodiscard]] bool is_signed() const { return !operation().sent_unsigned; }
  [[nodiscard]] auto deadline() const { return stopwatch_.deadline(); }
  [[nodiscard]] const HttpRequest& request() const { return call_.request; }
  [[nodiscard]] const Body& body() const { return call_.body; }
  [[nodiscard]] const AttemptLimits& limits() const { return limits_; }
  [[nodiscard]] milliseconds delay() const { return delay_; }
  [[nodiscard]] Result<void> take_outcome() { return std::move(outcome_); }

 private:
  [[nodiscard]] const Operation& operation() const { return *call_.operation; }

  void sign_now() {
    signed_at_ = io::now_of(client_.config.time);
    skew_ = client_.config.shared->skew.load(std::memory_order_relaxed);
    runtime::sign(client_, call_, prepared_, *who_, signed_at_ + skew_);
  }
  Result<void> renew() override {
    if (io::now_of(client_.config.time) - signed_at_ < fresh_signature) return {};
    if (auto fresh = client_.config.credentials->peek()) who_ = std::move(fresh);
    if (who_->expiration && *who_->expiration <= io::now_of(client_.config.time)) {
      return fail(ErrorKind::timeout, "CredentialsExpired",
                  "the credentials came to their end while the request waited for a connection");
    }
    sign_now();
    return {};
  }

  [[nodiscard]] bool is_success() const { return answer_.status >= 200 && answer_.status < 300; }
  [[nodiscard]] bool is_whole_answer() const {
    return failure_.delivery == Delivery::head_received && failure_.answer == core::AnswerState::whole;
  }
  [[nodiscard]] bool observed() const { return !client_.config.observers.empty(); }

  core::Decision decide(bool cancelled) {
    const bool of_the_service = is_whole_answer();
    if (cancelled && !of_the_service) error_->kind = ErrorKind::cancelled;
    if (const auto id = request_id_of(answer_.headers); !id.empty()) error_->request_id = id;
    error_->http_status = answer_.status;
    failure_.kind = error_->kind;
    failure_.code = error_->code;
    // Who could not give them has tried again already, where that might help.
    if (!not_sent_for_.empty()) return {.kind = failure_.kind, .reason = not_sent_for_};
    if (of_the_service && client_.service->failure_class != nullptr)
      failure_.known_class = client_.service->failure_class(*error_);
    if (failure_.known_class == core::FailureClass::throttling)
      failure_.kind = error_->kind = ErrorKind::throttled;
    if (of_the_service && !clock_corrected_) {
      failure_.clock_corrected =
          correct_clock(*client_.config.shared, answer_, *error_, io::now_of(client_.config.time), skew_);
      clock_corrected_ = failure_.clock_corrected;
    }
    auto decision = core::decide(failure_, attempted_, *client_.bucket);
    applied_ = std::max(applied_, decision.applied);
    if (decision.applied == Applied::unknown) {
      may_be_under_way_ = may_be_under_way_ || failure_.delivery != Delivery::head_received ||
                          failure_.code == "TransactionInProgressException";
    }
    if (unsettled_) decision.reason = "not settled";
    if (!decision.retry) return decision;
    if (!failure_.clock_corrected) {
      delay_ = core::backoff_delay(attempted_.attempt, policy_, client_.service->default_base_delay,
                                   decision.failure_class, io::random_of(client_.config.time));
      delay_ = core::honour_retry_after(delay_, answer_.headers.get("x-amz-retry-after"));
    }
    const bool forgotten = token_is_forgotten(delay_);
    if (cancelled || forgotten || !stopwatch_.allows(delay_)) {
      client_.bucket->give(decision.cost);
      delay_ = milliseconds::zero();
      decision.retry = false;
      decision.reason = cancelled ? "cancelled" : forgotten ? token_forgotten : "no time left";
      if (cancelled) decision.kind = ErrorKind::cancelled;
    }
    return decision;
  }
  /// Whether what may have been applied would be applied again after another `delay`.
  [[nodiscard]] bool token_is_forgotten(milliseconds delay) const {
    return applied_ == Applied::unknown && !token_age_.allows(delay);
  }

  void tell(const core::Decision& decision) const {
    const AttemptEvent event{
        .service = client_.service->id,
        .operation = operation().name,
        .attempt = attempted_.attempt,
        .max_attempts = attempted_.max_attempts,
        .http_status = answer_.status,
        .request_id = error_ ? std::string_view(error_->request_id) : request_id_of(answer_.headers),
        .duration = std::chrono::steady_clock::now() - started_,
        .error = error_ ? &*error_ : nullptr,
        .will_retry = decision.retry,
        .delay = delay_,
        .reason = decision.reason};
    for (const Observer& observer : client_.config.observers) observer(event);
  }

  const ClientState& client_;
  Call call_;
  Prepared prepared_;
  RetryPolicy policy_;
  io::Stopwatch stopwatch_;
  io::Stopwatch token_age_;
  AttemptLimits limits_;
  core::Attempted attempted_;
  int sent_ = 0;
  int owed_ = 1;  ///< To the bucket, after a success.
  bool clock_corrected_ = false;
  std::string_view not_sent_for_;  ///< Why the attempt that was due is not made.
  Applied applied_ = Applied::no;
  bool may_be_under_way_ = false;  ///< An attempt in doubt was not answered.
  bool unsettled_ = false;
  Result<void> outcome_;

  // Of the attempt under way:
  std::chrono::steady_clock::time_point started_;
  bool is_sent_ = false;
  std::shared_ptr<const Credentials> who_;
  Timestamp signed_at_;
  milliseconds skew_{0};
  std::optional<Error> error_;
  core::Failure failure_;
  Answer answer_;
  milliseconds delay_{0};
};

}  // namespace

// ---- the pipeline ----

Task<Result<void>> execute(std::shared_ptr<const ClientState> client, Call call, ParseOutput parse,
                           void* output) {
  Progress progress(*client, std::move(call));
  if (auto prepared = progress.prepare(); !prepared) co_return prepared;

  // A cancellation becomes an error of ours instead of an exception of Asio's; the mode is as it was on every
  // exit.
  const bool throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr thrown;
  try {
    while (true) {
      progress.begin_attempt();
      Result<std::shared_ptr<const Credentials>> who;
      if (progress.is_signed()) {
        who = client->config.credentials->peek();
        if (!*who) who = co_await resolve(client->config.credentials, progress.deadline());
      }
      if (progress.sign(std::move(who), is_cancelled(co_await asio::this_coro::cancellation_state))) {
        auto response =
            co_await client->transport->send(progress.request(), progress.body(), progress.limits());
        if (progress.take_head(response)) {
          auto body = co_await response->body.read_all(longest_answer);
          progress.take_body(std::move(body));
        }
        progress.judge(parse, output);
        if (progress.may_be_own_success()) {
          Settled outcome = Settled::unknown;
          if (const Settlement* settlement = progress.settlement()) {
            const CallOptions options = progress.settling_options();
            outcome = co_await settlement->settle(client, options, progress.refusal(), output);
          }
          progress.settled(outcome);
        }
      }
      if (!progress.retries(is_cancelled(co_await asio::this_coro::cancellation_state))) break;
      if (progress.delay() > milliseconds::zero()) co_await sleep_for(client->config.time, progress.delay());
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(throws_if_cancelled);
  if (thrown) std::rethrow_exception(thrown);
  co_return progress.take_outcome();
}

}  // namespace gannet::runtime
