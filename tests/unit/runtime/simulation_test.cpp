#include <array>
#include <deque>
#include <filesystem>
#include <random>
#include <set>

#include "unit/runtime/pipeline_fixture.hpp"

// The real pipeline under random faults, on a clock of its own and a server that keeps count. What must hold
// whatever happens is checked after every call; then each rule of what may be repeated is switched off in
// turn, to see that the checks would notice.

namespace gannet::runtime {
namespace {

using std::chrono::milliseconds;

enum class Kind { read, set, add, guarded, token };

enum class Fault {
  none,
  not_sent,
  throttled,
  failed_before,  ///< 500, nothing applied.
  failed_after,   ///< 500, applied.
  cut_before,     ///< No answer, nothing applied.
  cut_after,      ///< No answer, applied.
  late,           ///< No answer, applied once the next attempt has come, or after the call.
  answer_cut,     ///< 200, applied, the body breaks.
  wrong_crc,      ///< 200, applied, the body is damaged.
};
constexpr int faults = 10;

bool is_ambiguous(Fault fault) {
  return fault >= Fault::failed_before && fault <= Fault::late;
}

/// A rule of the pipeline's, switched off from outside.
enum class Mutation {
  none,
  unrepeatable_is_repeatable,
  sent_is_not_sent,
  failed_is_rejected,
  cut_answer_is_not_sent,
  refusal_stands,
  refusal_is_own_success,
  token_is_ignored,
  throttling_is_final,
  not_sent_is_unknown,
  doubt_is_final,
  bucket_is_free,
  too_many_attempts,
  too_long_waits,
};

class Cut final : public ByteSource {
 public:
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override {
    co_return gannet::fail(ErrorKind::network, "ConnectionReset", "cut");
  }
};

/// One thing of a server's, for one call, and the faults on the way to it.
class Server final : public Transport {
 public:
  Server(Kind what, std::deque<Fault> plan, int interferes_before, Mutation rule)
      : kind(what), faults_(std::move(plan)), interferes_before_(interferes_before), mutation_(rule) {}

  Task<std::expected<HttpResponse, TransportError>> send(const HttpRequest&, Body, AttemptLimits) override {
    ++attempts;
    if (attempts == interferes_before_) {
      version_ = 3;
      unique_ = "another's";
    }
    Fault fault = Fault::none;
    if (!faults_.empty()) {
      fault = faults_.front();
      faults_.pop_front();
    }
    met.push_back(fault);
    auto answer = answer_with(fault);
    apply_what_is_late();
    if (fault == Fault::late) ++late_;
    co_return mutated(fault, std::move(answer));
  }

  void apply_what_is_late() {
    for (; late_ > 0; --late_) apply();
  }

  const Kind kind;
  int attempts = 0;
  int applied = 0;
  std::vector<Fault> met;

 private:
  static std::unexpected<TransportError> no_answer(Delivery delivery) {
    return std::unexpected(
        TransportError{.error = {.kind = ErrorKind::network, .code = "ConnectionReset", .message = "cut"},
                       .delivery = delivery});
  }
  static HttpResponse answer(int status, std::string body) {
    return {.status = status, .headers = {}, .body = BodyReader(std::move(body))};
  }

  HttpResponse apply() {
    switch (kind) {
      case Kind::read:
        break;
      case Kind::set:
      case Kind::add:
        ++applied;
        break;
      case Kind::token:
        if (!knows_token_ || mutation_ == Mutation::token_is_ignored) ++applied;
        knows_token_ = true;
        break;
      case Kind::guarded:
        if (version_ != 1) return answer(400, "ConditionalCheckFailedException " + unique_);
        version_ = 2;
        unique_ = "ours";
        ++applied;
        break;
    }
    return answer(200, "done");
  }

