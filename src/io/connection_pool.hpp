#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/execution_context.hpp>
#include <gannet/http.hpp>
#include <gannet/result.hpp>

#include "core/proxy_rules.hpp"
#include "io/channel.hpp"
#include "io/http_parser.hpp"
#include "io/proxy_route.hpp"
#include "io/socket_transport.hpp"

namespace gannet::io {

class TlsContext;
class OriginPool;

/// What one transport's connections have in common, in all contexts. Thread-safe.
class TransportSettings {
 public:
  explicit TransportSettings(SocketTransportOptions given);

  /// Made at the first call.
  Result<std::shared_ptr<const TlsContext>> tls() const;
  Reached reached(const Origin& origin) const;

  const SocketTransportOptions options;
  const std::uint64_t id;  ///< Never the same for two.

 private:
  mutable std::mutex mutex_;
  mutable std::optional<Result<std::shared_ptr<const TlsContext>>> tls_;
  const Reached https_;
  const Reached http_;
  const core::NoProxy no_proxy_;
};

/// The right to have one of an origin's connections; whoever waits longest gets it when it is given up.
class Place {
 public:
  explicit Place(std::shared_ptr<OriginPool> pool) : pool_(std::move(pool)) {}
  Place(Place&&) noexcept = default;
  Place& operator=(Place&&) noexcept = delete;
  ~Place();

  [[nodiscard]] const std::shared_ptr<OriginPool>& pool() const noexcept { return pool_; }

 private:
  std::shared_ptr<OriginPool> pool_;
};

/// A client's connection to an origin. Dropping it closes it.
class Connection final : public Channel {
 public:
  Connection(Watchdog& watchdog, tcp::socket socket, Place place);
  ~Connection() override;

  /// For another address of the same origin.
  [[nodiscard]] Place release_place();

  ResponseParser parser{};
  std::string outgoing{};  ///< Heads are put together here, in memory that is used again.
  bool reused = false;

 private:
  friend class OriginPool;

  std::shared_ptr<OriginPool> pool_;
  std::optional<Place> place_;
  Clock::time_point opened_ = Clock::now();
  Clock::time_point idle_since_{};
};

/// A request that waits for a connection.
class Waiter final : public WatchedEvent {
 public:
  using WatchedEvent::WatchedEvent;

  void give(std::shared_ptr<Connection> given) {
    happen([&] { connection = std::move(given); });
  }
  void give(Place given) {
    happen([&] { place.emplace(std::move(given)); });
  }

  /// The outcome: at most one is set, once it is in the queue no more.
  std::shared_ptr<Connection> connection{};
  std::optional<Place> place{};

 private:
  friend class OriginPool;
  std::optional<std::list<std::shared_ptr<Waiter>>::iterator> queued_{};  ///< The pool's.
};

/// The connections to one origin in one context. Thread-safe.
class OriginPool final : public std::enable_shared_from_this<OriginPool> {
 public:
  OriginPool(const SocketTransportOptions& options, Reached reached);

  /// The proxy to go through, none for the direct way, or why the one there is cannot be used.
  [[nodiscard]] const Reached& reached() const noexcept { return reached_; }

  /// An idle connection that is fit for use, or the right to open one, or neither: then `waiter`, if there is
  /// one, is put at the end of the queue.
  struct Admission {
    std::shared_ptr<Connection> connection{};
    std::optional<Place> place{};
  };
  Admission enter(std::optional<std::chrono::milliseconds> maximum_idle,
                  const std::shared_ptr<Waiter>& waiter = nullptr);
  void dequeue(Waiter& waiter);

  /// For the next request: everything of the last one has been read. Whoever waits longest gets the
  /// connection, or its place if it is too old to be used again.
  void give_back(std::shared_ptr<Connection> connection);

  void shutdown() noexcept;
  /// Whether neither connections nor requests have to do with it.
  [[nodiscard]] bool is_unused();
  void close_idle();
  /// Lets go of the idle ones, which are the parent's of this process.
  void disown_idle();
  /// Closes the idle ones that are not used again.
  void close_stale(Clock::time_point now);

 private:
  friend class Place;
  friend class Connection;

  Admission admit(std::optional<std::chrono::milliseconds> maximum_idle,
                  std::vector<std::shared_ptr<Connection>>& unfit, std::optional<Place>& surplus);
  void leave() noexcept;
  [[nodiscard]] std::shared_ptr<Waiter> pop_waiter() noexcept;
  [[nodiscard]] bool is_young(const Connection& connection, Clock::time_point now) const;
  [[nodiscard]] bool is_fresh(const Connection& connection, Clock::time_point now) const;
  [[nodiscard]] bool is_fit(Connection& connection, Clock::time_point now) const;

  const std::size_t max_connections_;
  const Clock::duration max_age_;
  const Clock::duration max_idle_;
  const Reached reached_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Connection>> idle_;  // The newest last.
  std::unordered_set<Connection*> open_;           // Idle or not.
  std::list<std::shared_ptr<Waiter>> waiting_;
  std::size_t places_ = 0;
  bool closed_ = false;
};

/// All connections of an execution context, closed when it ends. Thread-safe.
class ConnectionPool final : public boost::asio::execution_context::service {
 public:
  using key_type = ConnectionPool;
  static boost::asio::execution_context::id id;

  explicit ConnectionPool(boost::asio::execution_context& context);

  std::shared_ptr<OriginPool> origin(const std::shared_ptr<const TransportSettings>& settings,
                                     const Origin& origin);
  /// To be called before a connection is opened: closes those of all origins that are too old by now. So a
  /// program that goes on, be it to other origins, keeps none for much longer than its limits say.
  void make_room();
  [[nodiscard]] Watchdog& watchdog() noexcept { return watchdog_; }

 private:
  void shutdown() noexcept override;
  void notify_fork(boost::asio::execution_context::fork_event event) override;
  void prune(Clock::time_point now);

  struct KeyView {
    std::uint64_t settings;
    const Origin& origin;
  };
  struct Key {
    std::uint64_t settings;
    Origin origin;
    operator KeyView() const noexcept { return {settings, origin}; }  // NOLINT(google-explicit-constructor)
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const KeyView& key) const noexcept;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const KeyView& left, const KeyView& right) const noexcept {
      return left.settings == right.settings && left.origin == right.origin;
    }
  };
  struct Entry {
    std::weak_ptr<const TransportSettings> settings;
    std::shared_ptr<OriginPool> pool;
  };

  Watchdog& watchdog_;
  std::mutex mutex_;
  std::unordered_map<Key, Entry, Hash, Equal> origins_;
  Clock::time_point pruned_{};
  bool forked_ = false;  ///< What is idle is the parent's, and still to be let go of.
};

}  // namespace gannet::io
