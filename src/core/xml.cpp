#include "core/xml.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <type_traits>

#include <expat.h>
#include <gannet/secret.hpp>

#include "core/utf8.hpp"

namespace gannet::core {

namespace {

std::string_view without_prefix(std::string_view name) noexcept {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// Builds the tree from what Expat reports; stops the parser at the first thing that is refused.
class TreeBuilder {
 public:
  TreeBuilder(XML_Parser parser, std::size_t maximum_depth) : parser_(parser), maximum_depth_(maximum_depth) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(
        parser,
        [](void* self, const char* name, const char** attributes) { from(self).open(name, attributes); },
        [](void* self, const char*) { from(self).open_.pop_back(); });
    XML_SetCharacterDataHandler(parser, [](void* self, const char* text, int length) {
      from(self).text({text, static_cast<std::size_t>(length)});
    });
    XML_SetStartDoctypeDeclHandler(parser, [](void* self, const char*, const char*, const char*, int) {
      from(self).refuse("a document type declaration is not allowed");
    });
  }

  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }
  [[nodiscard]] XmlElement take() { return std::move(root_); }

 private:
  static TreeBuilder& from(void* self) { return *static_cast<TreeBuilder*>(self); }

  void open(const char* name, const char** attributes) {
    if (open_.size() == maximum_depth_) {
      return refuse("elements are nested deeper than " + std::to_string(maximum_depth_) + " levels");
    }
    // An element's address is good while it is open: its parent gets no other child before.
    auto& element = open_.empty() ? root_ : open_.back()->children.emplace_back();
    element.name = without_prefix(name);
    for (; *attributes != nullptr; attributes += 2)
      element.attributes.emplace_back(attributes[0], attributes[1]);
    open_.push_back(&element);
  }

  void text(std::string_view content) {
    if (!open_.empty()) open_.back()->text += content;
  }

  void refuse(std::string reason) {
    if (!refusal_.empty()) return;
    refusal_ = std::move(reason);
    XML_StopParser(parser_, XML_FALSE);
  }

  XML_Parser parser_;
  std::size_t maximum_depth_;
  XmlElement root_;
  std::vector<XmlElement*> open_;
  std::string refusal_;
};

/// XML 1.0 has no character U+FFFE or U+FFFF.
bool is_noncharacter(std::string_view sequence) noexcept {
  return sequence == "\xEF\xBF\xBE" || sequence == "\xEF\xBF\xBF";
}

/// Whether XML 1.0 has an ASCII character, be it by reference.
bool is_ascii_of_xml(char character) noexcept {
  return static_cast<unsigned char>(character) >= 0x20 || character == '\t' || character == '\n' ||
         character == '\r';
}

bool is_text_of_xml(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0 || is_noncharacter(text.substr(0, length))) return false;
    if (length == 1 && !is_ascii_of_xml(text.front())) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const noexcept {
  const auto found = std::ranges::find(children, child, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child) const noexcept {
  const auto* found = find(child);
  return found == nullptr ? std::string_view() : found->text;
}

const std::string* XmlElement::attribute(std::string_view attribute_name) const noexcept {
  const auto found = std::ranges::find(attributes, attribute_name,
                                       [](const auto& pair) -> const std::string& { return pair.first; });
  return found == attributes.end() ? nullptr : &found->second;
}

void wipe(XmlElement& element) noexcept {
  gannet::wipe(element.text);
  for (auto& [name, value] : element.attributes) gannet::wipe(value);
  for (XmlElement& child : element.children) wipe(child);
}

Result<XmlElement> parse_xml(std::string_view text, std::size_t maximum_depth) {
  const auto malformed = [](const std::string& reason) {
    return fail(ErrorKind::protocol, "MalformedXML", "The XML document cannot be read: " + reason + ".");
  };
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    return malformed("it is too large");

  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  if (parser == nullptr) return malformed("there is not enough memory");
  TreeBuilder builder(parser.get(), maximum_depth);
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) == XML_STATUS_OK) {
    return builder.take();
  }
  const auto reason =
      builder.refusal().empty() ? XML_ErrorString(XML_GetErrorCode(parser.get())) : builder.refusal().c_str();
  return malformed("line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ", column " +
                   std::to_string(XML_GetCurrentColumnNumber(parser.get()) + 1) + ": " + reason);
}

void XmlWriter::open(std::string_view name, std::string_view xmlns, std::string_view attributes) {
  out_ += '<';
  out_ += name;
  if (!xmlns.empty()) {
    out_ += " xmlns=\"";
    text(xmlns);
    out_ += '"';
  }
  if (!attributes.empty()) {
    if (!is_text_of_xml(attributes)) mark_misfit();
    out_ += ' ';
    out_ += attributes;
  }
  out_ += '>';
}

void XmlWriter::close(std::string_view name) {
  out_ += "</";
  out_ += name;
  out_ += '>';
}

void XmlWriter::text(std::string_view content) {
  while (!content.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::ranges::find_if(content,
                             [](char character) {
                               const auto byte = static_cast<unsigned char>(character);
                               return (byte < 0x20 && byte != '\n' && byte != '\t') || byte >= 0x7F ||
                                      byte == '<' || byte == '>' || byte == '&' || byte == '"';
                             }) -
        content.begin());
    out_.append(content.data(), plain);
    content.remove_prefix(plain);
    if (content.empty()) return;

    const auto character = content.front();
    std::size_t taken = 1;
    if (character == '<') {
      out_ += "&lt;";
    } else if (character == '>') {
      out_ += "&gt;";
    } else if (character == '&') {
      out_ += "&amp;";
    } else if (character == '"') {
      out_ += "&quot;";
    } else if (static_cast<unsigned char>(character) < 0x80) {
      if (!is_ascii_of_xml(character)) mark_misfit();
      out_ += "&#" + std::to_string(static_cast<int>(character)) + ';';
    } else {
      taken = utf8_sequence_length(content);
      const auto sequence = content.substr(0, taken);
      const bool fits = taken != 0 && !is_noncharacter(sequence);
      if (!fits) mark_misfit();
      out_ += fits ? sequence : replacement_character;
      taken = std::max<std::size_t>(taken, 1);
    }
    content.remove_prefix(taken);
  }
}

std::optional<std::string> XmlWriter::misfit() const {
  if (!misfit_) return std::nullopt;
  const std::string_view before = std::string_view(out_).substr(0, *misfit_);
  const std::string_view tag = before.substr(before.rfind('<') + 1);
  return std::string(tag.substr(0, tag.find_first_of(" >")));
}

}  // namespace gannet::core
