#include "credentials/cached_credentials.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>

#include <boost/asio/strand.hpp>

#include "io/shared_fetch.hpp"
#include "io/time_source.hpp"
#include "io/without_throwing.hpp"

namespace gannet::credentials {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

using Given = Result<std::shared_ptr<const Credentials>>;
using SharedFetch = io::SharedFetch<Given>;

constexpr milliseconds first_pause = 2s;
constexpr milliseconds longest_pause = 60s;
/// For how long an advisory refresh that was begun is not looked after again.
constexpr milliseconds trusted_to_end = 30s;

/// Credentials and the moments at which something is to be done about them.
struct Held {
  Credentials credentials;
  Timestamp advisory = Timestamp::max();
  Timestamp mandatory = Timestamp::max();
  Timestamp end = Timestamp::max();
};

Error abandoned_error() {
  return {.kind = ErrorKind::configuration,
          .code = "CredentialsFetchAbandoned",
          .message = "the fetch of credentials ended with the executor it ran on (Config::background)"};
}

Error cancelled_error() {
  return {.kind = ErrorKind::cancelled,
          .code = "Cancelled",
          .message = "cancelled while waiting for credentials"};
}

Result<Credentials> thrown_error(const char* what) {
  return fail(ErrorKind::configuration, "CredentialsFetchFailed",
              std::string("the fetch of credentials failed: ") + what);
}

/// Read by every request of every thread, and replaced by a refresh. libstdc++ 12's atomic<shared_ptr>, which
/// spins on a bit of the pointer, is no quicker alone, several times slower with many threads, and no
/// sanitizer can follow it.
class HeldNow {
 public:
  [[nodiscard]] std::shared_ptr<const Held> load() const {
    const std::shared_lock lock(mutex_);
    return held_;
  }
  void store(std::shared_ptr<const Held> held) {
    const std::unique_lock lock(mutex_);
    held_.swap(held);
  }

 private:
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Held> held_;
};

class Cache : public std::enable_shared_from_this<Cache> {
 public:
  Cache(Fetch fetch, std::function<asio::any_io_executor()> background, TimeSource time)
      : fetch_(std::move(fetch)), background_(std::move(background)), time_(std::move(time)) {}

  /// What may be used without waiting for anything.
  std::shared_ptr<const Credentials> at_hand() {
    auto held = held_.load();
    if (!held) return nullptr;
    if (held->end != Timestamp::max()) {
      const auto now = io::now_of(time_);
      if (now >= held->mandatory && !is_in_pause(*held)) return nullptr;
      if (now >= held->advisory && now >= look_again_.load(std::memory_order_relaxed)) {
        look_again_.store(now + trusted_to_end, std::memory_order_relaxed);
        join(held);
      }
    }
    return credentials_of(std::move(held));
  }

  /// What was fetched last, until it ends. Begins nothing.
  std::shared_ptr<const Credentials> held() {
    auto held = held_.load();
    if (!held || (held->end != Timestamp::max() && io::now_of(time_) >= held->end)) return nullptr;
    return credentials_of(std::move(held));
  }

  /// Waits for the fetch that is under way or due.
  Task<Given> wait() {
    std::shared_ptr<SharedFetch> fetch;
    while (!fetch) {
      const auto held = held_.load();
      if (auto credentials = at_hand()) co_return credentials;
      fetch = join(held);
    }
    auto outcome = co_await SharedFetch::outcome(fetch);
    if (!outcome) co_return std::unexpected(cancelled_error());
    if (*outcome) co_return std::move(*outcome);
    if (auto held = held_.load(); held && io::now_of(time_) < held->end) {
      co_return credentials_of(std::move(held));
    }
    co_return std::move(*outcome);
  }

 private:
  static std::shared_ptr<const Credentials> credentials_of(std::shared_ptr<const Held> held) noexcept {
    const Credentials* credentials = &held->credentials;
    return {std::move(held), credentials};
  }

  /// Whether a refresh has failed a short time ago, and what is held has not ended.
  bool is_in_pause(const Held& held) {
    const auto now = io::now_of(time_);
    const std::lock_guard lock(mutex_);
    return now < held.end && now < pause_ends_;
  }

