#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gannet/task.hpp>

namespace gannet::detail {

boost::asio::io_context& thread_context() {
  thread_local boost::asio::io_context context(1);
  return context;
}

void run_blocking(Task<void> task) {
  boost::asio::io_context& context = thread_context();
  std::exception_ptr thrown;
  bool done = false;
  boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure) {
    thrown = failure;
    done = true;
  });
  context.restart();
  while (!done && context.run_one() != 0) {
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace gannet::detail
