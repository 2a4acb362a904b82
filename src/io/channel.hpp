#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "io/byte_stream.hpp"
#include "io/watchdog.hpp"

namespace gannet::io {

using tcp = boost::asio::ip::tcp;

/// How a wait ended.
enum class Waited {
  ready,     ///< The socket is ready: step again.
  stalled,   ///< The peer was silent for too long.
  phase,     ///< The limit of what is being done (an attempt, a head) has passed.
  deadline,  ///< The time by which all had to end has passed.
  pause,     ///< The limit of this one wait has passed.
  cancelled,
  failed,  ///< The socket was closed under it.
};

/// The points in time that end a wait; the earliest does.
struct WaitLimits {
  Clock::duration stall{0};  ///< From the start of each wait; zero: none.
  Clock::time_point phase = Clock::time_point::max();
  Clock::time_point deadline = Clock::time_point::max();
  Clock::time_point pause = Clock::time_point::max();
};

/// The earliest of them, for a wait that begins now, and how it would then end.
struct NextLimit {
  Clock::time_point at;
  Waited kind;
};
NextLimit next_limit(const WaitLimits& limits) noexcept;

/// A connected socket with its stream, what has been read of it and not been used, and the limits its waits
/// are under. Belongs to one execution context; one operation at a time.
class Channel : public Watched {
 private:
  template <class Operation>
  auto under_limits(boost::asio::cancellation_type cancelled, Operation operation) {
    using Token = const boost::asio::as_tuple_t<boost::asio::deferred_t>;
    static constexpr Token token{boost::asio::deferred};
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [this, cancelled, operation = std::move(operation)](auto handler) {
          const NextLimit limit = next_limit(limits);
          limit_kind_ = limit.kind;
          // Nobody would end the wait of a coroutine that has been cancelled already.
          begin(
              limit.at, [&] { operation(std::move(handler)); },
              [cancelled] { return cancelled != boost::asio::cancellation_type::none; });
        },
        token);
  }

 public:
  Channel(Watchdog& watchdog, tcp::socket socket);
  ~Channel() override;

  [[nodiscard]] tcp::socket& socket() noexcept { return *socket_; }
  [[nodiscard]] ByteStream& stream() noexcept { return *stream_; }
  void use(std::unique_ptr<ByteStream> stream) { stream_ = std::move(stream); }
  [[nodiscard]] std::unique_ptr<ByteStream> take_stream() noexcept { return std::move(stream_); }
  /// Once connected: forgets that the socket was waited for to become writable, which connecting does. Asio
  /// would go on listening for it, and every acknowledgement of the peer would wake the event loop.
  boost::system::error_code forget_writability(const tcp& protocol);
  [[nodiscard]] bool is_open() const noexcept { return socket_ && socket_->is_open(); }
  void close() noexcept;
  /// Closes this process's end alone, without a word to the peer: another process goes on with the
  /// connection.
  void disown() noexcept;
  /// Its context ends: nothing of it may be touched any more.
  void abandon() noexcept;

  WaitLimits limits{};

  /// Waits until the socket is ready, a limit has passed, or the coroutine is cancelled:
  /// `settle(co_await channel.ready(what, cancelled))`, in one expression so that no wait goes without its
  /// end. `cancelled` is the coroutine's state at this moment: a cancellation between two waits is not told
  /// again.
  auto ready(tcp::socket::wait_type what, boost::asio::cancellation_type cancelled) {
    return under_limits(cancelled,
                        [this, what](auto handler) { socket_->async_wait(what, std::move(handler)); });
  }
  /// The same for the socket's being connected.
  auto connect(const tcp::endpoint& endpoint, boost::asio::cancellation_type cancelled) {
    return under_limits(
        cancelled, [this, endpoint](auto handler) { socket_->async_connect(endpoint, std::move(handler)); });
  }
  Waited settle(const std::tuple<boost::system::error_code>& ended) noexcept;

  /// What has been read and not been consumed.
  [[nodiscard]] std::string_view input() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t count) noexcept;
  /// Reads once what is there, into the input. `wants_read` with nothing read when the input is full: `bound`
  /// bytes.
  Step fill(std::size_t bound);
  /// Nothing is under way: gives up the memory that is worth more elsewhere.
  void rest() noexcept;
  [[nodiscard]] bool is_full(std::size_t bound) const noexcept { return end_ - begin_ >= bound; }

 private:
  void stop_waiting() override;

  std::optional<tcp::socket> socket_;
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Waited limit_kind_ = Waited::stalled;  ///< Of the wait that is under way.
};

}  // namespace gannet::io
