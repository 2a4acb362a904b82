#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "local/s3/catalog.hpp"
#include "local/s3/conditions.hpp"
#include "local/s3/failure.hpp"
#include "local/s3/objects_folder.hpp"
#include "local/s3/payload.hpp"
#include "local/s3/request.hpp"

/// The operations of S3, each in the file of its subject. None waits for the commit of what it wrote: its
/// caller does.
namespace gannet::local::s3 {

inline constexpr std::string_view xml_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/// What the operations work on.
struct Service {
  Service(Database& database, std::filesystem::path folder, bool durable, const CloudFacts& cloud)
      : catalog(database), objects(std::move(folder), durable), facts(&cloud) {}
  Catalog catalog;
  ObjectsFolder objects;
  const CloudFacts* facts;
};

// bucket_operations.cpp
Answer list_buckets(Service& service, Request& request);
Task<Answer> create_bucket(Service& service, Request& request);
Answer head_bucket(Service& service, Request& request, const Bucket& bucket);
Answer delete_bucket(Service& service, Request& request, const Bucket& bucket);

// bucket_settings.cpp: what S3 keeps beside a bucket
Answer get_bucket_setting(Service& service, const Bucket& bucket, std::string_view setting);
Task<Answer> put_bucket_setting(Service& service, Request& request, Bucket bucket, std::string setting);
Answer delete_bucket_setting(Service& service, const Bucket& bucket, std::string_view setting);

// object_operations.cpp
Task<Answer> put_object(Service& service, Request& request, Bucket bucket);
Answer get_object(Service& service, Request& request, const Bucket& bucket, bool head);
Answer get_object_attributes(Service& service, Request& request, const Bucket& bucket);
Answer delete_object(Service& service, Request& request, const Bucket& bucket);
Task<Answer> delete_objects(Service& service, Request& request, Bucket bucket);
Answer get_object_acl(Service& service, Request& request, const Bucket& bucket);
/// The one ACL there is: everything to the owner.
std::string acl_document(const CloudFacts& facts);

// tagging.cpp
inline constexpr std::size_t most_object_tags = 10;
/// Checks `a=1&b=2` and gives it in one spelling.
Outcome<std::string> parse_tag_list(std::string_view text, std::size_t most);
/// The Tagging document, as PutObjectTagging sends it.
Outcome<std::string> parse_tag_document(std::string_view document, std::size_t most);
std::string tag_document(std::string_view tags);
std::size_t count_tags(std::string_view tags);
Answer get_object_tagging(Service& service, Request& request, const Bucket& bucket);
Task<Answer> put_object_tagging(Service& service, Request& request, Bucket bucket);
Answer delete_object_tagging(Service& service, Request& request, const Bucket& bucket);

// copying.cpp
Task<Answer> copy_object(Service& service, Request& request, Bucket bucket);
Task<Answer> upload_part_copy(Service& service, Request& request, Bucket bucket);

// listing.cpp
Answer list_objects(Service& service, Request& request, const Bucket& bucket);
Answer list_objects_v2(Service& service, Request& request, const Bucket& bucket);
Answer list_object_versions(Service& service, Request& request, const Bucket& bucket);
Answer list_multipart_uploads(Service& service, Request& request, const Bucket& bucket);

// multipart.cpp
Answer create_multipart_upload(Service& service, Request& request, const Bucket& bucket);
Task<Answer> upload_part(Service& service, Request& request, Bucket bucket);
Answer list_parts(Service& service, Request& request, const Bucket& bucket);
Task<Answer> complete_multipart_upload(Service& service, Request& request, Bucket bucket);
Answer abort_multipart_upload(Service& service, Request& request, const Bucket& bucket);
/// 1 to 10,000.
Outcome<std::int64_t> parse_part_number(const Request& request);
Outcome<Upload> find_upload(Service& service, const Request& request, const Bucket& bucket);

// answers.cpp: what several of them share
http::ServerResponse xml_answer(std::string document, int status = 200);
http::ServerResponse empty_answer(int status);
/// The account's canonical user id: 64 hex digits.
std::string owner_id(const CloudFacts& facts);
/// 2026-01-31T09:08:07.000Z: S3 keeps times to the second.
std::string xml_time(Timestamp time);
/// Whether an answer may carry the field: what comes from a query may hold anything.
Outcome<void> check_field(std::string_view name, std::string_view value);
/// The stored fields of an object to be: Content-Type and its like, metadata, storage class, the kind of
/// encryption.
Outcome<StoredHeaders> headers_to_store(const Request& request);
/// Adds the object's own headers, entity tag, date, metadata.
void add_object_headers(Headers& headers, const Object& object);
void add_checksum(Headers& headers, const ObjectChecksum& checksum);
/// Adds what S3 answers to a write of such an object.
void add_encryption(Headers& headers, const StoredHeaders& stored);
/// The segments that hold an object's bytes `range`.
std::vector<Segment> segments_of(Service& service, const Object& object, ByteRange range);
/// Writes the rows of `object`, and notes the files that this frees. The bucket may have gone, and the object
/// that is replaced may have changed, while the body came: both are looked at again.
Outcome<void> store_object(Service& service, Request& request, const Bucket& bucket, const Object& object,
                           const std::vector<Part>& parts);
/// The object that the request names, of the only version there is.
Outcome<Object> find_object(Service& service, const Request& request, const Bucket& bucket);
/// Refuses what the local cloud has not: ACLs beyond the default, object locks, customer-provided keys.
Outcome<void> check_write_headers(const Request& request);

}  // namespace gannet::local::s3
