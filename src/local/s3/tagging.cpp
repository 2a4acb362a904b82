#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/encoding.hpp"
#include "core/xml.hpp"
#include "local/s3/operations.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::size_t longest_tag_key = 128;
constexpr std::size_t longest_tag_value = 256;

using Tags = std::vector<std::pair<std::string, std::string>>;

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

/// Letters, digits and spaces of any script, and `+ - = . _ : / @`.
bool has_tag_characters(std::string_view text) noexcept {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 +-=._:/@";
  return std::ranges::all_of(text, [&](char byte) {
    return static_cast<unsigned char>(byte) >= 0x80 || allowed.find(byte) != std::string_view::npos;
  });
}

Outcome<std::string> checked(const Tags& tags, std::size_t most) {
  if (tags.size() > most) {
    return refuse(400, "BadRequest", fmt::format("Object tags cannot be greater than {}", most));
  }
  std::string text;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const auto& [key, value] = tags[i];
    if (key.empty() || count_characters(key) > longest_tag_key || !has_tag_characters(key)) {
      return refuse(400, "InvalidTag", "The TagKey you have provided is invalid", "TagKey", key);
    }
    if (count_characters(value) > longest_tag_value || !has_tag_characters(value)) {
      return refuse(400, "InvalidTag", "The TagValue you have provided is invalid", "TagKey", key);
    }
    const auto same = [&](const auto& tag) { return tag.first == key; };
    if (std::any_of(tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(i), same)) {
      return refuse(400, "InvalidTag", "Cannot provide multiple Tags with the same key", "TagKey", key);
    }
    if (!text.empty()) text += '&';
    core::append_uri_encoded(text, key);
    text += '=';
    core::append_uri_encoded(text, value);
  }
  return text;
}

}  // namespace

Outcome<std::string> parse_tag_list(std::string_view text, std::size_t most) {
  const auto tags = core::parse_query(text, true);
  if (!tags || !std::ranges::all_of(*tags, [](const auto& tag) {
        return core::is_utf8(tag.first) && core::is_utf8(tag.second);
      })) {
    return invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without "
        "tag name "
        "duplicates.",
        "x-amz-tagging", std::string(text));
  }
  return checked(*tags, most);
}

Outcome<std::string> parse_tag_document(std::string_view document, std::size_t most) {
  const auto root = core::parse_xml(document);
  if (!root || root->name != "Tagging") return malformed_xml();
  const core::XmlElement* set = root->find("TagSet");
  if (set == nullptr) return malformed_xml();
  Tags tags;
  for (const core::XmlElement& tag : set->children) {
    if (tag.name != "Tag" || tag.find("Key") == nullptr || tag.find("Value") == nullptr)
      return malformed_xml();
    tags.emplace_back(tag.text_of("Key"), tag.text_of("Value"));
  }
  return checked(tags, most);
}

std::string tag_document(std::string_view tags) {
  core::XmlWriter xml;
  xml.declaration();
  xml.open("Tagging", xml_namespace);
  xml.open("TagSet");
  for (const auto& [key, value] : core::parse_query(tags).value_or(Tags())) {
    if (key.empty()) continue;
    xml.open("Tag");
    xml.element("Key", key);
    xml.element("Value", value);
    xml.close("Tag");
  }
  xml.close("TagSet");
  xml.close("Tagging");
  return xml.take();
}

std::size_t count_tags(std::string_view tags) {
  return tags.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(tags, '&')) + 1;
}

Answer get_object_tagging(Service& service, Request& request, const Bucket& bucket) {
  const auto object = find_object(service, request, bucket);
  if (!object) return std::unexpected(object.error());
  return xml_answer(tag_document(object->tags));
}

Task<Answer> put_object_tagging(Service& service, Request& request, Bucket bucket) {
  const auto document = co_await receive_document(request);
  if (!document) co_return std::unexpected(document.error());
  const auto tags = parse_tag_document(*document, most_object_tags);
  if (!tags) co_return std::unexpected(tags.error());
  const auto object = find_object(service, request, bucket);
  if (!object) co_return std::unexpected(object.error());
  service.catalog.set_object_tags(object->id, *tags);
  co_return empty_answer(200);
}

Answer delete_object_tagging(Service& service, Request& request, const Bucket& bucket) {
  const auto object = find_object(service, request, bucket);
  if (!object) return std::unexpected(object.error());
  service.catalog.set_object_tags(object->id, "");
  return empty_answer(204);
}

}  // namespace gannet::local::s3
