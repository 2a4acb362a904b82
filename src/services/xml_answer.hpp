#pragma once

#include <any>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <gannet/result.hpp>

#include "core/xml.hpp"
#include "runtime/call.hpp"
#include "services/reading.hpp"
#include "services/text_values.hpp"

/// What generated clients of services that answer in XML share: query and REST-XML.
namespace gannet::protocols {

using XmlReader = bool (*)(Reading& in, const core::XmlElement& from, void* to);
/// Fills `output` from the root of a document; a body without any bytes leaves it as it is.
Result<void> read_xml_answer(std::string_view operation, std::string_view body, XmlReader reader,
                             void* output);

/// The same for an answer that holds secrets: `body`, and the document that was made of it, is wiped.
Result<void> read_secret_xml_answer(std::string_view operation, std::string& body, XmlReader reader,
                                    void* output);

/// A modelled error of a service: what its code means, and how its details are read. Sorted by code.
struct XmlModelledError {
  std::string_view code;
  std::optional<ErrorKind> kind;  ///< Unset: what code and status say.
  bool (*details)(Reading& in, const core::XmlElement& from, const Headers& headers, std::any& to);
};
/// `<Error>`, or `<ErrorResponse>` or `<Response>` around it, of whichever XML protocol.
void read_xml_error(const runtime::Answer& answer, Error& error, std::span<const XmlModelledError> modelled);

/// An element that holds text alone.
void write_element(core::XmlWriter& out, std::string_view name, std::string_view attributes,
                   std::string_view text);
/// `name="value"` with what XML wants escaped.
std::string xml_attribute(std::string_view name, std::string_view value);

}  // namespace gannet::protocols
