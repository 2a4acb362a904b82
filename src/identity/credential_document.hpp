#pragma once

#include <string>
#include <string_view>

#include <gannet/credentials.hpp>
#include <gannet/result.hpp>

namespace gannet::identity {

/// Who wrote the document: each has its own member names and rules.
enum class DocumentOf {
  instance,   ///< The instance metadata service: `Code` must be `Success`; `Token`, `Expiration`.
  container,  ///< The agent of ECS or EKS: `Token`, `Expiration`.
  process,    ///< A credential_process: `Version` 1; `SessionToken` and `Expiration` if there are any.
};

/// Longest document that is read, in bytes.
constexpr std::size_t longest_document = 64UL * 1024;

/// Reads credentials from a JSON document. Errors are of kind `configuration`, begin with `source` and quote
/// nothing but names of members and the `Code` and `Message` by which the source itself says why there are
/// none.
Result<Credentials> read_credential_document(std::string_view text, DocumentOf writer,
                                             const std::string& source);

/// "CODE: MESSAGE" of a JSON document that tells why there are no credentials; "" of any other. Printable and
/// of bounded length.
std::string reason_given(std::string_view text);

}  // namespace gannet::identity
