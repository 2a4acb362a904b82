#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <gannet/result.hpp>
#include <gannet/task.hpp>

#include "io/watchdog.hpp"

namespace gannet::io {

/// What came of looking up a host's name.
struct NameLookUp {
  bool finished = false;              ///< Else nobody waits for it any more.
  bool expired = false;               ///< Not finished, because the limit has passed.
  boost::system::error_code error{};  ///< The system's.
  std::vector<boost::asio::ip::address> addresses{};
};

/// Asks the system for the addresses of `host`, until `limit` or a cancellation. A look-up that takes longer
/// is left behind: the system's own cannot be stopped. Expects a caller that has switched throwing on
/// cancellation off.
Task<NameLookUp> look_up_name(Watchdog& watchdog, std::string host, Clock::time_point limit);

/// The same with one address at least, or an error of kind network, timeout (after `limit`; zero means none)
/// or cancelled, which names the host.
Task<Result<std::vector<boost::asio::ip::address>>> addresses_of(std::string host,
                                                                 std::chrono::milliseconds limit);

}  // namespace gannet::io
