#include <gannet/task.hpp>

namespace gannet::detail {

boost::asio::io_context& thread_context() {
  thread_local boost::asio::io_context context{1};
  return context;
}

}  // namespace gannet::detail
