#pragma once

#include <optional>
#include <string_view>

namespace gannet {

/// How many bytes from a file's start `sniff_content_type` looks at.
inline constexpr std::size_t sniffed_bytes = 16;

/// The media type that the first bytes of a file give away: `image/jpeg`, `image/png`, `image/webp` or
/// `application/pdf` (the signatures of the WHATWG MIME Sniffing Standard, section 6); nothing for anything
/// else.
std::optional<std::string_view> sniff_content_type(std::string_view first_bytes) noexcept;

}  // namespace gannet
