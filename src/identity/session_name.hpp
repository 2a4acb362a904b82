#pragma once

#include <string>

#include <gannet/config.hpp>

#include "io/time_source.hpp"

namespace gannet::identity {

/// A role session's name where the user gives none.
inline std::string new_session_name(const TimeSource& time) {
  return "gannet-" + std::to_string(io::now_of(time).time_since_epoch().count());
}

}  // namespace gannet::identity
