#pragma once

#include <string>

namespace gannet::core {

/// A random UUID (RFC 9562, version 4) from the system's generator: 36 characters, lower case. Thread-safe.
std::string uuid4();

}  // namespace gannet::core
