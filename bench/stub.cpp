// Answers every HTTP request on loopback with the same bytes: a DynamoDB GetItem answer. Prints its port;
// ends with its standard input. It does as little as a server can, so that what is measured is the client.

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cpu_time.hpp"

namespace {

constexpr std::string_view body =
    R"({"Item":{"PK":{"S":"USER#123"},"SK":{"S":"USER#123"},"entity_type":{"S":"USER"},"name":{"S":"Ada Lovelace"},)"
    R"("email":{"S":"ada@example.com"},"points":{"N":"1815"}}})";

std::string answer(std::uint32_t crc) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: Sun, 01 Mar 2026 12:00:00 GMT\r\n"
      "Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\nConnection: keep-alive\r\n"
      "x-amzn-RequestId: 6RLTDQ0TQ3BS1OFD1MCLUSPIJVVV4KQNSO5AEMVJF66Q9ASUAAJG\r\nx-amz-crc32: {}\r\n\r\n{}",
      body.size(), crc, body);
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1U ? (crc >> 1) ^ 0xEDB88320U : crc >> 1;
  }
  return ~crc;
}

/// Bytes of the request at the buffer's start, or 0 while it is not whole.
std::size_t whole_request(std::string_view buffer) {
  const std::size_t head = buffer.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  std::size_t length = 0;
  for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    if (const std::size_t at = buffer.substr(0, head + 2).find(name); at != std::string_view::npos) {
      std::from_chars(buffer.data() + at + name.size(), buffer.data() + head, length);
    }
  }
  const std::size_t size = head + 4 + length;
  return buffer.size() >= size ? size : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) bench::pin(std::atoi(argv[1]));
  const std::string response = answer(crc32(body));
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 128) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::perror("stub");
    return 1;
  }
  fmt::print("{}\n", ntohs(address.sin_port));
  std::fflush(stdout);

  const int events = epoll_create1(0);
  const auto watch = [events](int descriptor) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &event);
  };
  watch(listener);
  watch(STDIN_FILENO);
  std::map<int, std::string> pending;
  std::array<char, 65536> buffer;
  for (;;) {
    epoll_event event{};
    if (epoll_wait(events, &event, 1, -1) < 1) continue;
    const int descriptor = event.data.fd;
    if (descriptor == STDIN_FILENO) return 0;
    if (descriptor == listener) {
      const int connection = accept(listener, nullptr, nullptr);
      const int on = 1;
      setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(connection);
      continue;
    }
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got <= 0) {
      close(descriptor);
      pending.erase(descriptor);
      continue;
    }
    std::string& bytes = pending[descriptor];
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    while (const std::size_t size = whole_request(bytes)) {
      bytes.erase(0, size);
      if (write(descriptor, response.data(), response.size()) < 0) break;
    }
  }
}
