// How calls run: executors, threads, cancellation, streams. docs/async.md shows the regions.
#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "local_cloud.hpp"

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace ddb = gannet::dynamodb;
namespace s3 = gannet::s3;
using gannet::ErrorKind;
using gannet::Result;
using gannet::Task;

// [coroutine]
Task<Result<std::string>> name_of(ddb::Client client, std::string user_id) {
  const std::string key = "USER#" + user_id;
  const ddb::GetItemInput request{.table_name = "users", .key = {{"PK", key}, {"SK", key}}};
  auto found = co_await client.get_item(request);
  if (!found) co_return std::unexpected(found.error());
  if (!found->item) co_return gannet::fail(ErrorKind::not_found, "NoSuchUser", "no user " + user_id);
  co_return found->item->at("name").s();
}
// [/coroutine]

void put(const ddb::Client& client, const std::string& user_id, const std::string& name) {
  const std::string key = "USER#" + user_id;
  const ddb::PutItemInput request{.table_name = "users", .item = {{"PK", key}, {"SK", key}, {"name", name}}};
  gannet::blocking(client.put_item(request)).value();
}

std::string on_a_context(const ddb::Client& client) {
  std::string name;
  // [context]
  asio::io_context context;
  asio::co_spawn(context, name_of(client, "1"),
                 [&name](std::exception_ptr thrown, Result<std::string> result) {
                   if (!thrown && result) name = *result;
                 });
  context.run();
  // [/context]
  return name;
}

std::string on_this_thread(const ddb::Client& client) {
  const Result<std::string> name = gannet::blocking(name_of(client, "1"));
  return name.value_or("");
}

int on_several_threads(const ddb::Client& client) {
  // [threads]
  asio::thread_pool pool(4);
  std::atomic<int> found = 0;
  for (int call = 0; call < 100; ++call) {
    asio::co_spawn(pool, name_of(client, "1"), [&found](std::exception_ptr, Result<std::string> name) {
      if (name) ++found;
    });
  }
  pool.join();
  // [/threads]
  return found;
}

// [both]
Task<Result<std::string>> names_of_two(ddb::Client client) {
  using namespace asio::experimental::awaitable_operators;
  auto ada = name_of(client, "1");
  auto bob = name_of(client, "2");
  auto [first, second] = co_await (std::move(ada) && std::move(bob));
  if (!first) co_return first;
  if (!second) co_return second;
  co_return *first + " and " + *second;
}
// [/both]

std::string two_on_a_strand(const ddb::Client& client) {
  std::string names;
  // [strand]
  asio::thread_pool pool(4);
  asio::co_spawn(asio::make_strand(pool), names_of_two(client),
                 [&names](std::exception_ptr, Result<std::string> result) { names = result.value_or(""); });
  pool.join();
  // [/strand]
  return names;
}

// [first]
Task<std::string> name_or_default(ddb::Client client, std::chrono::milliseconds patience) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor, patience);
  auto call = name_of(client, "1");
  auto wait = timer.async_wait(asio::use_awaitable);
  auto first = co_await (std::move(call) || std::move(wait));
  if (first.index() != 0) co_return "somebody";  // The call has been cancelled, and has ended.
  co_return std::get<0>(first).value_or("nobody");
}
// [/first]

// [deadline]
Task<Result<std::string>> name_in_time(ddb::Client client, std::chrono::milliseconds limit) {
  const ddb::GetItemInput request{.table_name = "users", .key = {{"PK", "USER#1"}, {"SK", "USER#1"}}};
  const gannet::CallOptions options{.timeout = limit};
  auto found = co_await client.get_item(request, options);
  if (!found) co_return std::unexpected(found.error());  // ErrorKind::timeout
  co_return found->item->at("name").s();
}
// [/deadline]

