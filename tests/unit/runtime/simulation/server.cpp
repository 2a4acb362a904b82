#include "unit/runtime/simulation/server.hpp"

#include <utility>

#include "core/timestamps.hpp"

namespace gannet::runtime::simulation {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr auto most_skew_of_a_signature = 5min;
constexpr auto token_lifetime = 10min;

class Cut final : public ByteSource {
 public:
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override {
    co_return fail(ErrorKind::network, "ConnectionReset", "cut");
  }
};

std::unexpected<TransportError> no_answer(Delivery delivery) {
  return std::unexpected(
      TransportError{.error = {.kind = ErrorKind::network, .code = "ConnectionReset", .message = "cut"},
                     .delivery = delivery});
}

HttpResponse answer_of(int status, std::string body) {
  return {.status = status, .headers = {}, .body = BodyReader(std::move(body))};
}

bool reaches(Fault fault) {
  return fault != Fault::not_sent && fault != Fault::failed_early && fault != Fault::cut_before &&
         fault != Fault::cached_refusal;
}

}  // namespace

void Server::begin(const Plan& plan, std::function<void()> cancel) {
  plan_ = plan;
  cancel_ = std::move(cancel);
  cancelled_ = false;
  seen_.clear();
  applied_ = 0;
  late_ = 0;
  last_ = 0;
  under_way_ = false;
  version_ = 1;
  unique_ = "nobody's";
  token_since_.reset();
}

Task<std::expected<HttpResponse, TransportError>> Server::send(const HttpRequest& request, Body,
                                                               AttemptLimits limits) {
  const Step step = next_step();
  if (seen_.empty() && plan_.connects_after > 0ms) {
    time_.advance(plan_.connects_after);
    if (mutation_ != Mutation::signature_is_not_renewed) (void)limits.renewal->renew();
  }
  time_.advance(step.takes);
  auto answer = meet(step, request);
  if (static_cast<int>(seen_.size()) == plan_.cancelled_in_attempt) {
    cancelled_ = true;
    cancel_();
  }
  co_return answer;
}

Step Server::next_step() const {
  if (seen_.size() < plan_.steps.size()) return plan_.steps[seen_.size()];
  return {};
}

void Server::end() {
  if (std::exchange(under_way_, false)) apply();
  for (; late_ > 0; --late_) apply();
  for (; last_ > 0; --last_) apply();
}

Server::Answer Server::meet(const Step& step, const HttpRequest& request) {
  seen_.push_back({});
  if (step.fault == Fault::clock_jumps) clock_offset_ = clock_offset_ == 0ms ? 10min : 0min;
  seen_.back().clock_offset = clock_offset_;
  if (static_cast<int>(seen_.size()) == plan_.interferes_before) interfere();
  if (std::exchange(under_way_, false)) apply();

  const int late_before = std::exchange(late_, 0);
  const auto signed_at = core::parse_iso8601_basic(request.headers.get("x-amz-date"));
  const bool in_time =
      signed_at && std::chrono::abs(time_.now() + clock_offset_ - *signed_at) < most_skew_of_a_signature;
  auto answer = reaches(step.fault) && !in_time ? refuse_for_its_time(clock_offset_) : meet(step.fault);
  for (int left = late_before; left > 0; --left) apply();

  if (answer && !step.retry_after.empty()) {
    seen_.back().retry_after = step.retry_after;
    if (mutation_ != Mutation::retry_after_is_ignored)
      answer->headers.add("x-amz-retry-after", step.retry_after);
  }
  return mutated(step.fault, std::move(answer));
}

Server::Answer Server::meet(Fault fault) {
  switch (fault) {
    case Fault::none:
    case Fault::clock_jumps:
      return answer_to(apply());
    case Fault::not_sent:
      seen_.back().sight = Sight::not_sent;
      return no_answer(Delivery::not_sent);
    case Fault::throttled:
      return refuse(Sight::throttled, 400, "ThrottlingException");
    case Fault::failed_early: {
      auto answer = refuse(Sight::early, 500, "InternalServerError");
      answer->request_sent = mutation_ == Mutation::early_is_in_time;
      return answer;
    }
    case Fault::failed_after:
      apply();
      return refuse(Sight::failed, 500, "InternalServerError");
    case Fault::failed_before:
      return refuse(Sight::failed, 500, "InternalServerError");
    case Fault::cut_after:
      apply();
      return unanswered();
    case Fault::cut_before:
      return unanswered();
    case Fault::late:
      ++late_;
      return unanswered();
    case Fault::last:
      ++last_;
      return unanswered();
    case Fault::answer_cut:
    case Fault::wrong_crc:
      return lose_answer(apply(), fault);
    case Fault::expired:
      return refuse(Sight::refused, 400, "ExpiredTokenException");
    case Fault::cached_refusal: {
      auto answer = refuse_for_its_time(-10min);
      seen_.back().sight = Sight::refused;
      if (mutation_ != Mutation::cached_date_is_believed) answer->headers.add("age", "600");
      return answer;
    }
    case Fault::under_way:
      under_way_ = true;
      return refuse(Sight::under_way, 400, "TransactionInProgressException");
    case Fault::conflict:
    case Fault::congested:
    case Fault::unmet:
      return cancel_transaction(fault);
  }
  return unanswered();
}

