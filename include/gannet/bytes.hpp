#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace gannet {

/// Binary data: the blob members of the services' inputs and outputs.
using Bytes = std::vector<std::byte>;

/// The bytes of `text`, which must outlive the view.
inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// `bytes` seen as characters; the bytes must outlive the view.
inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

}  // namespace gannet
