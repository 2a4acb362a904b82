#pragma once

#include <string>
#include <string_view>

namespace gannet::core {

/// `bytes` as one gzip member. The same bytes give the same result: it bears no time.
std::string gzip(std::string_view bytes);

}  // namespace gannet::core
