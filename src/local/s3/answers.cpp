#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "core/ascii.hpp"
#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "core/timestamps.hpp"
#include "local/s3/operations.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::string_view metadata_prefix = "x-amz-meta-";
constexpr std::size_t most_metadata = 2048;
constexpr std::string_view encryption_prefix = "x-amz-server-side-encryption";

constexpr std::array<std::string_view, 6> kept_headers{"cache-control",    "content-disposition",
                                                       "content-encoding", "content-language",
                                                       "expires",          "x-amz-website-redirect-location"};

constexpr std::array<std::string_view, 9> storage_classes{
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA",    "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR",
    "GLACIER",  "DEEP_ARCHIVE",       "EXPRESS_ONEZONE"};

/// A content coding without `aws-chunked`, which is of the transfer and not of the object.
std::string without_aws_chunked(std::string_view codings) {
  std::string kept;
  while (!codings.empty()) {
    const std::size_t comma = codings.find(',');
    std::string_view coding = codings.substr(0, comma);
    while (!coding.empty() && coding.front() == ' ') coding.remove_prefix(1);
    while (!coding.empty() && coding.back() == ' ') coding.remove_suffix(1);
    if (!coding.empty() && !iequals(coding, "aws-chunked")) {
      if (!kept.empty()) kept += ",";
      kept += coding;
    }
    if (comma == std::string_view::npos) break;
    codings.remove_prefix(comma + 1);
  }
  return kept;
}

/// RFC 9110's token: what a field may be called.
bool is_field_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char character) {
    return core::is_alphanumeric(character) ||
           std::string_view("!#$%&'*+-.^_`|~").find(character) != std::string_view::npos;
  });
}

Outcome<void> store_metadata(const Request& request, StoredHeaders& stored) {
  std::size_t size = 0;
  for (auto& [name, value] : request.headers_with(metadata_prefix)) {
    size += name.size() - metadata_prefix.size() + value.size();
    stored.emplace_back(std::move(name), std::move(value));
  }
  if (size > most_metadata) {
    Failure failure{.status = 400,
                    .code = "MetadataTooLarge",
                    .message = "Your metadata headers exceed the maximum allowed metadata size"};
    failure.facts.emplace_back("Size", fmt::format("{}", size));
    failure.facts.emplace_back("MaxSizeAllowed", fmt::format("{}", most_metadata));
    return std::unexpected(std::move(failure));
  }
  return {};
}

/// The kind of encryption is kept and given back, so that programs that ask for it run; nothing is encrypted
/// here.
Outcome<void> store_encryption(const Request& request, StoredHeaders& stored) {
  const std::string* kind = request.header(encryption_prefix);
  if (kind == nullptr) return {};
  if (*kind != "AES256" && *kind != "aws:kms" && *kind != "aws:kms:dsse") {
    return invalid_argument("The encryption method specified is not supported",
                            std::string(encryption_prefix), *kind);
  }
  stored.emplace_back(encryption_prefix, *kind);
  if (const std::string* key = request.header("x-amz-server-side-encryption-aws-kms-key-id")) {
    stored.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", *key);
  }
  return {};
}

}  // namespace

http::ServerResponse xml_answer(std::string document, int status) {
  http::ServerResponse answer{.status = status};
  answer.headers.add("Content-Type", "application/xml");
  answer.body = Body(std::move(document));
  return answer;
}

http::ServerResponse empty_answer(int status) {
  return http::ServerResponse{.status = status};
}

std::string owner_id(const CloudFacts& facts) {
  return core::sha256_hex("canonical user of account " + facts.account_id);
}

std::string xml_time(Timestamp time) {
  std::string text = core::iso8601(std::chrono::floor<std::chrono::seconds>(time));
  text.insert(text.size() - 1, ".000");
  return text;
}

Outcome<void> check_field(std::string_view name, std::string_view value) {
  const bool controls = std::ranges::any_of(value, [](char character) {
    return (static_cast<unsigned char>(character) < 0x20 && character != '\t') || character == '\x7F';
  });
  if (is_field_name(name) && !controls) return {};
  return invalid_argument("A header's name or value holds characters that headers cannot have.",
                          std::string(name), std::string(value));
}

