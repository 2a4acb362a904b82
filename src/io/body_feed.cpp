#include "io/body_feed.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>

#include "io/connect.hpp"

namespace gannet::io {

namespace {

namespace asio = boost::asio;

}  // namespace

/// What a read that outlives its coroutine, because their context ends, still refers to.
struct BodyFeed::Kept {
  std::unique_ptr<ByteSource> source;
  std::unique_ptr<std::byte[]> buffer;
};

/// One read of the source. It runs on a strand, for the caller's executor may be run by several threads, and
/// apart from who waits for it: nothing of Asio's that one of the two does touches the other.
class BodyFeed::Read final : public WatchedEvent {
 public:
  Read(const asio::any_io_executor& executor, std::shared_ptr<Kept> kept)
      : WatchedEvent(asio::use_service<Watchdog>(asio::query(executor, asio::execution::context)), executor),
        kept_(std::move(kept)) {}

  /// A source that has its bytes at hand gives them before this returns.
  static void start(const std::shared_ptr<Read>& read, const asio::any_io_executor& strand,
                    std::span<std::byte> buffer) {
    asio::co_spawn(strand, run(read, buffer),
                   asio::bind_cancellation_slot(read->signal_.slot(), [read](const std::exception_ptr&) {}));
  }
  static void cancel(const std::shared_ptr<Read>& read, const asio::any_io_executor& strand) {
    asio::post(strand, [read] {
      if (read->goes_on_) read->signal_.emit(asio::cancellation_type::terminal);
    });
  }

  /// Not while it is waited for.
  bool has_ended() {
    bool ended = false;
    end_wait_after([&] { ended = ended_; });
    return ended;
  }
  /// Once it has ended.
  Result<std::size_t> take_outcome() {
    if (thrown_) std::rethrow_exception(thrown_);
    return std::move(outcome_);
  }
  [[nodiscard]] bool has_thrown() const noexcept { return thrown_ != nullptr; }

 private:
  static Task<void> run(std::shared_ptr<Read> read, std::span<std::byte> buffer) {
    Result<std::size_t> outcome;
    std::exception_ptr thrown;
    try {
      outcome = co_await read->kept_->source->read_some(buffer);
    } catch (...) {
      thrown = std::current_exception();
    }
    read->goes_on_ = false;
    read->happen([&] {
      read->outcome_ = std::move(outcome);
      read->thrown_ = thrown;
      read->ended_ = true;
    });
  }

  std::shared_ptr<Kept> kept_;
  // The strand's.
  asio::cancellation_signal signal_;
  bool goes_on_ = true;
  // What it came to.
  Result<std::size_t> outcome_;
  std::exception_ptr thrown_;
  bool ended_ = false;
};

BodyFeed::BodyFeed(std::unique_ptr<ByteSource> source, const asio::any_io_executor& executor,
                   const Origin& origin)
    : kept_(std::make_shared<Kept>(
          Kept{std::move(source), std::make_unique_for_overwrite<std::byte[]>(largest_piece + 1)})),
      executor_(executor),
      strand_(asio::make_strand(executor)),
      origin_(origin) {}

Task<BodyFeed::Fed<std::span<const std::byte>>> BodyFeed::next(std::size_t most, const WaitLimits& limits) {
  const std::span<std::byte> buffer(kept_->buffer.get(), std::min(most, largest_piece));
  auto count = co_await read(buffer, limits);
  if (!count) co_return std::unexpected(std::move(count.error()));
  co_return buffer.first(*count);
}

Task<BodyFeed::Fed<bool>> BodyFeed::has_ended(const WaitLimits& limits) {
  // Behind what `next` gave, which is still to be sent.
  const std::span<std::byte> spare(kept_->buffer.get() + largest_piece, 1);
  auto count = co_await read(spare, limits);
  if (!count) co_return std::unexpected(std::move(count.error()));
  co_return *count == 0;
}

Task<BodyFeed::Fed<std::size_t>> BodyFeed::read(std::span<std::byte> buffer, const WaitLimits& limits) {
  const auto stopped = [this](Waited how) {
    return std::unexpected(wait_error(how, origin_, "waiting for the request's body", Delivery::not_sent));
  };
  const auto none = asio::cancellation_type::none;
  if ((co_await asio::this_coro::cancellation_state).cancelled() != none)
    co_return stopped(Waited::cancelled);
  const NextLimit limit = next_limit(limits);
  const auto pending = std::make_shared<Read>(executor_, kept_);
  Read::start(pending, strand_, buffer);
  auto until = limit.at;
  auto waited = Waited::ready;
  while (!pending->has_ended()) {
    co_await pending->wait(until);
    const bool expired = pending->end_wait();
    if (waited != Waited::ready || pending->has_ended()) continue;
    waited = expired ? limit.kind : Waited::cancelled;
    // It may refer to what its caller holds: it is to end before the call does.
    until = Clock::time_point::max();
    Read::cancel(pending, strand_);
  }
  if (waited != Waited::ready) co_return stopped(waited);
  // Whatever a source throws that somebody else has stopped as well, it is the cancellation that is told.
  if (pending->has_thrown() && (co_await asio::this_coro::cancellation_state).cancelled() != none)
    co_return stopped(Waited::cancelled);
  auto outcome = pending->take_outcome();
  if (!outcome) co_return std::unexpected(TransportError{std::move(outcome.error()), Delivery::not_sent});
  co_return *outcome;
}

}  // namespace gannet::io
