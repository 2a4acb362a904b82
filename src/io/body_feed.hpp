#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>

#include <boost/asio/any_io_executor.hpp>
#include <gannet/body.hpp>
#include <gannet/transport.hpp>

#include "io/channel.hpp"

namespace gannet::io {

/// A request's body on its way to whoever sends it, under the limits of the request: the source is the
/// caller's, and may take its time, or for ever. Belongs to one coroutine.
class BodyFeed {
 public:
  static constexpr std::size_t largest_piece = 64 * 1024;

  /// `executor` is the coroutine's. `origin`, which errors name, must outlive it.
  BodyFeed(std::unique_ptr<ByteSource> source, const boost::asio::any_io_executor& executor,
           const Origin& origin);

  template <class T>
  using Fed = std::expected<T, TransportError>;

  /// The next bytes, `most` of them at the most, valid until the next call; none at the end. Errors are not
  /// sent: the source's own, that a limit has passed, or that the coroutine was cancelled. In the last two
  /// cases the source's read has been cancelled, and has ended. Throws what the source throws. Expects a
  /// caller that has switched throwing on cancellation off.
  Task<Fed<std::span<const std::byte>>> next(std::size_t most, const WaitLimits& limits);
  /// Whether the source gives nothing more: asks it for a byte.
  Task<Fed<bool>> has_ended(const WaitLimits& limits);

 private:
  struct Kept;
  class Read;

  Task<Fed<std::size_t>> read(std::span<std::byte> buffer, const WaitLimits& limits);

  std::shared_ptr<Kept> kept_;
  boost::asio::any_io_executor executor_;
  boost::asio::any_io_executor strand_;
  const Origin& origin_;
};

}  // namespace gannet::io
