#include "io/background_thread.hpp"

#include <future>
#include <system_error>

#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace gannet::io {
namespace {

std::thread::id thread_of(BackgroundThread& background) {
  std::packaged_task<std::thread::id()> task(std::this_thread::get_id);
  return boost::asio::post(background.executor(), std::move(task)).get();
}

std::thread no_more_threads(const std::function<void()>&) {
  throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
}

TEST(BackgroundThread, is_one_thread_that_starts_when_first_needed) {
  int started = 0;
  BackgroundThread background([&](std::function<void()> work) {
    ++started;
    return std::thread(std::move(work));
  });
  EXPECT_EQ(started, 0);
  const auto id = thread_of(background);
  EXPECT_NE(id, std::this_thread::get_id());
  EXPECT_EQ(thread_of(background), id);
  EXPECT_EQ(started, 1);
}

TEST(BackgroundThread, that_could_not_be_started_is_started_by_the_next_call) {
  bool exhausted = true;
  BackgroundThread background([&](std::function<void()> work) {
    return exhausted ? no_more_threads(work) : std::thread(std::move(work));
  });
  EXPECT_THROW(background.executor(), std::system_error);
  EXPECT_THROW(background.executor(), std::system_error);
  exhausted = false;
  EXPECT_NE(thread_of(background), std::this_thread::get_id());
}

TEST(BackgroundThread, that_could_never_be_started_ends_in_peace) {
  BackgroundThread background(no_more_threads);
  EXPECT_THROW(background.executor(), std::system_error);
}

TEST(BackgroundThread, that_ends_itself_is_not_waited_for) {
  auto background = std::make_shared<BackgroundThread>();
  std::promise<void> dropped;
  std::packaged_task<void()> task([held = background, others = dropped.get_future()]() mutable {
    others.wait();
    held.reset();
  });
  auto ended = boost::asio::post(background->executor(), std::move(task));
  background.reset();
  dropped.set_value();
  ended.get();
}

}  // namespace
}  // namespace gannet::io
