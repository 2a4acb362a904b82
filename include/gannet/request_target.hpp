#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gannet::http {

/// The segments of a request's path, percent-decoded one by one, so that a `%2F` stays inside its segment:
/// "/users/a%2Fb" gives {"users", "a/b"}. Nothing where an escape is broken or the result is not UTF-8.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

/// The pairs of a query string, percent-decoded, `+` standing for a space. Nothing where an escape is broken.
std::optional<std::vector<std::pair<std::string, std::string>>> query_parameters(std::string_view query);

}  // namespace gannet::http
