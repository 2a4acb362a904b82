#include <algorithm>

#include <fmt/format.h>

#include "core/encoding.hpp"
#include "core/xml.hpp"
#include "local/s3/bucket_name.hpp"
#include "local/s3/operations.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::size_t most_buckets = 10'000;
constexpr std::string_view default_region = "us-east-1";

/// Where the bucket is to be: what the document says, else the region that the request is signed for.
Outcome<std::string> location_of(std::string_view document, std::string_view endpoint_region) {
  std::string constraint;
  if (!document.empty()) {
    const auto root = core::parse_xml(document);
    if (!root || root->name != "CreateBucketConfiguration") return malformed_xml();
    constraint = root->text_of("LocationConstraint");
    if (constraint.empty() && root->find("LocationConstraint") != nullptr) {
      return refuse(400, "InvalidLocationConstraint", "The specified location-constraint is not valid",
                    "LocationConstraint", constraint);
    }
  }
  if (constraint == "EU") constraint = "eu-west-1";
  if (endpoint_region == default_region) {
    if (constraint == default_region) {
      return refuse(400, "InvalidLocationConstraint", "The specified location-constraint is not valid",
                    "LocationConstraint", constraint);
    }
    return constraint.empty() ? std::string(default_region) : constraint;
  }
  if (constraint != endpoint_region) {
    return refuse(
        400, "IllegalLocationConstraintException",
        fmt::format("The {} location constraint is incompatible for the region specific endpoint this "
                    "request was sent to.",
                    constraint.empty() ? "unspecified" : constraint));
  }
  return constraint;
}

}  // namespace

Answer list_buckets(Service& service, Request& request) {
  std::size_t most = most_buckets;
  if (const std::string* given = request.parameter("max-buckets")) {
    const auto number = parse_number(*given);
    if (!number || *number < 1 || *number > most_buckets) {
      return invalid_argument("max-buckets must be between 1 and 10000", "max-buckets", *given);
    }
    most = static_cast<std::size_t>(*number);
  }
  std::string after;
  if (const std::string* token = request.parameter("continuation-token")) {
    const auto decoded = core::from_base64(*token);
    if (!decoded || decoded->empty()) {
      return invalid_argument("The continuation token provided is incorrect", "continuation-token", *token);
    }
    after = *decoded;
  }
  const std::string_view prefix = request.parameter_or("prefix", "");
  const std::string_view region = request.parameter_or("bucket-region", "");
  std::vector<Bucket> found =
      service.catalog.buckets(prefix, after, region.empty() ? most + 1 : most_buckets);
  if (!region.empty()) std::erase_if(found, [&](const Bucket& bucket) { return bucket.region != region; });

  core::XmlWriter xml;
  xml.declaration();
  xml.open("ListAllMyBucketsResult", xml_namespace);
  xml.open("Owner");
  xml.element("ID", owner_id(*service.facts));
  xml.close("Owner");
  xml.open("Buckets");
  for (std::size_t i = 0; i < std::min(found.size(), most); ++i) {
    xml.open("Bucket");
    xml.element("Name", found[i].name);
    xml.element("CreationDate", xml_time(found[i].created));
    xml.element("BucketRegion", found[i].region);
    xml.close("Bucket");
  }
  xml.close("Buckets");
  if (!prefix.empty()) xml.element("Prefix", prefix);
  if (found.size() > most) xml.element("ContinuationToken", core::base64(found[most - 1].name));
  xml.close("ListAllMyBucketsResult");
  return xml_answer(xml.take());
}

Task<Answer> create_bucket(Service& service, Request& request) {
  if (!is_bucket_name(request.bucket())) {
    co_return refuse(400, "InvalidBucketName", "The specified bucket is not valid.", "BucketName",
                     request.bucket());
  }
  if (auto fine = check_write_headers(request); !fine) co_return std::unexpected(std::move(fine.error()));
  if (iequals(request.header_or("x-amz-bucket-object-lock-enabled", "false"), "true")) {
    co_return not_implemented("Object locks");
  }
  const auto document = co_await receive_document(request);
  if (!document) co_return std::unexpected(document.error());
  auto region = location_of(*document, request.caller->claim->region);
  if (!region) co_return std::unexpected(std::move(region.error()));
  if (service.catalog.bucket(request.bucket())) {
    co_return refuse(409, "BucketAlreadyOwnedByYou",
                     "Your previous request to create the named bucket succeeded and you already own it.",
                     "BucketName", request.bucket());
  }
  Bucket bucket{.name = request.bucket(), .created = service.facts->now(), .region = std::move(*region)};
  service.catalog.add_bucket(bucket);
  http::ServerResponse answer = empty_answer(200);
  answer.headers.add("Location", "/" + bucket.name);
  co_return answer;
}

Answer head_bucket(Service&, Request&, const Bucket& bucket) {
  http::ServerResponse answer = empty_answer(200);
  answer.headers.add("x-amz-bucket-region", bucket.region);
  answer.headers.add("x-amz-access-point-alias", "false");
  answer.headers.add("Content-Type", "application/xml");
  return answer;
}

Answer delete_bucket(Service& service, Request& request, const Bucket& bucket) {
  if (service.catalog.has_objects(bucket.id)) {
    return refuse(409, "BucketNotEmpty", "The bucket you tried to delete is not empty", "BucketName",
                  bucket.name);
  }
  for (std::string& file : service.catalog.remove_bucket(bucket.id))
    request.freed_files.push_back(std::move(file));
  return empty_answer(204);
}

}  // namespace gannet::local::s3
