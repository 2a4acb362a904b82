#include "io/connection_pool.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include "io/tls_stream.hpp"

namespace gannet::io {

namespace {

std::uint64_t next_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

TransportSettings::TransportSettings(SocketTransportOptions given)
    : options(std::move(given)),
      id(next_id()),
      https_(route_through(options.proxies.https)),
      http_(route_through(options.proxies.http)),
      no_proxy_(options.proxies.no_proxy) {}

Reached TransportSettings::reached(const Origin& origin) const {
  const Reached& through = origin.tls ? https_ : http_;
  const bool direct = (through && *through == nullptr) || no_proxy_.covers(origin);
  return direct ? Reached(nullptr) : through;
}

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
  close();  // Before its place is another's: the peer never sees more than may be open.
  if (pool_->reached() && *pool_->reached() != nullptr) wipe(outgoing);  // A proxy's password went with it.
  const std::lock_guard lock(pool_->mutex_);
  pool_->open_.erase(this);
}

Place Connection::release_place() {
  Place released(std::move(*place_));
  place_.reset();
  return released;
}

OriginPool::OriginPool(const SocketTransportOptions& options, Reached reached)
    : max_connections_(options.max_connections_per_origin),
      max_age_(limit_of(options.max_age)),
      max_idle_(limit_of(options.max_idle)),
      reached_(std::move(reached)) {}

OriginPool::Admission OriginPool::enter(std::optional<std::chrono::milliseconds> maximum_idle,
                                        const std::shared_ptr<Waiter>& waiter) {
  // What these hold ends after the lock does: it takes the lock.
  std::vector<std::shared_ptr<Connection>> unfit;
  std::optional<Place> surplus;
  const std::lock_guard lock(mutex_);
  // Nobody overtakes those who wait.
  const bool may_enter = !closed_ && waiting_.empty();
  Admission admission = may_enter ? admit(maximum_idle, unfit, surplus) : Admission();
  // In the same breath: a place given up in between would be nobody's.
  if (waiter && !closed_ && !admission.connection && !admission.place)
    waiter->queued_ = waiting_.insert(waiting_.end(), waiter);
  return admission;
}

OriginPool::Admission OriginPool::admit(std::optional<std::chrono::milliseconds> maximum_idle,
                                        std::vector<std::shared_ptr<Connection>>& unfit,
                                        std::optional<Place>& surplus) {
  Admission admission;
  const auto now = idle_.empty() ? Clock::time_point{} : Clock::now();
  const auto take_place_of = [&](std::vector<std::shared_ptr<Connection>>::iterator victim) {
    admission.place.emplace((*victim)->release_place());
    unfit.push_back(std::move(*victim));
    idle_.erase(victim);
  };
  // The newest first: the oldest are the likeliest to have been closed by the peer.
  while (!idle_.empty()) {
    Connection& newest = *idle_.back();
    if (maximum_idle && now - newest.idle_since_ > limit_of(*maximum_idle)) break;
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
  if (places_ < max_connections_) {
    ++places_;
    admission.place.emplace(shared_from_this());
  } else if (!idle_.empty()) {
    take_place_of(idle_.begin());
  }
  return admission;
}

bool OriginPool::is_young(const Connection& connection, Clock::time_point now) const {
  return now - connection.opened_ <= max_age_;
}

bool OriginPool::is_fresh(const Connection& connection, Clock::time_point now) const {
  return is_young(connection, now) && now - connection.idle_since_ <= max_idle_;
}

bool OriginPool::is_fit(Connection& connection, Clock::time_point now) const {
  return is_fresh(connection, now) && connection.is_open() && connection.stream().is_quiet();
}

void OriginPool::dequeue(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (!waiter.queued_) return;
  waiting_.erase(*waiter.queued_);
  waiter.queued_.reset();
}

/// The first of those who wait, who then waits no more.
std::shared_ptr<Waiter> OriginPool::pop_waiter() noexcept {
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  first->queued_.reset();
  return first;
}

void OriginPool::give_back(std::shared_ptr<Connection> connection) {
  // What these hold ends after the lock does: it takes the lock.
  std::vector<std::shared_ptr<Connection>> old;
  std::shared_ptr<Waiter> waiter;
  const std::lock_guard lock(mutex_);
  if (closed_ || !connection->is_open()) {
    old.push_back(std::move(connection));
    return;
  }
  connection->reused = true;
  connection->idle_since_ = Clock::now();
  if (!waiting_.empty()) {
    waiter = pop_waiter();
    // Where requests always wait, a connection is never idle: its age is looked at here.
    if (is_young(*connection, connection->idle_since_)) {
      waiter->give(std::move(connection));
    } else {
      connection->close();
      waiter->give(connection->release_place());
      old.push_back(std::move(connection));
    }
    return;
  }
  while (!idle_.empty() && !is_fresh(*idle_.front(), connection->idle_since_)) {
    old.push_back(std::move(idle_.front()));
    idle_.erase(idle_.begin());
  }
  connection->rest();
  idle_.push_back(std::move(connection));
}

void OriginPool::leave() noexcept {
  std::shared_ptr<Waiter> next;
  const std::lock_guard lock(mutex_);
  if (closed_ || waiting_.empty()) {
    --places_;
    return;
  }
  next = pop_waiter();
  next->give(Place(shared_from_this()));
}

void OriginPool::close_idle() {
  std::vector<std::shared_ptr<Connection>> old;
  const std::lock_guard lock(mutex_);
  old.swap(idle_);
}

void OriginPool::disown_idle() {
  std::vector<std::shared_ptr<Connection>> old;
  const std::lock_guard lock(mutex_);
  old.swap(idle_);
  for (const auto& connection : old) connection->disown();
}

void OriginPool::close_stale(Clock::time_point now) {
  std::vector<std::shared_ptr<Connection>> old;
  const std::lock_guard lock(mutex_);
  std::erase_if(idle_, [&](std::shared_ptr<Connection>& connection) {
    if (is_fresh(*connection, now)) return false;
    old.push_back(std::move(connection));
    return true;
  });
}

bool OriginPool::is_unused() {
  const std::lock_guard lock(mutex_);
  return places_ == 0 && waiting_.empty();
}

void OriginPool::shutdown() noexcept {
  std::vector<std::shared_ptr<Connection>> idle;
  std::list<std::shared_ptr<Waiter>> waiting;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (Connection* const connection : open_) connection->abandon();
    idle.swap(idle_);
    waiting.swap(waiting_);
    for (const auto& waiter : waiting) waiter->queued_.reset();
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
  if (std::exchange(forked_, false)) {
    for (auto& each : origins_) each.second.pool->disown_idle();
  }
  const auto found = origins_.find(KeyView{settings->id, origin});
  if (found != origins_.end()) return found->second.pool;
  prune(Clock::now());
  auto pool = std::make_shared<OriginPool>(settings->options, settings->reached(origin));
  origins_.emplace(Key{settings->id, origin}, Entry{settings, pool});
  return pool;
}

void ConnectionPool::make_room() {
  constexpr std::chrono::seconds often_enough{1};
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (now - pruned_ >= often_enough) prune(now);
}

void ConnectionPool::prune(Clock::time_point now) {
  pruned_ = now;
  for (auto entry = origins_.begin(); entry != origins_.end();) {
    if (entry->second.settings.expired())
      entry->second.pool->close_idle();
    else
      entry->second.pool->close_stale(now);
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

void ConnectionPool::notify_fork(boost::asio::execution_context::fork_event event) {
  // Nothing is closed yet: Asio's part of this context may still be the parent's, who would hear no more of its
  // own sockets.
  if (event == boost::asio::execution_context::fork_child) forked_ = true;
}

}  // namespace gannet::io
