#pragma once

#include <string>

#include <gannet/config.hpp>

namespace gannet::runtime {

/// The user agent in the form that AWS's SDKs have agreed on (version 2.1): ours, the system, the language,
/// where the program runs and its name. The name loses what is behind its 50th character, and signs that the
/// form does not allow become '-'.
std::string user_agent(const Config& config);

}  // namespace gannet::runtime
