// Any bytes as an XML document: a tree that is read is written, read again and the same.

#include "core/xml.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using gannet::core::XmlElement;
using gannet::core::XmlWriter;

// Names are not written: what is left of one without its prefix need not be a name.
void write(XmlWriter& writer, const XmlElement& element) {
  writer.open("element");
  writer.text(element.text);
  for (const auto& child : element.children) write(writer, child);
  writer.close("element");
}

bool same(const XmlElement& left, const XmlElement& right) {
  if (left.text != right.text || left.children.size() != right.children.size()) return false;
  for (std::size_t index = 0; index < left.children.size(); ++index) {
    if (!same(left.children[index], right.children[index])) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto root = gannet::core::parse_xml({reinterpret_cast<const char*>(data), size});
  if (!root) return 0;
  XmlWriter writer;
  write(writer, *root);
  const auto again = gannet::core::parse_xml(writer.str());
  if (!again || !same(*root, *again)) std::abort();
  return 0;
}
