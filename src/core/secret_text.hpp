#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <gannet/secret.hpp>

namespace gannet::core {

/// Makes room for `bytes` more at the end of a text that holds secrets: memory that it outgrows is wiped.
inline void make_room(std::string& text, std::size_t bytes) {
  if (text.capacity() - text.size() >= bytes) return;
  std::string larger;
  larger.reserve(std::max(2 * text.capacity(), text.size() + bytes));
  larger.append(text);
  gannet::wipe(text);
  text = std::move(larger);
}

}  // namespace gannet::core
