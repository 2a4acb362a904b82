#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/result.hpp>

namespace gannet::core {

/// An element with its text and children, namespaces' prefixes removed from names.
struct XmlElement {
  std::string name;
  std::string text;  ///< All character data directly in it, joined.
  std::vector<std::pair<std::string, std::string>> attributes;  ///< Prefixes kept: "xsi:type".
  std::vector<XmlElement> children;

  [[nodiscard]] const XmlElement* find(std::string_view child) const noexcept;
  [[nodiscard]] std::string_view text_of(std::string_view child) const noexcept;  ///< "" when absent.
  [[nodiscard]] const std::string* attribute(std::string_view attribute_name) const noexcept;
};

/// Overwrites all text and attributes in it.
void wipe(XmlElement& element) noexcept;

/// Parses a document. No DTD, no external or custom entities, bounded depth. Errors are of kind `protocol`,
/// code "MalformedXML", with line and column.
Result<XmlElement> parse_xml(std::string_view text, std::size_t maximum_depth = 100);

/// Writes XML text straight into a string; balance is the caller's.
class XmlWriter {
 public:
  void declaration() { out_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"; }
  /// `xmlns` "" for none; `attributes` as written inside the tag, escaped by the caller.
  void open(std::string_view name, std::string_view xmlns = {}, std::string_view attributes = {});
  void close(std::string_view name);
  /// Escaped: markup and quotes, control characters but tab and newline as character references (a reader of
  /// XML 1.0 takes only carriage return and DEL of them; so does parse_xml), bytes that are not UTF-8 as
  /// U+FFFD. `misfit` tells of what no reader gets back as it was.
  void text(std::string_view content);
  void element(std::string_view name, std::string_view content) {
    open(name);
    text(content);
    close(name);
  }
  [[nodiscard]] const std::string& str() const noexcept { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }
  /// The name of the first element that was given what XML 1.0 cannot carry (bytes that are not UTF-8,
  /// control characters, U+FFFE and U+FFFF), for callers that would rather refuse than alter a text.
  [[nodiscard]] std::optional<std::string> misfit() const;

 private:
  void mark_misfit() {
    if (!misfit_) misfit_ = out_.size();
  }

  std::string out_;
  std::optional<std::size_t> misfit_;  ///< How much had been written before the first.
};

}  // namespace gannet::core
