#include "local/s3/failure.hpp"

#include <fmt/format.h>

#include "core/encoding.hpp"
#include "core/xml.hpp"

namespace gannet::local::s3 {

std::unexpected<Failure> refuse(int status, std::string_view code, std::string message) {
  return std::unexpected(Failure{.status = status, .code = std::string(code), .message = std::move(message)});
}

std::unexpected<Failure> refuse(int status, std::string_view code, std::string message, std::string fact,
                                std::string value) {
  Failure failure{.status = status, .code = std::string(code), .message = std::move(message)};
  failure.facts.emplace_back(std::move(fact), std::move(value));
  return std::unexpected(std::move(failure));
}

std::unexpected<Failure> invalid_argument(std::string message, std::string name, std::string value) {
  Failure failure{.status = 400, .code = "InvalidArgument", .message = std::move(message)};
  failure.facts.emplace_back("ArgumentName", std::move(name));
  failure.facts.emplace_back("ArgumentValue", std::move(value));
  return std::unexpected(std::move(failure));
}

std::unexpected<Failure> invalid_request(std::string message) {
  return refuse(400, "InvalidRequest", std::move(message));
}

std::unexpected<Failure> malformed_xml() {
  return refuse(400, "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema");
}

std::unexpected<Failure> no_such_bucket(const std::string& bucket) {
  return refuse(404, "NoSuchBucket", "The specified bucket does not exist", "BucketName", bucket);
}

std::unexpected<Failure> no_such_key(const std::string& key) {
  return refuse(404, "NoSuchKey", "The specified key does not exist.", "Key", key);
}

std::unexpected<Failure> no_such_upload(const std::string& upload_id) {
  return refuse(
      404, "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
      "aborted or completed.",
      "UploadId", upload_id);
}

std::unexpected<Failure> precondition_failed(std::string_view condition) {
  return refuse(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
                "Condition", std::string(condition));
}

std::unexpected<Failure> not_implemented(std::string_view what) {
  return refuse(
      501, "NotImplemented",
      fmt::format("{} exist in Amazon S3, but not in this local cloud. Try this part on AWS.", what));
}

namespace {

/// What XML can hold of `text`: values from queries and keys may have control characters, and headers any
/// bytes.
std::string for_xml(std::string_view text) {
  if (!core::is_utf8(text)) return "(not UTF-8)";
  std::string shown(text);
  for (char& character : shown) {
    if (static_cast<unsigned char>(character) < 0x20 && character != '\t' && character != '\n')
      character = '?';
  }
  return shown;
}

}  // namespace

std::string error_document(const Failure& failure, std::string_view resource, std::string_view request_id) {
  core::XmlWriter xml;
  xml.declaration();
  xml.open("Error");
  xml.element("Code", failure.code);
  xml.element("Message", for_xml(failure.message));
  for (const auto& [name, value] : failure.facts) xml.element(name, for_xml(value));
  xml.element("Resource", for_xml(resource));
  xml.element("RequestId", request_id);
  xml.close("Error");
  return xml.take();
}

}  // namespace gannet::local::s3
