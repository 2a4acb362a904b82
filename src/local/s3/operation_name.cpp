#include "local/s3/operation_name.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/encoding.hpp"
#include "local/s3/request.hpp"

namespace gannet::local::s3 {
namespace {

struct Row {
  std::string_view method;
  std::string_view parameter;  ///< Of the query; "" for none.
  std::string_view name;
};

// The first row that fits counts.
constexpr auto of_object = std::to_array<Row>({
    {"GET", "tagging", "GetObjectTagging"},
    {"GET", "acl", "GetObjectAcl"},
    {"GET", "attributes", "GetObjectAttributes"},
    {"GET", "uploadId", "ListParts"},
    {"GET", "", "GetObject"},
    {"HEAD", "", "HeadObject"},
    {"PUT", "tagging", "PutObjectTagging"},
    {"PUT", "acl", "PutObjectAcl"},
    {"PUT", "uploadId", "UploadPart"},
    {"PUT", "partNumber", "UploadPart"},
    {"PUT", "", "PutObject"},
    {"DELETE", "tagging", "DeleteObjectTagging"},
    {"DELETE", "uploadId", "AbortMultipartUpload"},
    {"DELETE", "", "DeleteObject"},
    {"POST", "uploads", "CreateMultipartUpload"},
    {"POST", "uploadId", "CompleteMultipartUpload"},
});

constexpr auto of_bucket = std::to_array<Row>({
    {"GET", "location", "GetBucketLocation"},
    {"GET", "uploads", "ListMultipartUploads"},
    {"GET", "versions", "ListObjectVersions"},
    {"GET", "list-type", "ListObjectsV2"},
    {"GET", "policyStatus", "GetBucketPolicyStatus"},
    {"PUT", "lifecycle", "PutBucketLifecycleConfiguration"},
    {"GET", "lifecycle", "GetBucketLifecycleConfiguration"},
    {"DELETE", "lifecycle", "DeleteBucketLifecycle"},
    {"POST", "delete", "DeleteObjects"},
});

constexpr auto of_bucket_alone = std::to_array<Row>({
    {"GET", "", "ListObjects"},
    {"HEAD", "", "HeadBucket"},
    {"PUT", "", "CreateBucket"},
    {"DELETE", "", "DeleteBucket"},
});

/// Settings of buckets that are read, written and deleted: what follows Get, Put and Delete.
constexpr auto settings = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"accelerate", "BucketAccelerateConfiguration"},
    {"acl", "BucketAcl"},
    {"analytics", "BucketAnalyticsConfiguration"},
    {"cors", "BucketCors"},
    {"encryption", "BucketEncryption"},
    {"intelligent-tiering", "BucketIntelligentTieringConfiguration"},
    {"inventory", "BucketInventoryConfiguration"},
    {"logging", "BucketLogging"},
    {"metadataTable", "BucketMetadataTableConfiguration"},
    {"metrics", "BucketMetricsConfiguration"},
    {"notification", "BucketNotificationConfiguration"},
    {"object-lock", "ObjectLockConfiguration"},
    {"ownershipControls", "BucketOwnershipControls"},
    {"policy", "BucketPolicy"},
    {"publicAccessBlock", "PublicAccessBlock"},
    {"replication", "BucketReplication"},
    {"requestPayment", "BucketRequestPayment"},
    {"tagging", "BucketTagging"},
    {"versioning", "BucketVersioning"},
    {"website", "BucketWebsite"},
});

constexpr auto verbs = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"GET", "Get"}, {"PUT", "Put"}, {"DELETE", "Delete"}});

using Query = std::vector<std::pair<std::string, std::string>>;

bool has(const Query& query, std::string_view name) {
  return std::ranges::find(query, name, &Query::value_type::first) != query.end();
}

template <std::size_t Count>
std::string_view find(const std::array<Row, Count>& rows, std::string_view method, const Query& query) {
  for (const Row& row : rows) {
    if (row.method == method && (row.parameter.empty() || has(query, row.parameter))) return row.name;
  }
  return "";
}

std::string setting_operation(std::string_view method, const Query& query) {
  const auto verb = std::ranges::find(verbs, method, &std::pair<std::string_view, std::string_view>::first);
  if (verb == verbs.end()) return "";
  for (const auto& [parameter, name] : settings) {
    if (has(query, parameter)) return std::string(verb->second) + std::string(name);
  }
  return "";
}

bool copies(const HttpRequest& head, const Query& query) {
  return head.method == "PUT" && head.headers.contains("x-amz-copy-source") && !has(query, "tagging") &&
         !has(query, "acl");
}

}  // namespace

std::string operation_name(const HttpRequest& head) {
  const auto address = parse_address(head.headers.get("host"), head.path);
  const auto query = core::parse_query(head.query);
  if (!address || !query) return "";
  if (address->bucket.empty()) return head.method == "GET" && address->key.empty() ? "ListBuckets" : "";
  if (!address->key.empty()) {
    const std::string_view name = find(of_object, head.method, *query);
    if (!copies(head, *query)) return std::string(name);
    return name == "UploadPart" ? "UploadPartCopy" : "CopyObject";
  }
  if (const auto name = find(of_bucket, head.method, *query); !name.empty()) return std::string(name);
  if (auto name = setting_operation(head.method, *query); !name.empty()) return name;
  return std::string(find(of_bucket_alone, head.method, *query));
}

bool is_operation(std::string_view name) {
  const auto in = [&](const auto& rows) { return std::ranges::find(rows, name, &Row::name) != rows.end(); };
  if (in(of_object) || in(of_bucket) || in(of_bucket_alone)) return true;
  if (name == "ListBuckets" || name == "CopyObject" || name == "UploadPartCopy") return true;
  for (const auto& [method, verb] : verbs) {
    if (!name.starts_with(verb)) continue;
    const auto rest = name.substr(verb.size());
    for (const auto& [parameter, setting] : settings) {
      if (setting == rest) return true;
    }
  }
  return false;
}

}  // namespace gannet::local::s3
