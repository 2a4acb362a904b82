#include "unit/runtime/simulation/simulation.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "unit/runtime/pipeline_fixture.hpp"
#include "unit/runtime/simulation/rules.hpp"
#include "unit/runtime/simulation/settlements.hpp"
#include "unit/runtime/simulation/witness.hpp"

namespace gannet::runtime::simulation {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::optional<core::FailureClass> class_by_reason(const Error& error) {
  if (error.message == "congestion") return core::FailureClass::throttling;
  if (error.message == "conflict") return core::FailureClass::transient;
  return std::nullopt;
}

std::optional<core::FailureClass> class_whatever_the_reason(const Error& error) {
  if (error.message == "condition") return core::FailureClass::transient;
  return class_by_reason(error);
}

Service service_of(Mutation mutation) {
  Service service = plain_service;
  service.failure_class = class_by_reason;
  if (mutation == Mutation::conflict_is_final) service.failure_class = nullptr;
  if (mutation == Mutation::broken_condition_is_transient) service.failure_class = class_whatever_the_reason;
  return service;
}

/// S3's rules are those of bodies that are streamed.
Service streaming(Service service) {
  service.s3 = true;
  return service;
}

Operation operation_of(const Service& service, Kind kind, Mutation mutation) {
  Operation operation = kind == Kind::read  ? read_operation
                        : kind == Kind::add ? other_operation
                                            : idempotent_operation;
  operation.service = &service;
  if (kind == Kind::token && mutation != Mutation::token_never_expires) operation.token_lifetime = 10min;
  if (mutation == Mutation::reads_are_writes) operation.reads = false;
  if (mutation == Mutation::doubt_is_final) {
    operation.reads = false;
    operation.repeatable = Repeatable::no;
  }
  if (mutation == Mutation::unrepeatable_is_repeatable) operation.repeatable = Repeatable::yes;
  return operation;
}

/// Of a body that nobody looks into.
class Unread final : public ByteSource {
 public:
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override { co_return std::size_t{0}; }
};

RetryPolicy policy_of(const Plan& plan, Mutation mutation) {
  RetryPolicy policy = plan.policy;
  if (mutation == Mutation::too_many_attempts) policy.max_attempts = *policy.max_attempts + 2;
  if (mutation == Mutation::waits_do_not_grow) policy.max_delay = policy.base_delay.value_or(25ms);
  if (mutation == Mutation::waits_have_no_bound) policy.max_delay = 24h;
  if (mutation == Mutation::throttling_waits_no_longer && !policy.base_delay) policy.base_delay = 25ms;
  return policy;
}

Call call_of(const Plan& plan, const Operation& operation, Mutation mutation) {
  Call call;
  call.operation = &operation;
  call.request.method = "POST";
  call.request.path = "/";
  call.body = "{}";
  if (!plan.body_rewinds) call.body = Body::stream(std::make_unique<Unread>(), 2);
  if (!plan.body_rewinds && mutation == Mutation::used_body_rewinds)
    call.body = Body::reopenable([] { return std::make_unique<Unread>(); }, 2);
  call.repeatable = operation.repeatable;
  call.settlement = settlement_of(plan.kind, mutation);
  call.options.retry = policy_of(plan, mutation);
  call.options.timeout = mutation == Mutation::limit_is_ignored ? 0ms : plan.limit;
  call.options.at_least_once = (plan.at_least_once && mutation != Mutation::at_least_once_is_ignored) ||
                               mutation == Mutation::at_least_once_is_for_all;
  return call;
}

// Nothing here waits for a socket, and Asio throws at the end of a cancelled coroutine that has never waited.
Task<Result<void>> after_a_wait(Task<Result<void>> call) {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::deferred);
  co_return co_await std::move(call);
}

milliseconds draw_clock_offset(Dice& dice) {
  static constexpr std::array offsets = {0min, 0min, 0min, 0min, 2min, 10min, -10min, 20min, -20min};
  return offsets[static_cast<std::size_t>(below(dice, static_cast<int>(offsets.size())))];
}

}  // namespace

/// What the calls of a schedule share.
struct Simulation::Life {
  Life(Dice& dice, Mutation what)
      : mutation(what),
        random(below(dice, 1000) / 1000.0),
        server(std::make_shared<Server>(time, draw_clock_offset(dice), what)),
        service(service_of(what)),
        streaming_service(streaming(service)) {
    config.region = "us-east-1";
    config.credentials = static_credentials({.access_key_id = "A", .secret_access_key = Secret("S")});
    config.transport = server;
    config.time = time.source();
    config.time.random = [this] { return mutation == Mutation::waits_have_no_jitter ? 1.0 : random; };
    config.time.sleep = [this](milliseconds delay) { return wait(*this, delay); };
    config.observers.push_back([this](const AttemptEvent& event) { tell(event); });
    bucket = config.shared->bucket(service.id);
    if (below(dice, 4) == 0) bucket->take(below(dice, 500));
  }

