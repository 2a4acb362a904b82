// CPU time of one GetItem in the client: `client` through the library, `floor` through a bare socket that
// sends prebuilt bytes and reads the answer. Prints CPU and wall microseconds a request.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gannet/credentials_provider.hpp>
#include <gannet/dynamodb.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cpu_time.hpp"

namespace {

gannet::Task<void> get_items(const gannet::dynamodb::Client& client, int count) {
  const gannet::dynamodb::GetItemInput input{.table_name = "fetch-data",
                                             .key = {{"PK", "USER#123"}, {"SK", "USER#123"}}};
  for (int i = 0; i < count; ++i) {
    auto found = co_await client.get_item(input);
    if (!found || !found->item || found->item->at("name").s() != "Ada Lovelace") {
      fmt::print(stderr, "wrong answer: {}\n", found ? "no item" : to_string(found.error()));
      std::exit(1);
    }
  }
}

void through_the_library(const std::string& port, int count) {
  gannet::Config config;
  config.region = "us-east-1";
  config.endpoint_url = "http://127.0.0.1:" + port;
  config.credentials = gannet::static_credentials(
      {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
       .secret_access_key = gannet::Secret("example-secret-access-key-of-forty-chars")});
  const gannet::dynamodb::Client client(config);
  boost::asio::io_context context(1);
  boost::asio::co_spawn(context, get_items(client, count), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  context.run();
}

void through_a_socket(const std::string& port, int count) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(1);
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::string_view body =
      R"({"TableName":"fetch-data","Key":{"PK":{"S":"USER#123"},"SK":{"S":"USER#123"}}})";
  const std::string request = fmt::format(
      "POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\nContent-Type: "
      "application/x-amz-json-1.0\r\n"
      "X-Amz-Target: DynamoDB_20120810.GetItem\r\nX-Amz-Date: 20260301T120000Z\r\nUser-Agent: floor\r\n"
      "Authorization: AWS4-HMAC-SHA256 "
      "Credential=AKIAIOSFODNN7EXAMPLE/20260301/us-east-1/dynamodb/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
      "Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n\r\n{}",
      port, body.size(), body);
  std::array<char, 65536> buffer;
  for (int i = 0; i < count; ++i) {
    if (write(connection, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
      std::exit(1);
    if (read(connection, buffer.data(), buffer.size()) < 100) std::exit(1);
  }
  close(connection);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: bench_get_item client|floor PORT [COUNT [CORE]]\n");
    return 2;
  }
  const bool client = std::string_view(argv[1]) == "client";
  const int count = argc > 3 ? std::atoi(argv[3]) : 50'000;
  if (argc > 4) bench::pin(std::atoi(argv[4]));
  const auto run = [&](int requests) {
    client ? through_the_library(argv[2], requests) : through_a_socket(argv[2], requests);
  };
  run(count / 10);
  const double cpu = bench::cpu_microseconds();
  const double wall = bench::wall_microseconds();
  run(count);
  fmt::print("{:.2f} {:.2f}\n", (bench::cpu_microseconds() - cpu) / count,
             (bench::wall_microseconds() - wall) / count);
}
