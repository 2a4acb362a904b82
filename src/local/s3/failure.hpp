#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/http_server.hpp>

namespace gannet::local::s3 {

/// Why a request is refused, as S3 says it.
struct Failure {
  int status = 400;
  std::string code{};
  std::string message{};
  std::vector<std::pair<std::string, std::string>> facts{};  ///< Further elements of the error document.
  Headers headers{};
};

template <class T>
using Outcome = std::expected<T, Failure>;
using Answer = Outcome<http::ServerResponse>;

std::unexpected<Failure> refuse(int status, std::string_view code, std::string message);
std::unexpected<Failure> refuse(int status, std::string_view code, std::string message, std::string fact,
                                std::string value);

std::unexpected<Failure> invalid_argument(std::string message, std::string name, std::string value);
std::unexpected<Failure> invalid_request(std::string message);
std::unexpected<Failure> malformed_xml();
std::unexpected<Failure> no_such_bucket(const std::string& bucket);
std::unexpected<Failure> no_such_key(const std::string& key);
std::unexpected<Failure> no_such_upload(const std::string& upload_id);
std::unexpected<Failure> precondition_failed(std::string_view condition);
/// `what` is the start of a sentence: "Bucket policies".
std::unexpected<Failure> not_implemented(std::string_view what);

/// The error document.
std::string error_document(const Failure& failure, std::string_view resource, std::string_view request_id);

}  // namespace gannet::local::s3
