#include <gannet/request_target.hpp>

#include "core/encoding.hpp"

namespace gannet::http {

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string> segments;
  for (path.remove_prefix(1); !path.empty();) {
    const std::size_t slash = path.find('/');
    auto decoded = core::uri_decode(path.substr(0, slash));
    if (!decoded || !core::is_utf8(*decoded)) return std::nullopt;
    segments.push_back(std::move(*decoded));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) segments.emplace_back();
  }
  return segments;
}

std::optional<std::vector<std::pair<std::string, std::string>>> query_parameters(std::string_view query) {
  return core::parse_query(query, true);
}

}  // namespace gannet::http