  /// The fetch that is under way, or a new one; none where others than `seen` are held by now.
  std::shared_ptr<SharedFetch> join(const std::shared_ptr<const Held>& seen) {
    const asio::any_io_executor executor = asio::make_strand(background_());
    std::shared_ptr<SharedFetch> fetch;
    {
      const std::lock_guard lock(mutex_);
      if (held_.load() != seen) return nullptr;
      if (running_ && !running_->is_settled()) return running_;
      fetch = running_ = std::make_shared<SharedFetch>(std::unexpected(abandoned_error()));
    }
    // Not under the lock: it may end at once, and ends with `settle`. What runs does not keep this cache: its
    // end may end the executor that it runs on.
    SharedFetch::start(fetch, executor, [weak = weak_from_this(), get = fetch_, time = time_] {
      return refresh(weak, get, time);
    });
    return fetch;
  }

  static Task<Given> refresh(std::weak_ptr<Cache> cache, Fetch fetch, TimeSource time) {
    Result<Credentials> fetched = std::unexpected(abandoned_error());
    try {
      fetched = co_await fetch();
    } catch (const std::exception& thrown) {
      fetched = thrown_error(thrown.what());
    }
    auto given = keepable(std::move(fetched), time);
    if (const auto still = cache.lock()) still->settle(given);
    if (!given) co_return std::unexpected(std::move(given.error()));
    co_return credentials_of(std::move(*given));
  }

  static Result<std::shared_ptr<const Held>> keepable(Result<Credentials> fetched, const TimeSource& time) {
    if (!fetched) return std::unexpected(std::move(fetched.error()));
    Held held{.credentials = std::move(*fetched)};
    if (const auto end = held.credentials.expiration) {
      const auto now = io::now_of(time);
      if (*end <= now) {
        return fail(ErrorKind::configuration, "ExpiredCredentials",
                    "the credentials that were fetched had expired already; is this machine's clock right?");
      }
      const auto windows = refresh_windows(*end - now);
      const milliseconds spread(
          static_cast<milliseconds::rep>(io::random_of(time) * 0.2 * windows.advisory.count()));
      held.end = *end;
      held.advisory = *end - windows.advisory + spread;
      held.mandatory = *end - windows.mandatory;
    }
    return std::make_shared<const Held>(std::move(held));
  }

  void settle(const Result<std::shared_ptr<const Held>>& given) {
    const std::lock_guard lock(mutex_);
    running_.reset();
    if (given) {
      failures_ = 0;
      pause_ends_ = Timestamp::min();
      held_.store(*given);
    } else {
      const auto longest = std::min(longest_pause, first_pause * (1 << std::min(failures_, 5)));
      const double share = 1.0 - 0.5 * io::random_of(time_);
      pause_ends_ =
          io::now_of(time_) +
          milliseconds(static_cast<milliseconds::rep>(share * static_cast<double>(longest.count())));
      ++failures_;
    }
    look_again_.store(pause_ends_, std::memory_order_relaxed);
  }

  const Fetch fetch_;
  const std::function<asio::any_io_executor()> background_;
  const TimeSource time_;
  HeldNow held_;
  /// Before that, an advisory refresh is under way or would come too soon after one that failed.
  std::atomic<Timestamp> look_again_{Timestamp::min()};

  std::mutex mutex_;  ///< Of what follows.
  std::shared_ptr<SharedFetch> running_;
  int failures_ = 0;  ///< Since the last success.
  Timestamp pause_ends_ = Timestamp::min();
};

class CachedCredentials final : public CredentialsProvider {
 public:
  explicit CachedCredentials(std::shared_ptr<Cache> cache) : cache_(std::move(cache)) {}

  Task<Given> resolve() override {
    const auto cache = cache_;  // The provider may end before the call does.
    auto waiting = cache->wait();
    co_return co_await io::without_throwing(std::move(waiting));
  }

  std::shared_ptr<const Credentials> peek() noexcept override {
    try {
      return cache_->at_hand();
    } catch (...) {
      return nullptr;  // `resolve` says what is wrong.
    }
  }

  std::shared_ptr<const Credentials> look() noexcept override { return cache_->held(); }

 private:
  const std::shared_ptr<Cache> cache_;
};

milliseconds advisory_window(milliseconds left) noexcept {
  if (left > 3h) return 60min;
  if (left > 30min) return 15min;
  return 5min;
}

}  // namespace

RefreshWindows refresh_windows(milliseconds left) noexcept {
  return {.advisory = std::min(advisory_window(left), left / 2),
          .mandatory = std::min<milliseconds>(1min, left / 4)};
}

std::shared_ptr<CredentialsProvider> cached_credentials(Fetch fetch,
                                                        std::function<asio::any_io_executor()> background,
                                                        TimeSource time) {
  return std::make_shared<CachedCredentials>(
      std::make_shared<Cache>(std::move(fetch), std::move(background), std::move(time)));
}

}  // namespace gannet::credentials
