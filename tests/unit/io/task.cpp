#include <stdexcept>
#include <thread>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <gannet/task.hpp>

namespace gannet {
namespace {

namespace asio = boost::asio;

Task<int> later(int value) {
  for (int i = 0; i < 3; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
  co_return value;
}

Task<int> throws() {
  co_await later(0);
  throw std::runtime_error("thrown");
}

Task<void> sets(bool& done) {
  co_await later(0);
  done = true;
}

TEST(Blocking, gives_what_the_task_gives) {
  EXPECT_EQ(blocking(later(7)), 7);
  EXPECT_EQ(blocking(later(8)), 8);
  bool done = false;
  blocking(sets(done));
  EXPECT_TRUE(done);
}

TEST(Blocking, throws_what_the_task_throws) {
  EXPECT_THROW(blocking(throws()), std::runtime_error);
  EXPECT_EQ(blocking(later(9)), 9);
}

TEST(Blocking, keeps_a_context_for_each_thread) {
  asio::io_context* const here = &detail::thread_context();
  EXPECT_EQ(&detail::thread_context(), here);
  asio::io_context* there = nullptr;
  std::thread([&] {
    there = &detail::thread_context();
    EXPECT_EQ(blocking(later(1)), 1);
  }).join();
  EXPECT_NE(there, here);
}

}  // namespace
}  // namespace gannet
