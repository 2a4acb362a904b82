// Any bytes as a command line: the words that are read, each quoted, are read again.

#include "identity/command_words.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = gannet::identity::command_words({reinterpret_cast<const char*>(data), size});
  if (!words) {
    if (words.error().message.empty()) std::abort();
    return 0;
  }
  std::string line;
  for (const std::string& word : *words) {
    line += '\'';
    for (const char c : word) {
      if (c == '\'') {
        line += "'\\''";
      } else {
        line += c;
      }
    }
    line += "' ";
  }
  if (gannet::identity::command_words(line) != *words) std::abort();
  return 0;
}
