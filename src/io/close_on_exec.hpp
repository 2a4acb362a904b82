#pragma once

#include <cerrno>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace gannet::io {

// Asio's own sockets are passed on to every program that this one starts, which would keep their connections
// open and could read what comes on them. These are not.

/// Opens a socket or an acceptor.
template <class Socket>
boost::system::error_code open_close_on_exec(Socket& socket, const boost::asio::ip::tcp& protocol) {
  boost::system::error_code error;
  const int descriptor = ::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC, protocol.protocol());
  if (descriptor < 0) return {errno, boost::system::system_category()};
  socket.assign(protocol, descriptor, error);
  if (error) ::close(descriptor);
  return error;
}

/// Takes a connection of those that wait; `error` is `would_block` where none does. The acceptor does not
/// block.
inline boost::asio::ip::tcp::socket accept_close_on_exec(boost::asio::ip::tcp::acceptor& acceptor,
                                                         const boost::asio::any_io_executor& executor,
                                                         boost::system::error_code& error) {
  boost::asio::ip::tcp::socket accepted(executor);
  const auto protocol = acceptor.local_endpoint(error).protocol();
  if (error) return accepted;
  const int descriptor = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor < 0) {
    error.assign(errno, boost::system::system_category());
    return accepted;
  }
  accepted.assign(protocol, descriptor, error);
  if (error) ::close(descriptor);
  return accepted;
}

}  // namespace gannet::io