  std::expected<HttpResponse, TransportError> answer_with(Fault fault) {
    switch (fault) {
      case Fault::none:
        return apply();
      case Fault::not_sent:
        return no_answer(Delivery::not_sent);
      case Fault::throttled:
        return answer(400, "ThrottlingException");
      case Fault::failed_before:
        return answer(500, "InternalServerError");
      case Fault::failed_after:
        apply();
        return answer(500, "InternalServerError");
      case Fault::cut_after:
        apply();
        return no_answer(Delivery::wholly_sent);
      case Fault::cut_before:
      case Fault::late:
        return no_answer(Delivery::wholly_sent);
      case Fault::answer_cut:
      case Fault::wrong_crc: {
        HttpResponse whole = apply();
        if (whole.status != 200) return whole;  // The fault is in an answer that says nothing of success.
        if (fault == Fault::answer_cut)
          return HttpResponse{.status = 200, .body = BodyReader("do", std::make_unique<Cut>())};
        whole.headers.add("x-amz-crc32", "1");
        return whole;
      }
    }
    return no_answer(Delivery::not_sent);
  }

  std::expected<HttpResponse, TransportError> mutated(Fault fault,
                                                      std::expected<HttpResponse, TransportError> got) {
    const bool cut_answer = fault == Fault::answer_cut || fault == Fault::wrong_crc;
    if (mutation_ == Mutation::sent_is_not_sent && !got) got.error().delivery = Delivery::not_sent;
    if (mutation_ == Mutation::not_sent_is_unknown && !got) got.error().delivery = Delivery::wholly_sent;
    if (mutation_ == Mutation::failed_is_rejected && got && got->status == 500)
      return answer(400, "ThrottlingException");
    if (mutation_ == Mutation::cut_answer_is_not_sent && cut_answer) return no_answer(Delivery::not_sent);
    if (mutation_ == Mutation::throttling_is_final && fault == Fault::throttled)
      return answer(400, "ValidationException");
    return got;
  }

  std::deque<Fault> faults_;
  int interferes_before_;
  Mutation mutation_;
  int late_ = 0;
  int version_ = 1;
  std::string unique_ = "nobody's";
  bool knows_token_ = false;
};

/// Finds the call's own value in the item that the refusal quotes.
class OwnValue final : public Settlement {
 public:
  explicit OwnValue(Mutation mutation) : mutation_(mutation) {}
  [[nodiscard]] bool concerns(const Error& refusal) const override {
    return refusal.kind == ErrorKind::condition_failed;
  }
  Task<Settled> settle(std::shared_ptr<const ClientState>, const CallOptions&, const Error& refusal,
                       void*) const override {
    if (mutation_ == Mutation::refusal_stands) co_return Settled::refused;
    if (mutation_ == Mutation::refusal_is_own_success) co_return Settled::own_success;
    co_return refusal.message == "ours" ? Settled::own_success : Settled::unknown;
  }

 private:
  Mutation mutation_;
};

class Simulation {
 public:
  Simulation(unsigned seed, Mutation mutation) : engine_(seed), mutation_(mutation) {}

  /// A client's life: some calls that share a bucket.
  void run_schedule() {
    Config config;
    config.region = "us-east-1";
    config.credentials = static_credentials({.access_key_id = "A", .secret_access_key = Secret("S")});
    fakes::VirtualTime time(Timestamp(milliseconds(1'769'850'487'000)), below(1000) / 1000.0);
    config.time = time.source();
    const auto bucket = config.shared->bucket("plain_service");
    config.observers.push_back([this, &bucket](const AttemptEvent& event) {
      check_wait(event);
      if (mutation_ == Mutation::bucket_is_free) bucket->give(core::RetryBucket::capacity);
    });
    if (below(4) == 0) bucket->take(below(500));
    for (int left = 1 + below(3); left > 0; --left) run_call(config, *bucket);
  }

  std::vector<std::string> violations;
  int calls = 0;
  int unknown = 0;
  int ambiguous = 0;
  int settled = 0;

 private:
  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(engine_); }

  void expect(bool holds, const char* sentence) {
    if (!holds && violations.size() < 10)
      violations.push_back("call " + std::to_string(calls) + ": " + sentence);
  }

