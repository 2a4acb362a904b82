#include <gannet/content_type.hpp>

namespace gannet {

std::optional<std::string_view> sniff_content_type(std::string_view first_bytes) noexcept {
  using namespace std::string_view_literals;
  if (first_bytes.starts_with("\xFF\xD8\xFF"sv)) return "image/jpeg";
  if (first_bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return "image/png";
  if (first_bytes.size() >= 14 && first_bytes.starts_with("RIFF"sv) &&
      first_bytes.substr(8, 6) == "WEBPVP"sv) {
    return "image/webp";
  }
  if (first_bytes.starts_with("%PDF-"sv)) return "application/pdf";
  return std::nullopt;
}

}  // namespace gannet
