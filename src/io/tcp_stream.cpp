#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "io/byte_stream.hpp"

namespace gannet::io {

namespace {

Step failed(int error) {
  return {Progress::failed, 0, std::generic_category().message(error)};
}

class TcpStream final : public ByteStream {
 public:
  explicit TcpStream(int socket) : socket_(socket) {}

  Step handshake() override { return {}; }

  Step read_some(std::span<std::byte> buffer) override {
    ssize_t got = 0;
    do {
      got = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got > 0) return {Progress::done, static_cast<std::size_t>(got)};
    if (got == 0) return {Progress::end};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Progress::wants_read};
    return failed(errno);
  }

  Step write(std::span<const std::span<const std::byte>> pieces) override {
    std::array<iovec, 4> vectors{};
    const std::size_t count = std::min(pieces.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i)
      vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    ssize_t sent = 0;
    do {
      sent = ::sendmsg(socket_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return {Progress::done, static_cast<std::size_t>(sent)};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Progress::wants_write};
    return failed(errno);
  }

  [[nodiscard]] bool holds_input() const noexcept override { return false; }
  [[nodiscard]] bool is_quiet() override { return socket_is_quiet(socket_); }
  void rest() noexcept override {}
  void close() noexcept override {}

 private:
  int socket_;
};

}  // namespace

std::unique_ptr<ByteStream> tcp_stream(int socket) {
  return std::make_unique<TcpStream>(socket);
}

std::size_t unacknowledged(int socket) noexcept {
  int bytes = 0;
  return ::ioctl(socket, SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

bool socket_is_quiet(int socket) noexcept {
  char byte = 0;
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace gannet::io
