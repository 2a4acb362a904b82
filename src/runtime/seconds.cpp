#include "runtime/seconds.hpp"

#include <fmt/format.h>

namespace gannet::runtime {

std::string in_seconds(std::chrono::milliseconds duration) {
  const auto whole = duration.count() / 1000;
  std::string text = fmt::format("{}.{:03}", whole, duration.count() % 1000);
  while (text.ends_with('0') && !text.ends_with(".0")) text.pop_back();
  return text;
}

}  // namespace gannet::runtime
