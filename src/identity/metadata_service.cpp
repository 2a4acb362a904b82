#include "identity/metadata_service.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/retry_rules.hpp"
#include "io/time_source.hpp"
#include "runtime/client_state.hpp"
#include "runtime/user_agent.hpp"

namespace gannet::identity {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr std::size_t longest_answer = 64UL * 1024;
constexpr milliseconds first_delay{100};

std::shared_ptr<Transport> direct_transport(const Config& config) {
  if (config.transport) return config.transport;
  Config direct = config;
  direct.proxies = Proxies{};
  const auto shared = config.shared ? config.shared : runtime::make_shared_state();
  return shared->sockets(direct);
}

bool is_worth_repeating(const Error& error, bool repeats_connect_timeouts) {
  if (error.kind == ErrorKind::network) return true;
  return error.kind == ErrorKind::timeout && (repeats_connect_timeouts || error.code != "ConnectTimeout");
}

bool is_worth_repeating(int status) {
  return status == 429 || status >= 500;
}

bool is_cancelled(const asio::cancellation_state& state) {
  return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

MetadataService::MetadataService(const Config& config, Patience patience)
    : transport_(direct_transport(config)),
      time_(config.time),
      user_agent_(runtime::user_agent(config)),
      patience_(patience) {
  patience_.attempts = std::max(1, patience_.attempts);
}

Task<Result<MetadataAnswer>> MetadataService::ask(HttpRequest request, std::vector<Origin> origins) const {
  const MetadataService self = *this;  // It may end before the answer comes.
  request.headers.set("User-Agent", self.user_agent_);
  const RetryPolicy policy{.max_attempts = self.patience_.attempts, .base_delay = first_delay};
  for (int attempt = 1;; ++attempt) {
    Result<MetadataAnswer> answer = fail(ErrorKind::configuration, "NoAddress", "its name has no address");
    for (Origin& origin : origins) {
      request.origin = origin;
      auto sent = co_await self.send(request);
      if (sent) {
        answer = std::move(*sent);
        break;
      }
      answer = std::unexpected(std::move(sent.error().error));
      if (sent.error().delivery != Delivery::not_sent) break;
    }
    if (is_cancelled(co_await asio::this_coro::cancellation_state)) co_return answer;
    const bool again = answer ? is_worth_repeating(answer->status)
                              : is_worth_repeating(answer.error(), self.patience_.repeats_connect_timeouts);
    if (!again || attempt >= self.patience_.attempts) co_return answer;
    const auto delay = core::backoff_delay(attempt, policy, first_delay, core::FailureClass::transient,
                                           io::random_of(self.time_));
    co_await sleep_for(self.time_, delay);
    if (is_cancelled(co_await asio::this_coro::cancellation_state)) {
      co_return fail(ErrorKind::cancelled, "Cancelled", "cancelled between two attempts");
    }
  }
}

Task<std::expected<MetadataAnswer, TransportError>> MetadataService::send(const HttpRequest& request) const {
  AttemptLimits limits{.connect = patience_.timeout, .stall = patience_.timeout};
  // A service that sends byte by byte must come to an end, too.
  if (patience_.timeout > milliseconds::zero()) {
    limits.deadline = std::chrono::steady_clock::now() + 3 * patience_.timeout;
  }
  auto response = co_await transport_->send(request, Body(), limits);
  if (!response) co_return std::unexpected(std::move(response.error()));
  // Into memory that does not move: what it leaves behind would not be wiped.
  std::string body;
  body.reserve(longest_answer + 1);
  std::string begin = response->body.take();
  body.append(begin, 0, longest_answer + 1);
  wipe(begin);
  std::size_t count = 1;
  while (count != 0 && body.size() <= longest_answer && !response->body.complete()) {
    const std::size_t have = body.size();
    body.resize(longest_answer + 1);
    const std::span<char> room(body.data() + have, body.size() - have);
    auto got = co_await response->body.read_some(std::as_writable_bytes(room));
    count = got.value_or(0);
    body.resize(have + count);
    if (!got) {
      wipe(body);
      co_return std::unexpected(TransportError{std::move(got.error()), Delivery::head_received});
    }
  }
  if (body.size() > longest_answer) {
    wipe(body);
    co_return std::unexpected(
        TransportError{{.kind = ErrorKind::protocol,
                        .code = "AnswerTooLong",
                        .message = "the answer is longer than the " + std::to_string(longest_answer) +
                                   " bytes that are taken here"},
                       Delivery::head_received});
  }
  co_return MetadataAnswer{response->status, std::move(response->headers), Secret(std::move(body))};
}

}  // namespace gannet::identity
