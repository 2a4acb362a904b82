// The memory of a call that succeeds at once and of one that succeeds after failures, without sockets: the
// most bytes that were live during one call beyond those before it, and its allocations. A line for each
// number of failures: failures, bytes, allocations.

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gannet/dynamodb.hpp>

#include "allocations.hpp"

namespace {

using namespace std::chrono_literals;

/// Fails so often, then answers.
class FailingFirst final : public gannet::Transport {
 public:
  gannet::Task<std::expected<gannet::HttpResponse, gannet::TransportError>> send(
      const gannet::HttpRequest&, gannet::Body, gannet::AttemptLimits) override {
    if (failures > 0) {
      --failures;
      co_return gannet::HttpResponse{
          .status = 500,
          .body = gannet::BodyReader(
              R"({"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"})")};
    }
    co_return gannet::HttpResponse{
        .status = 200,
        .body = gannet::BodyReader(
            R"({"Item":{"PK":{"S":"USER#123"},"SK":{"S":"USER#123"},"entity_type":{"S":"USER"},"name":{"S":"Ada Lovelace"},)"
            R"("email":{"S":"ada@example.com"},"points":{"N":"1815"}}})")};
  }
  int failures = 0;
};

/// Bytes at the peak, and allocations.
struct Taken {
  std::size_t bytes = 0;
  std::size_t allocations = 0;
};

gannet::Task<void> get_item(const gannet::dynamodb::Client& client,
                            const gannet::dynamodb::GetItemInput& input, Taken& taken) {
  // Asio keeps a timer's memory on its thread for the next one: that is there before the call, as in a service.
  const gannet::TimeSource real;
  co_await gannet::sleep_for(real, 1ms);
  const auto before = bench::allocations();
  bench::forget_peak();
  const auto found = co_await client.get_item(input);
  const auto after = bench::allocations();
  taken = {static_cast<std::size_t>(after.peak - before.live),
           static_cast<std::size_t>(after.count - before.count)};
  if (!found || !found->item) {
    fmt::print(stderr, "wrong answer: {}\n", found ? "no item" : to_string(found.error()));
    std::exit(1);
  }
}

}  // namespace

int main() {
  const auto transport = std::make_shared<FailingFirst>();
  gannet::Config config;
  config.region = "us-east-1";
  config.credentials = gannet::static_credentials(
      {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
       .secret_access_key = gannet::Secret("example-secret-access-key-of-forty-chars")});
  config.transport = transport;
  config.retry = {.max_attempts = 8, .base_delay = 1ms, .jitter = gannet::Jitter::none};
  const gannet::dynamodb::Client client(config);
  const gannet::dynamodb::GetItemInput input{.table_name = "fetch-data",
                                             .key = {{"PK", "USER#123"}, {"SK", "USER#123"}}};
  boost::asio::io_context context(1);
  const auto call = [&](int failures) {
    transport->failures = failures;
    context.restart();
    Taken taken;
    boost::asio::co_spawn(context, get_item(client, input, taken), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    context.run();
    return taken;
  };
  call(7);  // The first of a program fills caches, and has the context get ready for timers.
  for (const int failures : {0, 1, 3, 7}) {
    const auto [bytes, allocations] = call(failures);
    fmt::print("{} {} {}\n", failures, bytes, allocations);
  }
}
