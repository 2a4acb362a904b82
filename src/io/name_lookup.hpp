#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <gannet/result.hpp>
#include <gannet/task.hpp>

namespace gannet::io {

/// The addresses of a host name, as the system resolves it; one at least. Errors are of kind network, timeout
/// (after `limit`; zero means none) or cancelled. A look-up that takes too long is left behind: the system's
/// own cannot be stopped. Expects a caller that has switched throwing on cancellation off.
Task<Result<std::vector<boost::asio::ip::address>>> addresses_of(std::string host,
                                                                 std::chrono::milliseconds limit);

}  // namespace gannet::io
