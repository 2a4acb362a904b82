// Presigned URLs per second, through the public call. The clock moves on with every URL, as it does for a
// service, and what comes out is looked at: a URL must differ from the one before and carry its signature.

#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gannet/credentials_provider.hpp>
#include <gannet/s3.hpp>

#include "cpu_time.hpp"

namespace {

gannet::Task<void> presign_all(const gannet::s3::Client& client, gannet::Timestamp& now, int count) {
  gannet::s3::PutObjectInput input{
      .bucket = "fetch-receipts", .content_type = "image/jpeg", .key = "receipts/user-123/receipt-456.jpg"};
  std::string last;
  for (int i = 0; i < count; ++i) {
    now += std::chrono::seconds(1);
    auto presigned = co_await client.presign_put_object(input, std::chrono::seconds(900));
    if (!presigned || presigned->url.reveal() == last ||
        presigned->url.reveal().find("X-Amz-Signature=") == std::string::npos) {
      fmt::print(stderr, "a URL is wrong\n");
      std::exit(1);
    }
    last = presigned->url.reveal();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 200'000;
  gannet::Timestamp now(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
  gannet::Config config;
  config.region = "us-east-1";
  config.credentials = gannet::static_credentials(
      {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
       .secret_access_key = gannet::Secret("example-secret-access-key-of-forty-chars")});
  config.time.now = [&now] { return now; };
  const gannet::s3::Client client(config);

  boost::asio::io_context context(1);
  boost::asio::co_spawn(context, presign_all(client, now, count / 10), boost::asio::detached);
  context.run();
  context.restart();

  const double cpu = bench::cpu_microseconds();
  const double wall = bench::wall_microseconds();
  boost::asio::co_spawn(context, presign_all(client, now, count), boost::asio::detached);
  context.run();
  const double spent = bench::cpu_microseconds() - cpu;
  fmt::print("{:.0f} {:.3f}\n", count / (bench::wall_microseconds() - wall) * 1e6, spent / count);
}
