#pragma once

#include <map>
#include <string>
#include <string_view>

#include <gannet/config.hpp>

namespace gannet::identity {

/// The origin of credentials that were found nowhere.
inline constexpr const char* not_found = "nowhere";

/// What `Config::explain` compares to see whether a setting was changed since it was loaded.
std::map<std::string, std::string> values_to_compare(const Config& config);

/// `url` with `***` for a password in it.
std::string masked_url(std::string_view url);

}  // namespace gannet::identity
