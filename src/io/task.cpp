#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gannet/task.hpp>
#include <pthread.h>

namespace gannet::detail {

namespace {

using boost::asio::io_context;

/// The context of the thread, which the C library's fork calls back in.
thread_local io_context* forking = nullptr;

template <io_context::fork_event event>
void tell_context() {
  if (forking != nullptr) forking->notify_fork(event);
}

/// A context that takes note when its thread forks: parent and child share neither descriptors that tell of
/// events nor connections.
class ForkingContext {
 public:
  ForkingContext() {
    static const int registered =
        ::pthread_atfork(tell_context<io_context::fork_prepare>, tell_context<io_context::fork_parent>,
                         tell_context<io_context::fork_child>);
    static_cast<void>(registered);
    forking = &context;
  }
  ForkingContext(const ForkingContext&) = delete;
  ForkingContext& operator=(const ForkingContext&) = delete;
  ~ForkingContext() { forking = nullptr; }

  io_context context{1};
};

}  // namespace

boost::asio::io_context& thread_context() {
  thread_local ForkingContext own;
  return own.context;
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