gannet::Error cancelled(const ddb::Client& client) {
  gannet::Error error;
  asio::io_context context;
  // [cancelling]
  asio::cancellation_signal stop;
  auto done = [&error](std::exception_ptr, Result<std::string> name) {
    if (!name) error = name.error();  // ErrorKind::cancelled
  };
  asio::co_spawn(context, name_of(client, "1"), asio::bind_cancellation_slot(stop.slot(), std::move(done)));
  asio::post(context, [&stop] { stop.emit(asio::cancellation_type::terminal); });
  // [/cancelling]
  context.run();
  return error;
}

void with_a_background(gannet::Config config) {
  // [background]
  asio::io_context context;
  config.background = context.get_executor();
  const ddb::Client client(config);
  asio::co_spawn(context, name_of(client, "1"), [](std::exception_ptr, const Result<std::string>&) {});
  context.run();
  // [/background]
}

Task<Result<std::uint64_t>> count_lines(s3::Client client, std::string key) {
  const s3::GetObjectInput request{.bucket = "receipts", .key = key};
  // [download]
  auto object = co_await client.get_object(request);
  if (!object) co_return std::unexpected(object.error());
  std::array<std::byte, 16 * 1024> buffer;
  std::uint64_t lines = 0;
  while (true) {
    auto count = co_await object->body.read_some(buffer);
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0) co_return lines;
    for (std::size_t i = 0; i < *count; ++i) lines += buffer[i] == std::byte{'\n'} ? 1 : 0;
  }
  // [/download]
}

/// `left` lines, made while they are sent.
class Lines final : public gannet::ByteSource {
 public:
  static constexpr std::string_view line = "a line\n";
  explicit Lines(std::uint64_t count) : left_(count * line.size()) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    std::size_t count = 0;
    for (; count < buffer.size() && left_ > 0; ++count, --left_)
      buffer[count] = static_cast<std::byte>(line[(line.size() - left_ % line.size()) % line.size()]);
    co_return count;
  }

 private:
  std::uint64_t left_;
};

Task<Result<void>> upload_lines(s3::Client client, std::string key, std::uint64_t count) {
  // [upload]
  auto open = [count]() -> Result<std::unique_ptr<gannet::ByteSource>> {
    return std::make_unique<Lines>(count);
  };
  const s3::PutObjectInput request{
      .body = gannet::Body::reopenable(open, count * Lines::line.size()), .bucket = "receipts", .key = key};
  auto sent = co_await client.put_object(request);
  // [/upload]
  if (!sent) co_return std::unexpected(sent.error());
  co_return Result<void>();
}

}  // namespace

int main() {
  example::Expectations that;
  const example::LocalCloud local;
  example::make_resources(local.config);
  const ddb::Client client(local.config);
  put(client, "1", "Ada");
  put(client, "2", "Bob");

  that.expect(on_a_context(client) == "Ada", "a call runs on a context");
  that.expect(on_this_thread(client) == "Ada", "a call runs on this thread");
  that.expect(on_several_threads(client) == 100, "calls run on several threads");
  that.expect(two_on_a_strand(client) == "Ada and Bob", "two calls run side by side");
  that.expect(gannet::blocking(name_or_default(client, 1h)) == "Ada", "the call is first");
  with_a_background(local.config);

  const s3::Client files(local.config);
  that.expect(gannet::blocking(upload_lines(files, "lines", 10'000)).has_value(), "lines go up");
  that.expect(gannet::blocking(count_lines(files, "lines")) == 10'000, "lines come down");

  const gannet::local::FaultRule slow{.fault = gannet::local::FaultKind::delay, .delay = 10min};
  local.cloud->set_faults({.rules = {slow}, .seed = 1}).value();
  that.expect(gannet::blocking(name_or_default(client, 1ms)) == "somebody", "the timer is first");
  const auto late = gannet::blocking(name_in_time(client, 1ms));
  that.expect(!late && late.error().kind == ErrorKind::timeout, "the deadline ends a call");
  that.expect(cancelled(client).kind == ErrorKind::cancelled, "a call is cancelled");
  return that.exit_status();
}