  void check_wait(const AttemptEvent& event) {
    const bool throttled = event.error != nullptr && event.error->kind == ErrorKind::throttled;
    const double base = throttled ? 1000.0 : 25.0;
    const double most = std::min(20'000.0, base * (1 << (event.attempt - 1)));
    expect(event.delay.count() >= 0 && static_cast<double>(event.delay.count()) <= most + 0.5,
           "a wait is too long");
    expect(event.attempt <= max_attempts_, "there are too many attempts");
  }

  std::deque<Fault> plan() {
    std::deque<Fault> made;
    while (made.size() < 6 && below(3) != 0) made.push_back(static_cast<Fault>(below(faults)));
    return made;
  }

  void run_call(Config& config, const core::RetryBucket& bucket) {
    ++calls;
    const auto kind = static_cast<Kind>(below(5));
    const int interferes_before = kind == Kind::guarded && below(4) == 0 ? 1 + below(3) : 0;
    const auto server = std::make_shared<Server>(kind, plan(), interferes_before, mutation_);
    config.transport = server;
    max_attempts_ = 1 + below(5);
    config.retry.max_attempts = max_attempts_ + (mutation_ == Mutation::too_many_attempts ? 2 : 0);
    if (mutation_ == Mutation::too_long_waits) config.retry.base_delay = milliseconds(2'000);

    const Operation operation = kind == Kind::read  ? read_operation
                                : kind == Kind::add ? other_operation
                                                    : idempotent_operation;
    Call call;
    call.operation = &operation;
    call.request.method = "POST";
    call.body = "{}";
    call.repeatable = operation.repeatable;
    if (mutation_ == Mutation::unrepeatable_is_repeatable) call.repeatable = Repeatable::yes;
    if (mutation_ == Mutation::doubt_is_final) call.repeatable = Repeatable::no;
    if (kind == Kind::guarded) call.settlement = std::make_shared<OwnValue>(mutation_);

    const int tokens = bucket.tokens();
    std::string output;
    const auto result =
        blocking(execute(make_client(plain_service, config), std::move(call), parse_plain, &output));
    const int applied_before_the_end = server->applied;
    server->apply_what_is_late();
    check(*server, result, tokens, interferes_before != 0, applied_before_the_end);
    expect(bucket.tokens() == tokens_after(tokens, server->met, result.has_value()),
           "the bucket is not charged as it should be");
  }

  /// What the rules make of the bucket: each repetition costs, a success gives the last cost back, or 1.
  static int tokens_after(int tokens, const std::vector<Fault>& met, bool success) {
    int last = 1;
    for (std::size_t i = 0; i + 1 < met.size(); ++i) {
      last = met[i] == Fault::throttled ? 5 : 14;
      tokens -= last;
    }
    return success ? std::min(tokens + last, core::RetryBucket::capacity) : tokens;
  }

  void check(const Server& server, const Result<void>& result, int tokens, bool interference,
             int applied_in_time) {
    const bool writes = server.kind != Kind::read;
    const auto doubts = std::ranges::count_if(server.met, is_ambiguous);
    const Error* error = result ? nullptr : &result.error();
    ambiguous += static_cast<int>(doubts);

    // Safety.
    if (server.kind == Kind::add || server.kind == Kind::token || server.kind == Kind::guarded)
      expect(server.applied <= 1, "what must not be applied twice was");
    if (result && writes) expect(applied_in_time >= 1, "an acknowledged write is lost");
    if (error != nullptr && error->applied == Applied::no)
      expect(server.applied == 0, "what was applied is denied");
    if (error != nullptr && error->applied == Applied::yes)
      expect(applied_in_time >= 1, "what was not applied is claimed");

    // Unknown outcomes are for what is not known, and all of that.
    const bool is_unknown = error != nullptr && error->kind == ErrorKind::outcome_unknown;
    if (error != nullptr) {
      unknown += static_cast<int>(is_unknown);
      const bool in_doubt = writes && doubts > 0 && error->applied != Applied::yes;
      expect(is_unknown || !in_doubt, "an outcome that is in doubt is not called unknown");
      expect(in_doubt || !is_unknown, "an outcome is called unknown that is known");
      expect(is_unknown == (error->applied == Applied::unknown), "kind and what was applied disagree");
    }
    if (server.kind == Kind::guarded && result && doubts > 0) ++settled;

    // Liveness.
    const auto worst = server.kind == Kind::read                                ? Fault::wrong_crc
                       : server.kind == Kind::set || server.kind == Kind::token ? Fault::late
                                                                                : Fault::throttled;
    const bool harmless = std::ranges::all_of(server.met, [&](Fault fault) { return fault <= worst; });
    const bool enough_tokens = tokens >= 14 * max_attempts_;
    if (harmless && enough_tokens && !interference && static_cast<int>(server.met.size()) < max_attempts_)
      expect(result.has_value(), "a call that could have succeeded has not");
  }

  std::mt19937 engine_;
  Mutation mutation_;
  int max_attempts_ = 1;
};

unsigned seed_of_this_run() {
  if (const char* given = std::getenv("GANNET_TEST_SEED")) return static_cast<unsigned>(std::stoul(given));
  return std::random_device()();
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return std::distance(begin(descriptors), end(descriptors));
}

TEST(RetrySimulation, is_safe_and_live_under_random_faults) {
  const unsigned seed = seed_of_this_run();
  std::printf("seed %u (GANNET_TEST_SEED runs it again)\n", seed);
  blocking([]() -> Task<void> { co_return; }());
  const auto descriptors = open_descriptors();
  Simulation simulation(seed, Mutation::none);
  for (int schedule = 0; schedule < 20'000; ++schedule) simulation.run_schedule();
  EXPECT_EQ(simulation.violations, std::vector<std::string>()) << "seed " << seed;
  EXPECT_LE(simulation.unknown, simulation.ambiguous);
  EXPECT_GT(simulation.unknown, 100);
  EXPECT_GT(simulation.settled, 100);
  EXPECT_EQ(open_descriptors(), descriptors);
  std::printf("%d calls, %d ambiguous faults, %d unknown outcomes, %d settled\n", simulation.calls,
              simulation.ambiguous, simulation.unknown, simulation.settled);
}

TEST(RetrySimulation, notices_every_rule_that_is_switched_off) {
  struct Mutant {
    Mutation rule;
    const char* noticed_by;
  };
  const Mutant mutants[] = {
      {Mutation::unrepeatable_is_repeatable, "what must not be applied twice was"},
      {Mutation::sent_is_not_sent, "what must not be applied twice was"},
      {Mutation::failed_is_rejected, "what must not be applied twice was"},
      {Mutation::cut_answer_is_not_sent, "what must not be applied twice was"},
      {Mutation::refusal_stands, "what was applied is denied"},
      {Mutation::refusal_is_own_success, "an acknowledged write is lost"},
      {Mutation::token_is_ignored, "what must not be applied twice was"},
      {Mutation::throttling_is_final, "a call that could have succeeded has not"},
      {Mutation::not_sent_is_unknown, "a call that could have succeeded has not"},
      {Mutation::doubt_is_final, "a call that could have succeeded has not"},
      {Mutation::bucket_is_free, "the bucket is not charged as it should be"},
      {Mutation::too_many_attempts, "there are too many attempts"},
      {Mutation::too_long_waits, "a wait is too long"},
  };
  for (const Mutant& mutant : mutants) {
    Simulation simulation(seed_of_this_run(), mutant.rule);
    bool noticed = false;
    for (int schedule = 0; schedule < 5'000 && !noticed; ++schedule) {
      simulation.violations.clear();
      simulation.run_schedule();
      noticed = std::ranges::any_of(simulation.violations, [&](const std::string& sentence) {
        return sentence.find(mutant.noticed_by) != std::string::npos;
      });
    }
    EXPECT_TRUE(noticed) << mutant.noticed_by;
  }
}

}  // namespace
}  // namespace gannet::runtime