Server::Answer Server::unanswered() {
  seen_.back().sight = Sight::unanswered;
  return no_answer(Delivery::wholly_sent);
}

Server::Answer Server::refuse(Sight sight, int status, std::string body) {
  seen_.back().sight = sight;
  return answer_of(status, std::move(body));
}

Server::Answer Server::refuse_for_its_time(milliseconds date_offset) {
  auto answer = refuse(Sight::skewed, 400, "InvalidSignatureException");
  if (mutation_ == Mutation::clock_is_not_corrected) return answer;
  // What is too far off to be corrected says so by its Date.
  if (mutation_ == Mutation::clock_is_corrected_too_far && date_offset > 15min) date_offset = 14min;
  answer->headers.add("Date", core::rfc822(time_.now() + date_offset));
  return answer;
}

// What has been done by its token is not done again, nor cancelled.
Server::Answer Server::cancel_transaction(Fault fault) {
  if (knows_token()) return answer_to(apply());
  if (fault == Fault::conflict) return refuse(Sight::conflict, 400, "TransactionCanceledException conflict");
  if (fault == Fault::congested)
    return refuse(Sight::congested, 400, "TransactionCanceledException congestion");
  return refuse(Sight::unmet, 400, "TransactionCanceledException condition");
}

Server::Answer Server::answer_to(bool done) {
  if (done) return answer_of(200, "done");
  seen_.back().shows_own_value = unique_ == "ours";
  return refuse(Sight::condition_failed, 400, "ConditionalCheckFailedException " + unique_);
}

Server::Answer Server::lose_answer(bool done, Fault fault) {
  auto answer = answer_to(done);
  if (!done) return answer;  // There is no loss in what says nothing of success.
  seen_.back().sight = Sight::lost;
  if (fault == Fault::answer_cut)
    return HttpResponse{.status = 200, .body = BodyReader("do", std::make_unique<Cut>())};
  answer->headers.add("x-amz-crc32", "1");
  return answer;
}

bool Server::apply() {
  switch (plan_.kind) {
    case Kind::read:
      return true;
    case Kind::set:
    case Kind::add:
      ++applied_;
      return true;
    case Kind::token:
      if (knows_token()) return true;
      ++applied_;
      token_since_ = time_.now();
      return true;
    case Kind::guarded:
      if (version_ != 1) return false;
      version_ = 2;
      unique_ = "ours";
      ++applied_;
      return true;
  }
  return true;
}

bool Server::knows_token() const {
  return mutation_ != Mutation::token_is_ignored && token_since_ &&
         time_.now() - *token_since_ < token_lifetime;
}

void Server::interfere() {
  version_ = 3;
  unique_ = "another's";
}

Server::Answer Server::mutated(Fault fault, Answer answer) const {
  const Sight sight = seen_.back().sight;
  if (mutation_ == Mutation::sent_is_not_sent && !answer) answer.error().delivery = Delivery::not_sent;
  if (mutation_ == Mutation::not_sent_is_unknown && !answer) answer.error().delivery = Delivery::wholly_sent;
  const bool rejected = (mutation_ == Mutation::failed_is_rejected && sight == Sight::failed) ||
                        (mutation_ == Mutation::under_way_is_rejected && sight == Sight::under_way);
  if (rejected) return answer_of(400, "ThrottlingException");
  if (mutation_ == Mutation::failed_is_early && sight == Sight::failed) answer->request_sent = false;
  if (mutation_ == Mutation::cut_answer_is_not_sent && sight == Sight::lost)
    return no_answer(Delivery::not_sent);
  if (mutation_ == Mutation::throttling_is_final && fault == Fault::throttled)
    return answer_of(400, "ValidationException");
  return answer;
}

}  // namespace gannet::runtime::simulation
