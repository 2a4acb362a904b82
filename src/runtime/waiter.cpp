#include "runtime/waiter.hpp"

#include <algorithm>
#include <exception>
#include <limits>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "io/time_source.hpp"
#include "runtime/client_state.hpp"

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// Where an answer's output goes, and its status, which outputs do not have.
struct Answered {
  ParseOutput parse;
  void* output;
  int status = 0;
};

Result<void> parse_with_status(Answer& answer, void* output) {
  auto& answered = *static_cast<Answered*>(output);
  answered.status = answer.status;
  return answered.parse(answer, answered.output);
}

/// What was seen of the state, for people: "Table.TableStatus is CREATING".
std::string in_words(const Acceptor& acceptor, const Found& found) {
  if (found.values.empty()) return fmt::format("{} is not there", acceptor.path);
  return fmt::format("{} is {}", acceptor.path, fmt::join(found.values, ", "));
}

/// One question's answer as the acceptors see it.
class Sight {
 public:
  Sight(const Waiter& waiter, const Result<void>& done, const Answered& answered)
      : done_(done), answered_(answered) {
    for (const Acceptor& acceptor : waiter.acceptors) {
      if (!matches(acceptor)) continue;
      state_ = acceptor.state;
      return;
    }
    if (done) state_ = WaiterState::retry;
  }

  /// None if it is an error that no acceptor knows.
  [[nodiscard]] std::optional<WaiterState> state() const { return state_; }
  [[nodiscard]] std::string words() const {
    if (!done_) return fmt::format("{} (HTTP {})", done_.error().code, done_.error().http_status);
    return words_.empty() ? fmt::format("HTTP {}", answered_.status) : words_;
  }

 private:
  bool matches(const Acceptor& acceptor) {
    using By = Acceptor::By;
    switch (acceptor.by) {
      case By::status:
        return acceptor.status == (done_ ? answered_.status : done_.error().http_status);
      case By::error:
        return !done_ && done_.error().code == acceptor.expected;
      case By::any_error:
        return !done_ && done_.error().http_status != 0;
      case By::no_error:
        return done_.has_value();
      case By::path:
      case By::all:
      case By::any:
        return done_ && holds(acceptor);
    }
    return false;
  }

  bool holds(const Acceptor& acceptor) {
    Found found;
    acceptor.find(answered_.output, found);
    words_ = in_words(acceptor, found);
    const auto expected = [&](const std::string& value) { return value == acceptor.expected; };
    if (acceptor.by == Acceptor::By::any) return std::ranges::any_of(found.values, expected);
    return !found.values.empty() && found.absent == 0 && std::ranges::all_of(found.values, expected);
  }

  const Result<void>& done_;
  const Answered& answered_;
  std::optional<WaiterState> state_;
  std::string words_;
};

Error failed(const Waiter& waiter, const Sight& sight, Result<void> done) {
  if (!done) {
    done.error().message.insert(0, fmt::format("{} will not come: ", waiter.name));
    return std::move(done.error());
  }
  return {.kind = ErrorKind::conflict,
          .code = "WaiterFailed",
          .message = fmt::format("{} will not come: {}", waiter.name, sight.words())};
}

Error gave_up(const Waiter& waiter, const Sight& sight, int attempts) {
  return {.kind = ErrorKind::timeout,
          .code = "WaiterTimeout",
          .message = fmt::format("{} has not come after {} attempt{}; last seen: {}", waiter.name, attempts,
                                 attempts == 1 ? "" : "s", sight.words())};
}

Error cancelled(const Waiter& waiter) {
  return {.kind = ErrorKind::cancelled,
          .code = "Cancelled",
          .message = fmt::format("the caller cancelled the wait for {}", waiter.name)};
}

std::optional<Error> wrong_with(const Waiter& waiter, const WaiterOptions& options) {
  const auto refusal = [&](std::string_view problem) {
    return Error{.kind = ErrorKind::validation,
                 .code = "InvalidInput",
                 .message = fmt::format("{}: {}", waiter.name, problem)};
  };
  if (options.max_attempts && *options.max_attempts < 1) return refusal("max_attempts must be at least 1");
  if (options.delay && options.delay->count() < 0) return refusal("delay must not be negative");
  if (options.max_wait && options.max_wait->count() <= 0) return refusal("max_wait must be more than 0");
  return std::nullopt;
}

bool is_cancelled(const asio::cancellation_state& state) {
  return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

void Found::add(std::optional<std::string_view> text) {
  if (text) {
    values.emplace_back(*text);
  } else {
    ++absent;
  }
}

void Found::add(std::optional<double> number) {
  const std::string text = number ? fmt::format("{}", *number) : std::string();
  add(number ? std::optional<std::string_view>(text) : std::nullopt);
}

void Found::add(std::optional<bool> truth) {
  add(truth ? std::optional<std::string_view>(*truth ? "true" : "false") : std::nullopt);
}

Task<Result<void>> wait_until(std::shared_ptr<const ClientState> client, const Waiter& waiter,
                              Result<Call> call, WaiterOptions options, std::shared_ptr<void> output) {
  if (!call) co_return std::unexpected(std::move(call.error()));
  if (auto wrong = wrong_with(waiter, options)) co_return std::unexpected(std::move(*wrong));
  call->options = options.call;
  const int unbounded = std::numeric_limits<int>::max();
  const int most = options.max_attempts.value_or(options.max_wait ? unbounded : waiter.max_attempts);
  const milliseconds delay = options.delay.value_or(waiter.delay);
  const io::Stopwatch stopwatch(client->config.time, options.max_wait.value_or(milliseconds::zero()));
  Answered answered{.parse = waiter.parse, .output = output.get()};

  // As in the pipeline: a cancellation becomes an error of ours, and the mode is as it was on every exit.
  const bool throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr thrown;
  Result<void> outcome;
  int attempts = 0;
  try {
    while (true) {
      Result<void> done = co_await execute(client, *call, &parse_with_status, &answered);
      ++attempts;
      const Sight sight(waiter, done, answered);
      if (sight.state() == WaiterState::success) break;
      if (!sight.state()) {
        outcome = std::move(done);
        break;
      }
      if (sight.state() == WaiterState::failure) {
        outcome = std::unexpected(failed(waiter, sight, std::move(done)));
        break;
      }
      if (attempts >= most || !stopwatch.allows(delay)) {
        outcome = std::unexpected(gave_up(waiter, sight, attempts));
        break;
      }
      if (!is_cancelled(co_await asio::this_coro::cancellation_state)) {
        co_await sleep_for(client->config.time, delay);
      }
      if (is_cancelled(co_await asio::this_coro::cancellation_state)) {
        outcome = std::unexpected(cancelled(waiter));
        break;
      }
      waiter.reset(output.get());
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(throws_if_cancelled);
  if (thrown) std::rethrow_exception(thrown);
  if (!outcome) outcome.error().attempts = attempts;
  co_return outcome;
}

}  // namespace gannet::runtime
