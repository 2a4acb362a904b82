// One GetItem in the client: `client` through the library, `exchange` through its transport alone with a
// request made beforehand, `floor` through a bare socket that sends prebuilt bytes and reads the answer.
// Prints CPU and wall microseconds a request, and its allocations.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
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

#include "allocations.hpp"
#include "cpu_time.hpp"
#include "io/socket_transport.hpp"

namespace {

constexpr std::string_view body =
    R"({"TableName":"fetch-data","Key":{"PK":{"S":"USER#123"},"SK":{"S":"USER#123"}}})";
constexpr std::string_view authorization =
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260301/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
    "Signature=0000000000000000000000000000000000000000000000000000000000000000";

std::uint16_t number_of(const std::string& port) {
  return static_cast<std::uint16_t>(std::atoi(port.c_str()));
}

void run(gannet::Task<void> task) {
  boost::asio::io_context context(1);
  boost::asio::co_spawn(context, std::move(task), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  context.run();
}

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
  run(get_items(client, count));
}

gannet::Task<void> exchange(gannet::Transport& transport, const gannet::HttpRequest& request, int count) {
  const gannet::AttemptLimits limits;
  for (int i = 0; i < count; ++i) {
    auto answer = co_await transport.send(request, gannet::Body(std::string(body)), limits);
    if (!answer || answer->status != 200) std::exit(1);
    auto whole = co_await answer->body.read_all(1 << 20);
    if (!whole || whole->size() < 100) std::exit(1);
  }
}

void through_the_transport(const std::string& port, int count) {
  gannet::HttpRequest request;
  request.method = "POST";
  request.origin = {false, "127.0.0.1", number_of(port)};
  request.path = "/";
  request.headers.add("Content-Type", "application/x-amz-json-1.0");
  request.headers.add("X-Amz-Target", "DynamoDB_20120810.GetItem");
  request.headers.add("X-Amz-Date", "20260301T120000Z");
  request.headers.add("User-Agent", "floor");
  request.headers.add("Authorization", std::string(authorization));
  const auto transport = gannet::io::socket_transport();
  run(exchange(*transport, request, count));
}

void through_a_socket(const std::string& port, int count) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(number_of(port));
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(1);
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::string request = fmt::format(
      "POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\nContent-Type: "
      "application/x-amz-json-1.0\r\n"
      "X-Amz-Target: DynamoDB_20120810.GetItem\r\nX-Amz-Date: 20260301T120000Z\r\nUser-Agent: floor\r\n"
      "Authorization: {}\r\n\r\n{}",
      port, body.size(), authorization, body);
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
  const std::map<std::string_view, void (*)(const std::string&, int)> ways = {
      {"client", through_the_library}, {"exchange", through_the_transport}, {"floor", through_a_socket}};
  if (argc < 3 || !ways.contains(argv[1])) {
    fmt::print(stderr, "usage: bench_get_item client|exchange|floor PORT [COUNT [CORE]]\n");
    return 2;
  }
  const auto run = ways.at(argv[1]);
  const int count = argc > 3 ? std::atoi(argv[3]) : 50'000;
  if (argc > 4) bench::pin(std::atoi(argv[4]));
  run(argv[2], count / 10);
  const double cpu = bench::cpu_microseconds();
  const double wall = bench::wall_microseconds();
  const std::size_t allocations = bench::allocations().count;
  run(argv[2], count);
  fmt::print("{:.2f} {:.2f} {:.1f}\n", (bench::cpu_microseconds() - cpu) / count,
             (bench::wall_microseconds() - wall) / count,
             static_cast<double>(bench::allocations().count - allocations) / count);
}