Outcome<StoredHeaders> headers_to_store(const Request& request) {
  StoredHeaders stored;
  const std::string_view content_type = request.header_or("content-type", "");
  stored.emplace_back("content-type", content_type.empty() ? "binary/octet-stream" : content_type);
  for (const std::string_view name : kept_headers) {
    const std::string* value = request.header(name);
    if (value == nullptr) continue;
    std::string kept = name == "content-encoding" ? without_aws_chunked(*value) : *value;
    if (!kept.empty()) stored.emplace_back(name, std::move(kept));
  }
  if (const std::string* storage_class = request.header("x-amz-storage-class")) {
    if (std::ranges::find(storage_classes, *storage_class) == storage_classes.end()) {
      return refuse(400, "InvalidStorageClass", "The storage class you specified is not valid",
                    "StorageClassRequested", *storage_class);
    }
    if (*storage_class != "STANDARD") stored.emplace_back("x-amz-storage-class", *storage_class);
  }
  if (auto fine = store_encryption(request, stored); !fine) return std::unexpected(std::move(fine.error()));
  if (auto fine = store_metadata(request, stored); !fine) return std::unexpected(std::move(fine.error()));
  for (const auto& [name, value] : stored) {
    if (auto fine = check_field(name, value); !fine) return std::unexpected(std::move(fine.error()));
  }
  return stored;
}

void add_object_headers(Headers& headers, const Object& object) {
  for (const auto& [name, value] : object.headers) headers.add(name, value);
  headers.add("ETag", in_quotes(object.etag));
  headers.add("Last-Modified", core::rfc822(object.modified));
  headers.add("Accept-Ranges", "bytes");
  if (const std::size_t tags = count_tags(object.tags))
    headers.add("x-amz-tagging-count", fmt::format("{}", tags));
}

void add_checksum(Headers& headers, const ObjectChecksum& checksum) {
  headers.add(header_of(checksum.algorithm), checksum.value);
  headers.add("x-amz-checksum-type", checksum.type());
}

void add_encryption(Headers& headers, const StoredHeaders& stored) {
  for (const auto& [name, value] : stored) {
    if (name.starts_with(encryption_prefix)) headers.add(name, value);
  }
}

std::vector<Segment> segments_of(Service& service, const Object& object, ByteRange range) {
  std::vector<Segment> segments;
  if (object.parts == 0) {
    segments.push_back(Segment{.file = object.file, .offset = range.first, .size = range.size});
    return segments;
  }
  std::uint64_t begin = 0;
  const std::uint64_t end = range.first + range.size;
  for (const Part& part : service.catalog.parts_of_object(object.id)) {
    const std::uint64_t from = std::max(begin, range.first);
    const std::uint64_t to = std::min(begin + part.size, end);
    if (from < to) segments.push_back(Segment{.file = part.file, .offset = from - begin, .size = to - from});
    begin += part.size;
  }
  return segments;
}

Outcome<void> store_object(Service& service, Request& request, const Bucket& bucket, const Object& object,
                           const std::vector<Part>& parts) {
  const auto still = service.catalog.bucket(bucket.name);
  if (!still || still->id != bucket.id) return no_such_bucket(bucket.name);
  if (request.header("If-Match") != nullptr || request.header("If-None-Match") != nullptr) {
    const auto existing = service.catalog.object(bucket.id, object.key);
    if (auto fine = check_write_conditions(request, existing); !fine) return fine;
  }
  for (std::string& file : service.catalog.put_object(bucket.id, object, parts)) {
    request.freed_files.push_back(std::move(file));
  }
  return {};
}

Outcome<Object> find_object(Service& service, const Request& request, const Bucket& bucket) {
  if (const std::string* version = request.parameter("versionId")) {
    // Without versioning every object is the version `null`.
    if (*version != "null") return invalid_argument("Invalid version id specified", "versionId", *version);
  }
  auto object = service.catalog.object(bucket.id, request.key());
  if (!object) return no_such_key(request.key());
  return std::move(*object);
}

Outcome<void> check_write_headers(const Request& request) {
  if (const std::string* acl = request.header("x-amz-acl")) {
    if (*acl != "private" && *acl != "bucket-owner-full-control") {
      return refuse(400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
    }
  }
  if (!request.headers_with("x-amz-grant-").empty()) {
    return refuse(400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
  }
  if (!request.headers_with("x-amz-object-lock-").empty()) {
    return invalid_request("Bucket is missing Object Lock Configuration");
  }
  if (!request.headers_with("x-amz-server-side-encryption-customer-").empty() ||
      !request.headers_with("x-amz-copy-source-server-side-encryption-customer-").empty()) {
    return not_implemented("Encryption keys provided by the customer (SSE-C)");
  }
  return {};
}

}  // namespace gannet::local::s3
