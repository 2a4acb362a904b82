// Any bytes as each kind of expression: what is read is printed, read again and the same.

#include "core/expression.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace gannet::core;

constexpr std::size_t maximum_size = 4096;

template <class Parse>
void check(std::string_view text, Parse&& parse) {
  const auto parsed = parse(text);
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return;
  }
  const auto printed = to_text(*parsed);
  // Printing may add spaces.
  if (printed.size() > maximum_size) return;
  const auto again = parse(printed);
  if (!again || *again != *parsed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text, [](std::string_view expression) {
    return parse_condition(expression, ConditionParameter::condition);
  });
  check(text, [](std::string_view expression) {
    return parse_condition(expression, ConditionParameter::key_condition);
  });
  check(text, [](std::string_view expression) { return parse_update(expression); });
  const auto paths = parse_projection(text);
  if (!paths && paths.error().message.empty()) std::abort();
  return 0;
}
