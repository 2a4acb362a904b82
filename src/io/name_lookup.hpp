#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <boost/asio/execution_context.hpp>
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

/// Asks the system for the addresses of `host`, until `limit` or a cancellation. A context's look-ups wait
/// for one another, as Asio has one thread for them. So those who ask for the same host at the same time
/// share one, and one that nobody waits for any more is withdrawn; only where the system is at it already it
/// is left behind, for that cannot be stopped. Expects a caller that has switched throwing on cancellation
/// off.
Task<NameLookUp> look_up_name(Watchdog& watchdog, std::string host, Clock::time_point limit);

/// The same with one address at least, or an error of kind network, timeout (after `limit`; zero means none)
/// or cancelled, which names the host.
Task<Result<std::vector<boost::asio::ip::address>>> addresses_of(std::string host,
                                                                 std::chrono::milliseconds limit);

/// How many look-ups somebody waits for in that context.
std::size_t look_ups_under_way(boost::asio::execution_context& context);

}  // namespace gannet::io
