#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gannet/transport.hpp>

#include "fakes/virtual_time.hpp"
#include "unit/runtime/simulation/mutation.hpp"
#include "unit/runtime/simulation/plan.hpp"

namespace gannet::runtime::simulation {

/// What the client was shown of an attempt.
enum class Sight {
  success,
  not_sent,
  unanswered,
  early,   ///< 500 before all of it was sent.
  failed,  ///< 500
  throttled,
  under_way,
  conflict,
  congested,
  unmet,             ///< A transaction's condition.
  condition_failed,  ///< That of a guarded write.
  refused,           ///< For whatever else.
  skewed,            ///< For its time; the answer has the service's.
  lost,              ///< 2xx, and the body is cut or damaged.
};

constexpr int sights = 14;

struct Seen {
  Sight sight = Sight::success;
  bool shows_own_value = false;               ///< Of a condition that failed.
  std::chrono::milliseconds clock_offset{0};  ///< The service's clock minus the client's.
  std::string retry_after{};
};

/// One thing of a service's, and the faults on the way to it: for one call after the other.
class Server final : public Transport {
 public:
  Server(fakes::VirtualTime& time, std::chrono::milliseconds clock_offset, Mutation mutation)
      : time_(time), clock_offset_(clock_offset), mutation_(mutation) {}

  /// A new thing for a new call. `cancel` cancels that.
  void begin(const Plan& plan, std::function<void()> cancel);
  Task<std::expected<HttpResponse, TransportError>> send(const HttpRequest& request, Body body,
                                                         AttemptLimits limits) override;
  /// The call has ended: what is still on its way arrives.
  void end();

  [[nodiscard]] const std::vector<Seen>& seen() const { return seen_; }
  /// How often the call has been applied.
  [[nodiscard]] int applied() const { return applied_; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  using Answer = std::expected<HttpResponse, TransportError>;

  [[nodiscard]] Step next_step() const;
  Answer meet(const Step& step, const HttpRequest& request);
  Answer meet(Fault fault);
  Answer unanswered();
  Answer refuse(Sight sight, int status, std::string body);
  Answer refuse_for_its_time(std::chrono::milliseconds date_offset);
  Answer cancel_transaction(Fault fault);
  Answer answer_to(bool done);
  Answer lose_answer(bool done, Fault fault);
  /// What reaches the thing. False if its condition does not hold.
  bool apply();
  [[nodiscard]] bool knows_token() const;
  void interfere();
  Answer mutated(Fault fault, Answer answer) const;

  fakes::VirtualTime& time_;
  std::chrono::milliseconds clock_offset_;
  Mutation mutation_;

  // Of the call:
  Plan plan_;
  std::function<void()> cancel_;
  bool cancelled_ = false;
  std::vector<Seen> seen_;
  int applied_ = 0;
  int late_ = 0;
  int last_ = 0;
  bool under_way_ = false;
  int version_ = 1;
  std::string unique_ = "nobody's";
  std::optional<Timestamp> token_since_;
};

}  // namespace gannet::runtime::simulation
