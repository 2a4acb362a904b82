#pragma once

#include <string>
#include <string_view>

#include <gannet/http.hpp>

namespace gannet::local::s3 {

/// What the SDKs call the operation that the request asks for ("PutObject", "UploadPart"); "" where it is
/// none.
std::string operation_name(const HttpRequest& head);

/// Whether `operation_name` may give this name.
bool is_operation(std::string_view name);

}  // namespace gannet::local::s3
