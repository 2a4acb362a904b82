#include "core/arn.hpp"

#include <array>

namespace gannet::core {

std::optional<std::string_view> Arn::resource_part(std::size_t index) const noexcept {
  std::string_view rest = resource;
  while (true) {
    const auto end = rest.find_first_of(":/");
    if (index == 0) return rest.substr(0, end);
    if (end == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end + 1);
    --index;
  }
}

std::optional<Arn> parse_arn(std::string_view text) noexcept {
  std::array<std::string_view, 5> parts;  // "arn" and what stands before the resource
  for (std::string_view& part : parts) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (parts[0] != "arn" || parts[1].empty() || parts[2].empty() || text.empty()) return std::nullopt;
  return Arn{.partition = parts[1],
             .service = parts[2],
             .region = parts[3],
             .account_id = parts[4],
             .resource = text};
}

}  // namespace gannet::core
