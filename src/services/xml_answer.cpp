#include "services/xml_answer.hpp"

#include <algorithm>

#include "core/error_codes.hpp"

namespace gannet::protocols {
namespace {

const core::XmlElement* error_element(const core::XmlElement& root) {
  if (root.name == "Error") return &root;
  if (const auto* error = root.find("Error")) return error;
  if (const auto* errors = root.find("Errors")) return errors->find("Error");
  return nullptr;
}

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Result<void> fill(std::string_view operation, const Result<core::XmlElement>& root, XmlReader reader,
                  void* output) {
  if (!root) {
    Error error = root.error();
    error.message = std::string(operation) + ": the answer cannot be read: " + error.message;
    return std::unexpected(std::move(error));
  }
  Reading in;
  if (!reader(in, *root, output)) return std::unexpected(in.error(operation));
  return {};
}

}  // namespace

Result<void> read_xml_answer(std::string_view operation, std::string_view body, XmlReader reader,
                             void* output) {
  if (blank(body)) return {};
  return fill(operation, core::parse_xml(body), reader, output);
}

Result<void> read_secret_xml_answer(std::string_view operation, std::string& body, XmlReader reader,
                                    void* output) {
  if (blank(body)) return {};
  auto root = core::parse_xml(body);
  gannet::wipe(body);
  auto filled = fill(operation, root, reader, output);
  if (root) core::wipe(*root);
  return filled;
}

void read_xml_error(const runtime::Answer& answer, Error& error, std::span<const XmlModelledError> modelled) {
  const auto root = blank(answer.body) ? Result<core::XmlElement>() : core::parse_xml(answer.body);
  const core::XmlElement* element = root ? error_element(*root) : nullptr;
  if (element != nullptr) {
    error.code = element->text_of("Code");
    error.message = element->text_of("Message");
    if (error.request_id.empty()) {
      error.request_id = element->text_of("RequestId");
      if (error.request_id.empty()) error.request_id = root->text_of("RequestId");
      if (error.request_id.empty()) error.request_id = root->text_of("RequestID");
    }
  }
  if (error.code.empty()) error.code = core::code_of_status(answer.status);
  const auto found =
      std::ranges::lower_bound(modelled, std::string_view(error.code), {}, &XmlModelledError::code);
  if (found == modelled.end() || found->code != error.code) {
    error.kind = core::kind_of(error.code, answer.status);
    return;
  }
  error.kind = found->kind.value_or(core::kind_of(error.code, answer.status));
  if (found->details != nullptr && element != nullptr) {
    Reading in;
    // Details that cannot be read leave the error as it is: its code is what matters.
    if (!found->details(in, *element, answer.headers, error.details)) error.details.reset();
  }
}

void write_element(core::XmlWriter& out, std::string_view name, std::string_view attributes,
                   std::string_view text) {
  out.open(name, {}, attributes);
  out.text(text);
  out.close(name);
}

std::string xml_attribute(std::string_view name, std::string_view value) {
  std::string text;
  text.append(name).append("=\"");
  for (const char character : value) {
    switch (character) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\t':
        text += "&#x9;";
        break;
      case '\n':
        text += "&#xA;";
        break;
      case '\r':
        text += "&#xD;";
        break;
      default:
        text += character;
    }
  }
  return text += '"';
}

}  // namespace gannet::protocols
