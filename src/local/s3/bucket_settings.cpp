#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/xml.hpp"
#include "local/s3/cors.hpp"
#include "local/s3/operations.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::size_t most_bucket_tags = 50;

/// Settings that no bucket here has: what S3 says of a bucket without them.
struct AbsentSetting {
  std::string_view name;
  std::string_view code;
  std::string_view message;
};
constexpr std::array absent_settings{
    AbsentSetting{"policy", "NoSuchBucketPolicy", "The bucket policy does not exist"},
    AbsentSetting{"policyStatus", "NoSuchBucketPolicy", "The bucket policy does not exist"},
    AbsentSetting{"lifecycle", "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"},
    AbsentSetting{"website", "NoSuchWebsiteConfiguration",
                  "The specified bucket does not have a website configuration"},
    AbsentSetting{"replication", "ReplicationConfigurationNotFoundError",
                  "The replication configuration was not found"},
    AbsentSetting{"encryption", "ServerSideEncryptionConfigurationNotFoundError",
                  "The server side encryption configuration was not found"},
    AbsentSetting{"object-lock", "ObjectLockConfigurationNotFoundError",
                  "Object Lock configuration does not exist for this bucket"},
    AbsentSetting{"publicAccessBlock", "NoSuchPublicAccessBlockConfiguration",
                  "The public access block configuration was not found"},
};

/// Settings that every bucket here has the same, and their documents.
struct FixedSetting {
  std::string_view name;
  std::string_view element;
  std::string_view content;
};
constexpr std::array fixed_settings{
    FixedSetting{"versioning", "VersioningConfiguration", ""},
    FixedSetting{"logging", "BucketLoggingStatus", ""},
    FixedSetting{"notification", "NotificationConfiguration", ""},
    FixedSetting{"accelerate", "AccelerateConfiguration", ""},
    FixedSetting{"requestPayment", "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>"},
    FixedSetting{"ownershipControls", "OwnershipControls",
                 "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"},
};

std::string fixed_document(const FixedSetting& setting) {
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{0} xmlns=\"{1}\">{2}</{0}>",
                     setting.element, xml_namespace, setting.content);
}

std::string location_document(const Bucket& bucket) {
  core::XmlWriter xml;
  xml.declaration();
  xml.open("LocationConstraint", xml_namespace);
  if (bucket.region != "us-east-1") xml.text(bucket.region);
  xml.close("LocationConstraint");
  return xml.take();
}

std::unexpected<Failure> no_such_setting(std::string_view setting) {
  return not_implemented(fmt::format("Bucket settings of the kind `{}`", setting));
}

}  // namespace

std::string acl_document(const CloudFacts& facts) {
  core::XmlWriter xml;
  xml.declaration();
  xml.open("AccessControlPolicy", xml_namespace);
  xml.open("Owner");
  xml.element("ID", owner_id(facts));
  xml.close("Owner");
  xml.open("AccessControlList");
  xml.open("Grant");
  xml.open("Grantee", {},
           "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"");
  xml.element("ID", owner_id(facts));
  xml.close("Grantee");
  xml.element("Permission", "FULL_CONTROL");
  xml.close("Grant");
  xml.close("AccessControlList");
  xml.close("AccessControlPolicy");
  return xml.take();
}

Answer get_bucket_setting(Service& service, const Bucket& bucket, std::string_view setting) {
  if (setting == "location") return xml_answer(location_document(bucket));
  if (setting == "acl") return xml_answer(acl_document(*service.facts));
  if (setting == "cors") {
    std::string document = service.catalog.cors(bucket.id);
    if (document.empty()) {
      return refuse(404, "NoSuchCORSConfiguration", "The CORS configuration does not exist", "BucketName",
                    bucket.name);
    }
    return xml_answer(std::move(document));
  }
  if (setting == "tagging") {
    const std::string tags = service.catalog.tags(bucket.id);
    if (tags.empty())
      return refuse(404, "NoSuchTagSet", "The TagSet does not exist", "BucketName", bucket.name);
    return xml_answer(tag_document(tags));
  }
  for (const FixedSetting& fixed : fixed_settings) {
    if (fixed.name == setting) return xml_answer(fixed_document(fixed));
  }
  for (const AbsentSetting& absent : absent_settings) {
    if (absent.name == setting) {
      return refuse(404, absent.code, std::string(absent.message), "BucketName", bucket.name);
    }
  }
  return no_such_setting(setting);
}

Task<Answer> put_bucket_setting(Service& service, Request& request, Bucket bucket, std::string setting) {
  if (setting == "acl") {
    if (auto fine = check_write_headers(request); !fine) co_return std::unexpected(std::move(fine.error()));
    if (request.header("x-amz-acl") != nullptr) co_return empty_answer(200);
    co_return refuse(400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
  }
  if (setting != "cors" && setting != "tagging") co_return no_such_setting(setting);
  const auto document = co_await receive_document(request);
  if (!document) co_return std::unexpected(document.error());
  if (setting == "cors") {
    const auto rules = parse_cors(*document);
    if (!rules) co_return std::unexpected(rules.error());
    service.catalog.set_cors(bucket.id, cors_document(*rules));
    co_return empty_answer(200);
  }
  const auto tags = parse_tag_document(*document, most_bucket_tags);
  if (!tags) co_return std::unexpected(tags.error());
  service.catalog.set_tags(bucket.id, *tags);
  co_return empty_answer(204);
}

Answer delete_bucket_setting(Service& service, const Bucket& bucket, std::string_view setting) {
  if (setting == "cors") {
    service.catalog.set_cors(bucket.id, "");
    return empty_answer(204);
  }
  if (setting == "tagging") {
    service.catalog.set_tags(bucket.id, "");
    return empty_answer(204);
  }
  // What is not there is deleted already.
  if (std::ranges::find(absent_settings, setting, &AbsentSetting::name) != absent_settings.end()) {
    return empty_answer(204);
  }
  return no_such_setting(setting);
}

}  // namespace gannet::local::s3
