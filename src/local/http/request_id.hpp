#pragma once

#include <string>

#include "local/http/route.hpp"

namespace gannet::local {

/// A new request's id, in the form that service gives: 52 letters and digits, 16 hex digits, or a UUID.
std::string new_request_id(ServiceKind service);

}  // namespace gannet::local
