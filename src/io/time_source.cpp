#include "io/time_source.hpp"

#include <ctime>
#include <random>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "io/watchdog.hpp"

namespace gannet {

using std::chrono::milliseconds;
namespace asio = boost::asio;

namespace {

// One frame for all of the wait: what is deferred needs none of its own.
Task<void> sleep_by_timer(milliseconds delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(asio::as_tuple(asio::deferred));
}

}  // namespace

Task<void> sleep_for(const TimeSource& time, milliseconds delay) {
  return time.sleep ? time.sleep(delay) : sleep_by_timer(delay);
}

namespace io {

Timestamp now_of(const TimeSource& time) {
  if (time.now) return time.now();
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

double random_of(const TimeSource& time) {
  if (time.random) return time.random();
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

Stopwatch::Stopwatch(const TimeSource& time, milliseconds limit) : time_(time), limit_(limit) {
  if (limit_ > milliseconds::zero()) started_ = read();
}

bool Stopwatch::allows(milliseconds delay) const {
  return limit_ <= milliseconds::zero() || read() - started_ + delay < limit_;
}

std::optional<std::chrono::steady_clock::time_point> Stopwatch::deadline() const {
  const auto remaining = left();
  if (!remaining || *remaining > longest_limit) return std::nullopt;
  return std::chrono::steady_clock::now() + *remaining;
}

std::optional<milliseconds> Stopwatch::left() const {
  if (limit_ <= milliseconds::zero()) return std::nullopt;
  return limit_ - (read() - started_);
}

milliseconds Stopwatch::read() const {
  if (time_.now) return time_.now().time_since_epoch();
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::floor<milliseconds>(std::chrono::seconds(now.tv_sec) +
                                          std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace io
}  // namespace gannet
