#pragma once

#include <string>

namespace gannet::local {

/// A random UUID (RFC 9562, version 4), as the services name versions and requests.
std::string random_uuid();

}  // namespace gannet::local
