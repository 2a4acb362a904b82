#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "local/s3/object_checksum.hpp"
#include "local/s3/objects_folder.hpp"
#include "local/s3/request.hpp"

/// Receiving a request's body: its coding, and everything that the request promised about it.
namespace gannet::local::s3 {

inline constexpr std::uint64_t largest_put = 5ULL << 30;
/// Enough for 1000 keys to delete, escaped, and for 10,000 parts to complete.
inline constexpr std::uint64_t largest_document = 8ULL << 20;

/// What the head of a request says of the body to come.
struct PayloadPlan {
  bool aws_chunked = false;
  bool signed_chunks = false;
  bool trailers = false;
  std::uint64_t length = 0;                            ///< Of the bytes themselves.
  std::string sha256{};                                ///< In hex, to be met; "" for none.
  std::string md5{};                                   ///< Its 16 bytes, to be met; "" for none.
  std::optional<core::ChecksumAlgorithm> algorithm{};  ///< To be taken, and met where a value was given.
  std::string checksum{};  ///< Base64; "" where a trailer brings it, or none was given.
  bool checksum_in_trailer = false;
};

/// What was received.
struct Payload {
  std::uint64_t size = 0;
  std::string md5{};  ///< In hex; "" of documents.
  std::optional<ObjectChecksum> checksum{};
};

/// Reads the head; nothing is asked of the client yet. Bodies over `limit` bytes are refused.
Outcome<PayloadPlan> plan_payload(const Request& request, std::uint64_t limit);

/// Reads the body into `file` and checks it against the plan.
Task<Outcome<Payload>> receive_file(Request& request, const PayloadPlan& plan, ObjectsFolder::Writer& file);
/// What `x-amz-checksum-*` headers of a request with a document are about.
enum class ChecksumsAre : std::uint8_t { of_document, of_object };
/// The same for a document, which is given back. An absent body is "".
Task<Outcome<std::string>> receive_document(Request& request,
                                            ChecksumsAre checksums = ChecksumsAre::of_document);

}  // namespace gannet::local::s3