  static Task<void> wait(Life& life, milliseconds delay) {
    const auto& asked = life.server->seen().back().retry_after;
    if (life.mutation == Mutation::retry_after_is_believed)
      delay = std::max(delay, milliseconds(std::atoll(asked.c_str())));
    life.time.advance(delay);
    life.witness->see_wait(delay);
    if (++life.waits == life.plan->cancelled_in_wait) {
      life.witness->cancel();
      life.cancel();
    }
    co_return;
  }

  void tell(const AttemptEvent& event) {
    const bool success = event.error == nullptr;
    if (mutation == Mutation::bucket_is_free) bucket->give(core::RetryBucket::capacity);
    if (mutation == Mutation::nothing_is_paid_back && success) bucket->take(bucket->tokens() - tokens);
    if (mutation == Mutation::too_much_is_paid_back && success) bucket->give(20);
    tokens = bucket->tokens();
    witness->see(event);
  }

  Mutation mutation;
  double random;
  fakes::VirtualTime time;
  std::shared_ptr<Server> server;
  Service service;
  Service streaming_service;
  Config config;
  std::shared_ptr<core::RetryBucket> bucket;
  milliseconds clock_offset{0};  ///< As the client should have it.

  // Of the call:
  const Plan* plan = nullptr;
  Witness* witness = nullptr;
  std::function<void()> cancel;
  int waits = 0;
  int tokens = 0;
};

void Simulation::run_schedule() {
  Life life(dice_, mutation_);
  for (int left = 1 + below(dice_, 3); left > 0; --left) run_call(life);
}

void Simulation::run_call(Life& life) {
  const Plan plan = draw_plan(dice_);
  Server& server = *life.server;
  Witness witness(plan, server, life.time, life.random, *life.bucket, violations);
  life.plan = &plan;
  life.witness = &witness;
  life.waits = 0;
  life.tokens = life.bucket->tokens();
  server.begin(plan, [&life] { life.cancel(); });

  const Service& service = plan.body_rewinds ? life.service : life.streaming_service;
  const Operation operation = operation_of(service, plan.kind, mutation_);
  std::string output;
  auto ended = run(
      execute(make_client(service, life.config), call_of(plan, operation, mutation_), parse_plain, &output),
      life);
  const auto expect = [this](bool holds, const char* sentence) {
    if (!holds) violations.emplace_back(sentence);
  };
  expect(ended.has_value(), "a call does not end");
  if (!ended) return;
  const int applied_in_time = server.applied();
  server.end();
  witness.see_end(*ended, applied_in_time);

  const std::span<const Seen> seen = server.seen();
  for (std::size_t attempt = 1; attempt <= seen.size(); ++attempt)
    if (corrects_clock(seen.first(attempt))) life.clock_offset = seen[attempt - 1].clock_offset;
  const auto off = life.config.shared->skew.load() - life.clock_offset;
  expect(std::chrono::abs(off) < 2s, "the clock is not set by what tells the time");
  count(plan, server, *ended);
}

std::optional<Result<void>> Simulation::run(Task<Result<void>> call, Life& life) {
  std::optional<Result<void>> outcome;
  asio::cancellation_signal signal;
  life.cancel = [this, &signal] {
    if (mutation_ != Mutation::cancellation_is_ignored) signal.emit(asio::cancellation_type::terminal);
  };
  asio::co_spawn(context_, after_a_wait(std::move(call)),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&outcome](const std::exception_ptr& thrown, Result<void> result) {
                       if (!thrown) outcome = std::move(result);
                     }));
  context_.restart();
  context_.poll();
  return outcome;
}

void Simulation::count(const Plan& plan, const Server& server, const Result<void>& result) {
  ++calls;
  for (const Seen& one : server.seen()) {
    ++met[static_cast<std::size_t>(one.sight)];
    if (is_doubtful(plan.kind, one.sight)) ++doubtful;
  }
  if (!result && result.error().applied == Applied::unknown) ++unknown;
  if (result && server.seen().back().sight == Sight::condition_failed) ++settled;
  if (!result && result.error().kind == ErrorKind::cancelled) ++cancelled;
}

}  // namespace gannet::runtime::simulation
