#include "unit/io/tls_proxy.hpp"

#include <csignal>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gannet::io::testing {
namespace {

int loopback_socket(std::uint16_t port, bool listens) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  const bool done = listens ? ::bind(made, where, sizeof(address)) == 0 && ::listen(made, 16) == 0
                            : ::connect(made, where, sizeof(address)) == 0;
  if (!done) throw std::runtime_error(std::strerror(errno));
  return made;
}

/// Copies both ways until one side ends.
void relay(SSL* client, int client_socket, int server) {
  char buffer[16384];
  for (;;) {
    pollfd both[] = {{client_socket, POLLIN, 0}, {server, POLLIN, 0}};
    const bool pending = SSL_pending(client) > 0;
    if (!pending && ::poll(both, 2, -1) < 0) return;
    if (pending || both[0].revents != 0) {
      const int count = SSL_read(client, buffer, sizeof(buffer));
      if (count <= 0 || ::send(server, buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL) != count)
        return;
    }
    if (!pending && both[1].revents != 0) {
      const auto count = ::recv(server, buffer, sizeof(buffer), 0);
      if (count <= 0 || SSL_write(client, buffer, static_cast<int>(count)) <= 0) return;
    }
  }
}

void converse(SSL* client, int client_socket) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    char byte = 0;
    if (SSL_read(client, &byte, 1) <= 0) return;
    head += byte;
  }
  const bool tunnel = head.starts_with("CONNECT ");
  const std::string answer = tunnel
                                 ? "HTTP/1.1 200 OK\r\n\r\n"
                                 : "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nproxied";
  SSL_write(client, answer.data(), static_cast<int>(answer.size()));
  if (!tunnel) return;
  const int server =
      loopback_socket(static_cast<std::uint16_t>(std::stoul(head.substr(head.find(':') + 1))), false);
  relay(client, client_socket, server);
  ::close(server);
}

}  // namespace

TlsProxy::TlsProxy(const Certificate& certificate) : listener_(loopback_socket(0, true)) {
  std::signal(SIGPIPE, SIG_IGN);
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, certificate] { serve(certificate); });
}

TlsProxy::~TlsProxy() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    if (active_ >= 0) ::shutdown(active_, SHUT_RDWR);
  }
  thread_.join();
  ::close(listener_);
}

void TlsProxy::serve(const Certificate& certificate) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), certificate.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), certificate.key.get());
  for (;;) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) ::shutdown(socket, SHUT_RDWR);
      active_ = socket;
    }
    const std::shared_ptr<SSL> connection(SSL_new(context.get()), SSL_free);
    SSL_set_fd(connection.get(), socket);
    if (SSL_accept(connection.get()) == 1) converse(connection.get(), socket);
    const std::lock_guard lock(mutex_);
    active_ = -1;
    ::close(socket);
  }
}

}  // namespace gannet::io::testing
