#include "io/connection_pool.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include <boost/asio/post.hpp>

#include "io/tls_stream.hpp"

namespace gannet::io {

namespace {

std::uint64_t next_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

void wake(std::shared_ptr<Waiter> waiter) {
  // Not before it has begun to wait: it does so in the same turn in which it was queued.
  const auto executor = waiter->executor();
  boost::asio::post(executor, [waiter = std::move(waiter)] { waiter->event.cancel(); });
}

}  // namespace

TransportSettings::TransportSettings(SocketTransportOptions given)
    : options(std::move(given)), id(next_id()) {}

Result<std::shared_ptr<const TlsContext>> TransportSettings::tls() const {
  const std::lock_guard lock(mutex_);
  // A bundle that could not be read may be there the next time.
  if (!tls_ || !*tls_) tls_ = TlsContext::create(options.ca_bundle);
  return *tls_;
}

Place::~Place() {
  if (pool_) pool_->leave();
}

Connection::Connection(Watchdog& watchdog, tcp::socket socket, Place place)
    : Channel(watchdog, std::move(socket)), pool_(place.pool()), place_(std::move(place)) {
  const std::lock_guard lock(pool_->mutex_);
  pool_->open_.insert(this);
}

Connection::~Connection() {
  const std::lock_guard lock(pool_->mutex_);
  pool_->open_.erase(this);
}

Place Connection::release_place() {
  Place released(std::move(*place_));
  place_.reset();
  return released;
}

Waiter::Waiter(Watchdog& watchdog, const boost::asio::any_io_executor& executor)
    : Watched(watchdog), event(executor, Clock::time_point::max()) {
  runs_on(executor);
}

OriginPool::OriginPool(const SocketTransportOptions& options) : options_(options) {}

OriginPool::Admission OriginPool::enter(std::optional<std::chrono::milliseconds> maximum_idle) {
  // What these hold ends after the lock does: it takes the lock.
  std::vector<std::shared_ptr<Connection>> unfit;
  std::optional<Place> surplus;
  Admission admission;
  const std::lock_guard lock(mutex_);
  if (closed_ || !waiting_.empty()) return admission;
  const auto now = idle_.empty() ? Clock::time_point{} : Clock::now();
  const auto take_place_of = [&](std::vector<std::shared_ptr<Connection>>::iterator victim) {
    admission.place.emplace((*victim)->release_place());
    unfit.push_back(std::move(*victim));
    idle_.erase(victim);
  };
  // The newest first: the oldest are the likeliest to have been closed by the peer.
  while (!idle_.empty()) {
    Connection& newest = *idle_.back();
    if (maximum_idle && now - newest.idle_since_ > *maximum_idle) break;
    if (is_fit(newest, now)) {
      admission.connection = std::move(idle_.back());
      idle_.pop_back();
      if (admission.place) surplus.emplace(std::move(*admission.place));
      admission.place.reset();
      return admission;
    }
    if (admission.place) {
      unfit.push_back(std::move(idle_.back()));
      idle_.pop_back();
    } else {
      take_place_of(std::prev(idle_.end()));
    }
  }
  if (admission.place) return admission;
  if (places_ < options_.max_connections_per_origin) {
    ++places_;
    admission.place.emplace(shared_from_this());
  } else if (!idle_.empty()) {
    take_place_of(idle_.begin());
  }
  return admission;
}

bool OriginPool::is_fit(Connection& connection, Clock::time_point now) const {
  return now - connection.opened_ <= options_.max_age && now - connection.idle_since_ <= options_.max_idle &&
         connection.is_open() && connection.stream().is_quiet();
}

void OriginPool::enqueue(std::shared_ptr<Waiter> waiter) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(waiter));
}

void OriginPool::dequeue(const Waiter& waiter) {
  std::shared_ptr<Waiter> gone;
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(),
                   [&](const std::shared_ptr<Waiter>& queued) { return queued.get() == &waiter; });
  if (found == waiting_.end()) return;
  gone = std::move(*found);
  waiting_.erase(found);
}

void OriginPool::give_back(std::shared_ptr<Connection> connection) {
  std::vector<std::shared_ptr<Connection>> old;
  const std::lock_guard lock(mutex_);
  if (closed_ || !connection->is_open()) {
    old.push_back(std::move(connection));
    return;
  }
  connection->reused = true;
  connection->idle_since_ = Clock::now();
  if (!waiting_.empty()) {
    const auto waiter = std::move(waiting_.front());
    waiting_.pop_front();
    waiter->connection = std::move(connection);
    wake(waiter);
    return;
  }
  while (!idle_.empty() && idle_.front()->idle_since_ + options_.max_idle < connection->idle_since_) {
    old.push_back(std::move(idle_.front()));
    idle_.erase(idle_.begin());
  }
  idle_.push_back(std::move(connection));
}

void OriginPool::leave() noexcept {
  std::shared_ptr<Waiter> next;
  const std::lock_guard lock(mutex_);
  if (closed_ || waiting_.empty()) {
    --places_;
    return;
  }
  next = std::move(waiting_.front());
  waiting_.pop_front();
  next->place.emplace(shared_from_this());
  wake(next);
}

void OriginPool::close_idle() {
  std::vector<std::shared_ptr<Connection>> old;
  const std::lock_guard lock(mutex_);
  old.swap(idle_);
}

bool OriginPool::is_unused() {
  const std::lock_guard lock(mutex_);
  return places_ == 0 && waiting_.empty();
}

void OriginPool::shutdown() noexcept {
  std::vector<std::shared_ptr<Connection>> idle;
  std::deque<std::shared_ptr<Waiter>> waiting;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (Connection* const connection : open_) connection->abandon();
    idle.swap(idle_);
    waiting.swap(waiting_);
  }
}

boost::asio::execution_context::id ConnectionPool::id;

ConnectionPool::ConnectionPool(boost::asio::execution_context& context)
    : boost::asio::execution_context::service(context),
      watchdog_(boost::asio::use_service<Watchdog>(context)) {}

std::size_t ConnectionPool::Hash::operator()(const KeyView& key) const noexcept {
  return std::hash<std::string_view>{}(key.origin.host) ^ (key.settings << 17U) ^ key.origin.port;
}

std::shared_ptr<OriginPool> ConnectionPool::origin(const std::shared_ptr<const TransportSettings>& settings,
                                                   const Origin& origin) {
  const std::lock_guard lock(mutex_);
  const auto found = origins_.find(KeyView{settings->id, origin});
  if (found != origins_.end()) return found->second.pool;
  prune();
  auto pool = std::make_shared<OriginPool>(settings->options);
  origins_.emplace(Key{settings->id, origin}, Entry{settings, pool});
  return pool;
}

void ConnectionPool::prune() {
  for (auto entry = origins_.begin(); entry != origins_.end();) {
    if (entry->second.settings.expired()) entry->second.pool->close_idle();
    if (entry->second.pool.use_count() == 1 && entry->second.pool->is_unused())
      entry = origins_.erase(entry);
    else
      ++entry;
  }
}

void ConnectionPool::shutdown() noexcept {
  const std::lock_guard lock(mutex_);
  for (auto& origin : origins_) origin.second.pool->shutdown();
  origins_.clear();
}

}  // namespace gannet::io
