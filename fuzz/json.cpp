// Any bytes as a JSON text: what is read is written, read again and the same; and as an attribute value.

#include "core/json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/attribute_json.hpp"

namespace {

using gannet::core::JsonDocument;
using gannet::core::JsonWriter;

void require(bool truth) {
  if (!truth) std::abort();
}

void check_string(std::string_view bytes) {
  JsonWriter writer;
  writer.string(bytes);
  const auto document = JsonDocument::parse(writer.text());
  require(document.has_value());
  require((document->root().string() == bytes) == !writer.replaced_invalid_utf8());
}

void check_document(const JsonDocument& document) {
  const auto text = document.root().to_json();
  const auto again = JsonDocument::parse(text);
  require(again.has_value());
  require(again->root().to_json() == text);
}

void check_attribute_value(const JsonDocument& document) {
  const auto value = gannet::core::read_attribute_value(document.root(), "value");
  if (!value) {
    require(!value.error().message.empty());
    return;
  }
  JsonWriter writer;
  write(writer, *value);
  const auto again = JsonDocument::parse(writer.text());
  require(again.has_value());
  require(gannet::core::read_attribute_value(again->root(), "value") == *value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_string(text);
  const auto document = JsonDocument::parse(text);
  if (!document) return 0;
  check_document(*document);
  check_attribute_value(*document);
  return 0;
}
