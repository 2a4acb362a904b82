#include "io/channel.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace gannet::io {

namespace {

constexpr std::size_t first_capacity = 16 * 1024;

}  // namespace

NextLimit next_limit(const WaitLimits& limits) noexcept {
  NextLimit next{limits.deadline, Waited::deadline};
  if (limits.phase < next.at) next = {limits.phase, Waited::phase};
  if (limits.pause < next.at) next = {limits.pause, Waited::pause};
  if (limits.stall.count() > 0) {
    const auto silent_until = Clock::now() + limits.stall;
    if (silent_until < next.at) next = {silent_until, Waited::stalled};
  }
  return next;
}

Channel::Channel(Watchdog& watchdog, tcp::socket socket) : Watched(watchdog), socket_(std::move(socket)) {}

Channel::~Channel() {
  close();
}

boost::system::error_code Channel::forget_writability(const tcp& protocol) {
  boost::system::error_code error;
  const auto executor = socket_->get_executor();
  const int descriptor = socket_->release(error);
  if (error) return error;
  socket_.emplace(executor);
  socket_->assign(protocol, descriptor, error);
  if (error) ::close(descriptor);
  return error;
}

void Channel::close() noexcept {
  if (stream_) {
    if (is_open()) stream_->close();
    stream_.reset();
  }
  if (socket_) {
    boost::system::error_code ignored;
    socket_->close(ignored);
  }
}

void Channel::disown() noexcept {
  stream_.reset();
  close();
}

void Channel::abandon() noexcept {
  Watched::abandon();
  close();
  socket_.reset();
}

Waited Channel::settle(const std::tuple<boost::system::error_code>& ended) noexcept {
  const bool expired = forget();
  const auto error = std::get<0>(ended);
  if (!error) return Waited::ready;
  if (error != boost::asio::error::operation_aborted) return Waited::failed;
  if (expired) return limit_kind_;
  return is_open() ? Waited::cancelled : Waited::failed;
}

void Channel::stop_waiting() {
  boost::system::error_code ignored;
  if (socket_) socket_->cancel(ignored);
}

void Channel::consume(std::size_t count) noexcept {
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

void Channel::rest() noexcept {
  if (capacity_ > first_capacity && begin_ == end_) {
    buffer_.reset();
    capacity_ = begin_ = end_ = 0;
  }
  stream_->rest();
}

Step Channel::fill(std::size_t bound) {
  const std::size_t held = end_ - begin_;
  if (held >= bound) return {Progress::wants_read};
  if (end_ == capacity_) {
    if (begin_ != 0 && held <= capacity_ / 2) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, held);
    } else {
      capacity_ = std::max(first_capacity, capacity_ * 2);
      auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
      if (held != 0) std::memcpy(larger.get(), buffer_.get() + begin_, held);
      buffer_ = std::move(larger);
    }
    begin_ = 0;
    end_ = held;
  }
  const std::size_t room = std::min(capacity_ - end_, bound - held);
  auto step = stream_->read_some(std::as_writable_bytes(std::span(buffer_.get() + end_, room)));
  if (step.progress == Progress::done) end_ += step.bytes;
  return step;
}

}  // namespace gannet::io
