#include "unit/runtime/simulation/witness.hpp"

#include <algorithm>

#include "unit/runtime/simulation/rules.hpp"

namespace gannet::runtime::simulation {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

/// For how long after the call's first attempt what is in doubt is sent again by its token.
constexpr milliseconds token_time = 10min - 30s;

}  // namespace

Witness::Witness(const Plan& plan, const Server& server, const fakes::VirtualTime& time, double random,
                 const core::RetryBucket& bucket, std::vector<std::string>& violations)
    : plan_(plan),
      server_(server),
      time_(time),
      random_(random),
      bucket_(bucket),
      violations_(violations),
      begun_(time.now()),
      tokens_(bucket.tokens()) {}

void Witness::expect(bool holds, const char* sentence) {
  if (!holds && violations_.size() < 10) violations_.emplace_back(sentence);
}

void Witness::see(const AttemptEvent& event) {
  cancelled_ = cancelled_ || server_.cancelled();
  const auto& seen = server_.seen();
  expect(static_cast<int>(seen.size()) <= *plan_.policy.max_attempts, "there are too many attempts");
  if (event.attempt > static_cast<int>(seen.size())) {
    expect(cancelled_ && !event.will_retry, "an attempt ended that was not made");
    tokens_ += owed_;
    return;
  }
  expect(due_wait_ == 0ms, "an attempt was not waited for");
  see_decision(event, wait_for_next(plan_, seen, random_));
  see_bucket(event);
}

void Witness::see_decision(const AttemptEvent& event, milliseconds wait) {
  const auto& seen = server_.seen();
  const auto passed = time_.now() - begun_;
  const bool has_time = plan_.limit == 0ms || passed + wait < plan_.limit;
  const bool forgotten =
      plan_.kind == Kind::token && is_in_doubt(plan_.kind, seen) && passed + wait >= token_time;
  const bool goes_on = event.error != nullptr && !cancelled_ && may_follow(plan_, seen) &&
                       event.attempt < *plan_.policy.max_attempts && plan_.body_rewinds &&
                       tokens_ >= cost_of_next(seen) && has_time && !forgotten;
  expect(event.will_retry || !goes_on, "a call has ended that could go on");
  expect(!event.will_retry || goes_on, "a call goes on that should have ended");
  if (!event.will_retry) return;
  expect(event.delay == wait, "a wait is not as long as it should be");
  due_wait_ = event.delay;
}

void Witness::see_bucket(const AttemptEvent& event) {
  if (event.error == nullptr) tokens_ = std::min(tokens_ + owed_, core::RetryBucket::capacity);
  if (event.will_retry) {
    owed_ = cost_of_next(server_.seen());
    tokens_ -= owed_;
  }
  expect(bucket_.tokens() == tokens_, "the bucket is not charged as it should be");
}

void Witness::see_wait(milliseconds wait) {
  expect(wait == due_wait_, "a wait is not as long as it should be");
  due_wait_ = 0ms;
}

void Witness::see_end(const Result<void>& result, int applied_in_time) {
  check_truth(result, applied_in_time);
  if (!result) check_word(result.error());
  expect(bucket_.tokens() == tokens_, "the bucket is not charged as it should be");
}

void Witness::check_truth(const Result<void>& result, int applied_in_time) {
  const bool once = plan_.kind == Kind::guarded || plan_.kind == Kind::token ||
                    (plan_.kind == Kind::add && !plan_.at_least_once);
  if (once) expect(server_.applied() <= 1, "what must not be applied twice was");
  const bool writes = plan_.kind != Kind::read;
  if (result) {
    expect(!writes || applied_in_time >= 1, "an acknowledged write is lost");
    return;
  }
  if (result.error().applied == Applied::no) expect(server_.applied() == 0, "what was applied is denied");
  if (result.error().applied == Applied::yes) expect(applied_in_time >= 1, "what was not applied is claimed");
}

void Witness::check_word(const Error& error) {
  const auto& seen = server_.seen();
  const bool in_doubt = is_in_doubt(plan_.kind, seen);
  expect(error.applied == Applied::unknown || !in_doubt, "an outcome that is in doubt is not called unknown");
  expect(error.applied != Applied::unknown || in_doubt, "an outcome is called unknown that is known");
  const bool says_cancelled = error.kind == ErrorKind::cancelled;
  expect((error.kind == ErrorKind::outcome_unknown) == (in_doubt && !says_cancelled),
         "kind and what was applied disagree");
  expect(cancelled_ || !says_cancelled, "a call says that it was cancelled, and was not");
  const bool answered = !seen.empty() && seen.back().sight != Sight::not_sent &&
                        seen.back().sight != Sight::unanswered && seen.back().sight != Sight::lost;
  expect(!cancelled_ || answered || says_cancelled, "a call that was cancelled does not say so");
  const bool own_success =
      in_doubt && seen.back().sight == Sight::condition_failed && seen.back().shows_own_value;
  expect(!own_success, "a call's own success is not recognized");
  expect(error.attempts == static_cast<int>(seen.size()), "the attempts are miscounted");
}

}  // namespace gannet::runtime::simulation
