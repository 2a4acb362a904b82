#include "io/name_lookup.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

namespace gannet::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// One who waits for a look-up.
class Asker final : public WatchedEvent {
 public:
  using WatchedEvent::WatchedEvent;

  void tell(const NameLookUp& outcome) {
    happen([&] { outcome_ = outcome; });
  }
  /// What it came to, once `end_wait` has been called.
  NameLookUp take_outcome() {
    NameLookUp taken;
    end_wait_after([&] { std::swap(taken, outcome_); });
    return taken;
  }

 private:
  NameLookUp outcome_;
};

/// The look-ups of a context that somebody waits for. Thread-safe.
class LookUpsOfContext final : public asio::execution_context::service {
 public:
  using key_type = LookUpsOfContext;
  static asio::execution_context::id id;
  using asio::execution_context::service::service;

  void ask(const std::string& host, std::shared_ptr<Asker> asker, const asio::any_io_executor& executor) {
    const std::lock_guard lock(mutex_);
    auto& look_up = under_way_[host];
    const bool first = !look_up;
    if (first) look_up = std::make_shared<LookUp>(without_strand(executor));
    look_up->askers.insert(std::move(asker));
    if (!first) return;
    look_up->resolver.async_resolve(host, "0",
                                    tcp::resolver::numeric_service | tcp::resolver::address_configured,
                                    [this, host, look_up](const boost::system::error_code& failure,
                                                          const tcp::resolver::results_type& found) {
                                      finish(host, *look_up, failure, found);
                                    });
  }

  void leave(const std::string& host, const std::shared_ptr<Asker>& asker) {
    const std::lock_guard lock(mutex_);
    const auto found = under_way_.find(host);
    if (found == under_way_.end()) return;
    auto& [resolver, askers] = *found->second;
    if (askers.erase(asker) == 0 || !askers.empty()) return;
    resolver.cancel();
    under_way_.erase(found);
  }

  std::size_t under_way() {
    const std::lock_guard lock(mutex_);
    return under_way_.size();
  }

 private:
  struct LookUp {
    explicit LookUp(const asio::any_io_executor& executor) : resolver(executor) {}
    tcp::resolver resolver;
    std::unordered_set<std::shared_ptr<Asker>> askers{};
  };

  void finish(const std::string& host, LookUp& look_up, const boost::system::error_code& failure,
              const tcp::resolver::results_type& found) {
    NameLookUp outcome;
    outcome.finished = true;
    outcome.error = failure;
    for (const auto& entry : found) outcome.addresses.push_back(entry.endpoint().address());
    std::unordered_set<std::shared_ptr<Asker>> askers;
    {
      const std::lock_guard lock(mutex_);
      askers.swap(look_up.askers);
      // One that was withdrawn may have been followed by another.
      const auto current = under_way_.find(host);
      if (current != under_way_.end() && current->second.get() == &look_up) under_way_.erase(current);
    }
    for (const auto& asker : askers) asker->tell(outcome);
  }

  void shutdown() noexcept override {
    std::unordered_map<std::string, std::shared_ptr<LookUp>> all;
    const std::lock_guard lock(mutex_);
    all.swap(under_way_);
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<LookUp>> under_way_;
};

asio::execution_context::id LookUpsOfContext::id;

/// Takes an asker off the list, however its wait ended.
struct Asking {
  LookUpsOfContext& look_ups;
  const std::string& host;
  const std::shared_ptr<Asker>& asker;

  Asking(LookUpsOfContext& where, const std::string& what, const std::shared_ptr<Asker>& who)
      : look_ups(where), host(what), asker(who) {}
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() { look_ups.leave(host, asker); }
};

}  // namespace

Task<NameLookUp> look_up_name(Watchdog& watchdog, std::string host, Clock::time_point limit) {
  const auto executor = co_await asio::this_coro::executor;
  // One that came before is not told again.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return NameLookUp();
  auto& look_ups = asio::use_service<LookUpsOfContext>(asio::query(executor, asio::execution::context));
  const auto asker = std::make_shared<Asker>(watchdog, executor);
  const Asking asking(look_ups, host, asker);
  look_ups.ask(host, asker, executor);
  co_await asker->wait(limit);
  const bool expired = asker->end_wait();
  auto outcome = asker->take_outcome();
  outcome.expired = expired && !outcome.finished;
  co_return outcome;
}

Task<Result<std::vector<asio::ip::address>>> addresses_of(std::string host, std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  auto& watchdog = asio::use_service<Watchdog>(asio::query(executor, asio::execution::context));
  const auto until = end_of(limit);
  auto outcome = co_await look_up_name(watchdog, host, until);
  if (outcome.expired)
    co_return fail(ErrorKind::timeout, "NameLookUpTimeout", host + ": its name was not resolved in time");
  if (!outcome.finished)
    co_return fail(ErrorKind::cancelled, "Cancelled", "cancelled while looking up " + host);
  if (outcome.error || outcome.addresses.empty())
    co_return fail(ErrorKind::network, "NameNotResolved",
                   host + ": its name was not resolved" +
                       (outcome.error ? ": " + outcome.error.message() : std::string()));
  co_return std::move(outcome.addresses);
}

std::size_t look_ups_under_way(asio::execution_context& context) {
  return asio::use_service<LookUpsOfContext>(context).under_way();
}

}  // namespace gannet::io
