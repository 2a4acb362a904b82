#include "unit/runtime/simulation/settlements.hpp"

namespace gannet::runtime::simulation {
namespace {

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
    if (mutation_ == Mutation::nothing_is_settled) co_return Settled::unknown;
    co_return refusal.message == "ours" ? Settled::own_success : Settled::unknown;
  }

 private:
  Mutation mutation_;
};

/// The service knows the token of what it has applied: what it cancels for a condition it had not, as yet.
class Cancellation final : public Settlement {
 public:
  explicit Cancellation(Mutation mutation) : mutation_(mutation) {}
  [[nodiscard]] bool concerns(const Error& refusal) const override {
    return refusal.code == "TransactionCanceledException";
  }
  Task<Settled> settle(std::shared_ptr<const ClientState>, const CallOptions&, const Error& refusal,
                       void*) const override {
    if (refusal.message != "condition" && mutation_ != Mutation::conflict_settles) co_return Settled::unknown;
    co_return mutation_ == Mutation::unanswered_is_settled ? Settled::refused : Settled::refused_yet;
  }

 private:
  Mutation mutation_;
};

/// Takes whatever is said later for an answer to what was in doubt.
class Forgetful final : public Settlement {
 public:
  [[nodiscard]] bool concerns(const Error&) const override { return true; }
  Task<Settled> settle(std::shared_ptr<const ClientState>, const CallOptions&, const Error&,
                       void*) const override {
    co_return Settled::refused;
  }
};

}  // namespace

std::shared_ptr<const Settlement> settlement_of(Kind kind, Mutation mutation) {
  if (mutation == Mutation::doubt_is_forgotten) return std::make_shared<Forgetful>();
  if (kind == Kind::guarded) return std::make_shared<OwnValue>(mutation);
  if (kind == Kind::token) return std::make_shared<Cancellation>(mutation);
  return nullptr;
}

}  // namespace gannet::runtime::simulation
