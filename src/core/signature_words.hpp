#pragma once

#include <string_view>

/// The words of Signature Version 4 that signer and verifier share.
namespace gannet::core {

inline constexpr std::string_view signature_algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view scope_end = "aws4_request";

inline constexpr std::string_view algorithm_parameter = "X-Amz-Algorithm";
inline constexpr std::string_view credential_parameter = "X-Amz-Credential";
inline constexpr std::string_view date_parameter = "X-Amz-Date";
inline constexpr std::string_view expires_parameter = "X-Amz-Expires";
inline constexpr std::string_view signed_headers_parameter = "X-Amz-SignedHeaders";
inline constexpr std::string_view token_parameter = "X-Amz-Security-Token";
inline constexpr std::string_view signature_parameter = "X-Amz-Signature";

}  // namespace gannet::core
