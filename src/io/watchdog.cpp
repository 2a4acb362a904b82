#include "io/watchdog.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

namespace gannet::io {

namespace {

// Limits that pass within this time of one another are found by one look at the list.
constexpr std::chrono::milliseconds granularity{2};

/// The executor of an io_context, where `executor` is nothing else and this thread is running that context:
/// then the handler that runs counts as work, and taking the timer off the count cannot bring it to zero.
std::optional<boost::asio::io_context::executor_type> running_context(
    const boost::asio::any_io_executor& executor) {
  const auto* const plain = executor.target<boost::asio::io_context::executor_type>();
  if (plain == nullptr || !plain->running_in_this_thread()) return std::nullopt;
  return *plain;
}

}  // namespace

boost::asio::any_io_executor without_strand(const boost::asio::any_io_executor& executor) {
  using boost::asio::any_io_executor;
  using boost::asio::io_context;
  using boost::asio::strand;
  using boost::asio::thread_pool;
  if (const auto* outer = executor.target<strand<any_io_executor>>())
    return without_strand(outer->get_inner_executor());
  if (const auto* outer = executor.target<strand<io_context::executor_type>>())
    return outer->get_inner_executor();
  if (const auto* outer = executor.target<strand<thread_pool::executor_type>>())
    return outer->get_inner_executor();
  return executor;
}

Watched::~Watched() {
  forget();
}

void Watched::watch(Clock::time_point limit) {
  if (watchdog_ != nullptr) watchdog_->watch(*this, limit);
}

bool Watched::forget() noexcept {
  const std::lock_guard lock(mutex_);
  return watchdog_ != nullptr && watchdog_->forget(*this);
}

void Watched::stop(std::uint64_t round) {
  const std::lock_guard lock(mutex_);
  if (waits_ && round_ == round) stop_waiting();
}

boost::asio::execution_context::id Watchdog::id;

Watchdog::Watchdog(boost::asio::execution_context& context)
    : boost::asio::execution_context::service(context) {}

void Watchdog::watch(Watched& item, Clock::time_point limit) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  ++item.round_;
  item.limit_ = limit;
  item.expired_ = false;
  item.waits_ = true;
  link(item);
  if (limit != Clock::time_point::max() && (!armed_ || limit < *armed_)) arm(limit, item.executor_);
}

bool Watchdog::forget(Watched& item) noexcept {
  const std::lock_guard lock(mutex_);
  if (!item.waits_) return false;
  item.waits_ = false;
  unlink(item);
  if (first_ == nullptr && armed_ && counts_as_work_) {
    armed_.reset();
    timer_->cancel();
  }
  return std::exchange(item.expired_, false);
}

void Watchdog::shutdown() noexcept {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  timer_.reset();
  armed_.reset();
  while (first_ != nullptr) unlink(*first_);
}

void Watchdog::arm(Clock::time_point at, const boost::asio::any_io_executor& executor) {
  if (!timer_) timer_.emplace(without_strand(executor));
  armed_ = at;
  timer_->expires_at(at);
  const auto plain = running_context(timer_->get_executor());
  timer_->async_wait([this, plain](const boost::system::error_code& error) {
    if (plain) plain->on_work_started();  // What the end of this handler takes off again.
    if (!error) on_timer();
  });
  // Asio counts a pending timer as work, so it would have to be cancelled with the last wait and set again
  // with the next: two system calls and a turn of the event loop more for every request of a program that
  // sends one after the other. Where the count can be put right instead, the timer stays armed.
  counts_as_work_ = !plain;
  if (plain) plain->on_work_finished();
}

void Watchdog::on_timer() {
  std::vector<Late> late;
  {
    const std::lock_guard lock(mutex_);
    armed_.reset();
    if (closed_ || first_ == nullptr) return;
    const auto now = Clock::now();
    auto earliest = Clock::time_point::max();
    for (Watched* item = first_; item != nullptr;) {
      Watched* const next = item->next_;
      if (item->limit_ <= now) {
        // An object without owners is in its destructor, and about to be forgotten.
        if (auto owned = item->weak_from_this().lock()) {
          item->expired_ = true;
          unlink(*item);
          late.push_back({std::move(owned), item->round_});
        }
      } else {
        earliest = std::min(earliest, item->limit_);
      }
      item = next;
    }
    if (earliest != Clock::time_point::max()) arm(std::max(earliest, now + granularity), first_->executor_);
  }
  for (const Late& one : late) one.item->stop(one.round);
}

void Watchdog::link(Watched& item) noexcept {
  if (item.previous_ != nullptr || first_ == &item) return;
  item.previous_ = nullptr;
  item.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &item;
  first_ = &item;
}

void Watchdog::unlink(Watched& item) noexcept {
  if (item.previous_ != nullptr)
    item.previous_->next_ = item.next_;
  else if (first_ == &item)
    first_ = item.next_;
  if (item.next_ != nullptr) item.next_->previous_ = item.previous_;
  item.previous_ = nullptr;
  item.next_ = nullptr;
}

}  // namespace gannet::io
