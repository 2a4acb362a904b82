#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "credentials/profile_text.hpp"

// Whatever the file holds: sections and keys that were read are found again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gannet::credentials::ProfileText;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = ProfileText::parse(text, "file");
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  for (const auto& section : parsed->sections()) {
    if (parsed->section(section.name) != &section) std::abort();
    (void)parsed->section("profile", section.name);
    for (const auto& entry : section.entries) {
      if (section.find(entry.key) != &entry) std::abort();
    }
  }
  return 0;
}
