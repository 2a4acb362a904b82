#include "services/rest_protocol.hpp"

#include <algorithm>

namespace gannet::protocols {

RestWriter::RestWriter(const runtime::Operation& operation, std::string_view method, InputCheck& check)
    : check_(check) {
  call_.operation = &operation;
  call_.repeatable = operation.repeatable;
  call_.request.method = method;
  call_.request.path.clear();
}

void RestWriter::query(std::string_view literal) {
  if (!call_.request.query.empty()) call_.request.query += '&';
  call_.request.query += literal;
}

void RestWriter::query(std::string_view name, std::string_view value) {
  std::string& query = call_.request.query;
  if (!query.empty()) query += '&';
  core::append_uri_encoded(query, name);
  query += '=';
  core::append_uri_encoded(query, value);
}

void RestWriter::header(std::string_view member, std::string_view name, std::string_view value) {
  const auto breaks = [](char byte) { return byte == '\r' || byte == '\n' || byte == '\0'; };
  if (std::ranges::any_of(value, breaks)) check_.refuse(member, "must not hold line breaks or zero bytes");
  const auto token = [](char byte) {
    return byte > ' ' && byte < 127 &&
           std::string_view("\"(),/:;<=>?@[\\]{}").find(byte) == std::string_view::npos;
  };
  if (name.empty() || !std::ranges::all_of(name, token)) {
    check_.refuse(member, "must have keys that can be part of a header's name");
  }
  call_.request.headers.set(name, value);
}

void RestWriter::headers(std::string_view member, std::string_view prefix,
                         const std::map<std::string, std::string, std::less<>>& entries) {
  for (const auto& [key, value] : entries) {
    const std::string name = std::string(prefix) + key;
    // One of them would be lost on the way: the names of headers have no case.
    if (!prefix.empty() && call_.request.headers.contains(name))
      check_.refuse(member, "must not have keys that differ in case alone, as \"" + key + "\" does");
    header(member, name, value);
  }
}

void RestWriter::header_element(std::string_view name, std::string_view value, bool quote) {
  std::string joined(call_.request.headers.get(name));
  if (!joined.empty()) joined += ", ";
  if (quote && value.find_first_of("\",") != std::string_view::npos) {
    joined += '"';
    for (const char character : value) {
      if (character == '"' || character == '\\') joined += '\\';
      joined += character;
    }
    joined += '"';
  } else {
    joined += value;
  }
  header(name, name, joined);
}

void RestWriter::content_type(std::string_view type) {
  if (!call_.request.headers.contains("Content-Type")) call_.request.headers.add("Content-Type", type);
}

void RestWriter::document(core::XmlWriter& xml, bool holds_secrets) {
  if (const auto element = xml.misfit()) {
    check_.refuse(*element,
                  "must not hold bytes that are not UTF-8, nor control characters: XML cannot carry them");
  }
  content_type("application/xml");
  body(holds_secrets ? Body(Secret(xml.take())) : Body(xml.take()));
}

Result<runtime::Call> RestWriter::finish() {
  if (auto wrong = check_.error()) return std::unexpected(std::move(*wrong));
  if (call_.request.path.empty()) call_.request.path = "/";
  return std::move(call_);
}

std::string without_path(std::string_view id) {
  return std::string(id.substr(id.rfind('/') + 1));
}

std::string copy_source(std::string_view source) {
  const auto version = source.rfind("?versionId=");
  std::string text = core::uri_encode(source.substr(0, version), true);
  if (version != std::string_view::npos) text += source.substr(version);
  return text;
}

bool read_secret_header(Reading& in, const Headers& headers, std::string_view name,
                        std::optional<Secret>& to) {
  const std::string* text = headers.find(name);
  return text == nullptr || read_text(in, *text, to.emplace());
}

bool read_secret_header(Reading& in, const Headers& headers, std::string_view name, Secret& to) {
  const std::string* text = headers.find(name);
  return text == nullptr || read_text(in, *text, to);
}

bool read_lenient_header(const Headers& headers, std::string_view name, std::optional<Timestamp>& to) {
  if (const std::string* text = headers.find(name)) to = core::parse_timestamp(*text);
  return true;
}

bool read_json_header(Reading& in, const Headers& headers, std::string_view name, std::string& to) {
  const std::string* text = headers.find(name);
  if (text == nullptr) return true;
  auto json = core::from_base64(*text);
  if (!json) {
    in.fail("must be base64 and is not");
    return in.at(name);
  }
  to = std::move(*json);
  return true;
}

std::vector<std::string> header_elements(std::string_view text, bool times) {
  std::vector<std::string> elements;
  std::string element;
  bool was_quoted = false;
  bool in_quotes = false;
  int commas = 0;
  const auto end_element = [&] {
    if (!was_quoted) {
      const auto first = element.find_first_not_of(" \t");
      element = first == std::string::npos
                    ? ""
                    : element.substr(first, element.find_last_not_of(" \t") - first + 1);
    }
    elements.push_back(std::move(element));
    element.clear();
    was_quoted = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    if (in_quotes) {
      if (character == '\\' && i + 1 < text.size()) {
        element += text[++i];
      } else if (character == '"') {
        in_quotes = false;
      } else {
        element += character;
      }
    } else if (character == '"' && element.find_first_not_of(" \t") == std::string::npos) {
      element.clear();
      in_quotes = was_quoted = true;
    } else if (character == ',' && (!times || ++commas % 2 == 0)) {
      // A time has a comma after its weekday.
      end_element();
    } else if (!was_quoted) {
      element += character;
    }
  }
  end_element();
  return elements;
}

bool read_prefixed_headers(const Headers& headers, std::string_view prefix,
                           std::map<std::string, std::string, std::less<>>& to) {
  for (const Header& header : headers) {
    if (header.name.size() <= prefix.size() || !iequals(header.name.substr(0, prefix.size()), prefix))
      continue;
    to.insert_or_assign(header.name.substr(prefix.size()), header.value);
  }
  return true;
}

}  // namespace gannet::protocols
