#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/encoding.hpp"
#include "core/xml.hpp"
#include "local/s3/operations.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::uint64_t largest_page = 1000;
constexpr std::uint64_t largest_integer = 2'147'483'647;

/// What every listing is asked.
struct ListRequest {
  std::string prefix{};
  std::string delimiter{};
  std::uint64_t most = largest_page;
  bool url_encoded = false;

  [[nodiscard]] std::string shown(std::string_view text) const {
    return url_encoded ? core::uri_encode(text, true) : std::string(text);
  }
};

Outcome<ListRequest> parse_list_request(const Request& request, std::string_view most_name) {
  ListRequest list{.prefix = std::string(request.parameter_or("prefix", "")),
                   .delimiter = std::string(request.parameter_or("delimiter", ""))};
  if (const std::string* most = request.parameter(most_name); most != nullptr && !most->empty()) {
    const auto number = parse_number(*most);
    if (!number) {
      return invalid_argument(fmt::format("Provided {} not an integer or within integer range", most_name),
                              std::string(most_name), *most);
    }
    if (*number > largest_integer) {
      return invalid_argument(
          fmt::format("Argument {} must be an integer between 0 and {}", most_name, largest_integer),
          std::string(most_name), *most);
    }
    list.most = std::min(*number, largest_page);
  }
  if (const std::string* encoding = request.parameter("encoding-type");
      encoding != nullptr && !encoding->empty()) {
    if (*encoding != "url") {
      return invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", *encoding);
    }
    list.url_encoded = true;
  }
  return list;
}

struct Page {
  std::vector<Listed> entries;
  bool truncated = false;

  /// The name that the next page follows: a key, or a common prefix.
  [[nodiscard]] std::string last() const {
    if (entries.empty()) return {};
    const Listed& entry = entries.back();
    return entry.common_prefix.empty() ? entry.object.key : entry.common_prefix;
  }
};

/// Entries whose names are greater than `marker`. A common prefix counts by its own name: one that the marker
/// is in, or is, comes before the marker.
Page read_page(Service& service, const Bucket& bucket, const ListRequest& list, std::string_view marker) {
  Page page;
  if (list.most == 0) return page;
  std::string from(marker);
  bool inclusive = false;
  while (true) {
    auto entry = service.catalog.next(bucket.id, from, inclusive, list.prefix, list.delimiter);
    if (!entry) return page;
    std::optional<std::string> past;
    if (!entry->common_prefix.empty()) past = after_all_with(entry->common_prefix);
    const bool skipped = !entry->common_prefix.empty() && std::string_view(entry->common_prefix) <= marker;
    if (!skipped) {
      if (page.entries.size() == list.most) {
        page.truncated = true;
        return page;
      }
      page.entries.push_back(std::move(*entry));
    }
    if (past) {
      from = std::move(*past);
      inclusive = true;
    } else if (skipped || !page.entries.back().common_prefix.empty()) {
      // A prefix of bytes FF alone, which UTF-8 keys never have: nothing can follow it.
      return page;
    } else {
      from = page.entries.back().object.key;
      inclusive = false;
    }
  }
}

void write_owner(core::XmlWriter& xml, const Service& service) {
  xml.open("Owner");
  xml.element("ID", owner_id(*service.facts));
  xml.close("Owner");
}

void write_storage_class(core::XmlWriter& xml, const StoredHeaders& headers) {
  std::string_view storage_class = "STANDARD";
  for (const auto& [name, value] : headers) {
    if (name == "x-amz-storage-class") storage_class = value;
  }
  xml.element("StorageClass", storage_class);
}

void write_object(core::XmlWriter& xml, const ListRequest& list, const Service& service, const Object& object,
                  std::string_view element, bool with_owner) {
  xml.open(element);
  xml.element("Key", list.shown(object.key));
  if (element == "Version") {
    xml.element("VersionId", "null");
    xml.element("IsLatest", "true");
  }
  xml.element("LastModified", xml_time(object.modified));
  xml.element("ETag", in_quotes(object.etag));
  if (object.checksum) {
    xml.element("ChecksumAlgorithm", name_of(object.checksum->algorithm));
    xml.element("ChecksumType", object.checksum->type());
  }
  xml.element("Size", fmt::format("{}", object.size));
  if (with_owner) write_owner(xml, service);
  write_storage_class(xml, object.headers);
  xml.close(element);
}

void write_entries(core::XmlWriter& xml, const ListRequest& list, const Service& service, const Page& page,
                   std::string_view element, bool with_owner) {
  for (const Listed& entry : page.entries) {
    if (entry.common_prefix.empty()) write_object(xml, list, service, entry.object, element, with_owner);
  }
  for (const Listed& entry : page.entries) {
    if (entry.common_prefix.empty()) continue;
    xml.open("CommonPrefixes");
    xml.element("Prefix", list.shown(entry.common_prefix));
    xml.close("CommonPrefixes");
  }
}

void write_head(core::XmlWriter& xml, const ListRequest& list, const Bucket& bucket,
                std::string_view most_element, bool truncated) {
  xml.element("Name", bucket.name);
  xml.element("Prefix", list.shown(list.prefix));
  if (!list.delimiter.empty()) xml.element("Delimiter", list.shown(list.delimiter));
  xml.element(most_element, fmt::format("{}", list.most));
  if (list.url_encoded) xml.element("EncodingType", "url");
  xml.element("IsTruncated", truncated ? "true" : "false");
}

/// Tokens are the last name given, in a form that says that it is one.
constexpr std::string_view token_mark = "1";

std::string token_after(const Page& page) {
  return core::base64(std::string(token_mark) + page.last());
}

Outcome<std::string> marker_of_token(const std::string& token) {
  const auto decoded = core::from_base64(token);
  if (!decoded || !decoded->starts_with(token_mark)) {
    return invalid_argument("The continuation token provided is incorrect", "continuation-token", token);
  }
  return decoded->substr(token_mark.size());
}

}  // namespace

Answer list_objects(Service& service, Request& request, const Bucket& bucket) {
  const auto list = parse_list_request(request, "max-keys");
  if (!list) return std::unexpected(list.error());
  const std::string marker(request.parameter_or("marker", ""));
  const Page page = read_page(service, bucket, *list, marker);

  core::XmlWriter xml;
  xml.declaration();
  xml.open("ListBucketResult", xml_namespace);
  write_head(xml, *list, bucket, "MaxKeys", page.truncated);
  xml.element("Marker", list->shown(marker));
  // Without a delimiter the last key serves as the next marker, and S3 leaves it out.
  if (page.truncated && !list->delimiter.empty()) xml.element("NextMarker", list->shown(page.last()));
  write_entries(xml, *list, service, page, "Contents", true);
  xml.close("ListBucketResult");
  return xml_answer(xml.take());
}

Answer list_objects_v2(Service& service, Request& request, const Bucket& bucket) {
  const auto list = parse_list_request(request, "max-keys");
  if (!list) return std::unexpected(list.error());
  const std::string start_after(request.parameter_or("start-after", ""));
  std::string marker = start_after;
  const std::string* token = request.parameter("continuation-token");
  if (token != nullptr) {
    auto named = marker_of_token(*token);
    if (!named) return std::unexpected(std::move(named.error()));
    marker = std::move(*named);
  }
  const Page page = read_page(service, bucket, *list, marker);

  core::XmlWriter xml;
  xml.declaration();
  xml.open("ListBucketResult", xml_namespace);
  write_head(xml, *list, bucket, "MaxKeys", page.truncated);
  xml.element("KeyCount", fmt::format("{}", page.entries.size()));
  if (token != nullptr) xml.element("ContinuationToken", *token);
  if (page.truncated) xml.element("NextContinuationToken", token_after(page));
  if (!start_after.empty()) xml.element("StartAfter", list->shown(start_after));
  write_entries(xml, *list, service, page, "Contents", request.parameter_or("fetch-owner", "") == "true");
  xml.close("ListBucketResult");
  return xml_answer(xml.take());
}

Answer list_object_versions(Service& service, Request& request, const Bucket& bucket) {
  const auto list = parse_list_request(request, "max-keys");
  if (!list) return std::unexpected(list.error());
  const std::string marker(request.parameter_or("key-marker", ""));
  const Page page = read_page(service, bucket, *list, marker);

  core::XmlWriter xml;
  xml.declaration();
  xml.open("ListVersionsResult", xml_namespace);
  write_head(xml, *list, bucket, "MaxKeys", page.truncated);
  xml.element("KeyMarker", list->shown(marker));
  xml.element("VersionIdMarker", request.parameter_or("version-id-marker", ""));
  if (page.truncated) {
    xml.element("NextKeyMarker", list->shown(page.last()));
    if (page.entries.back().common_prefix.empty()) xml.element("NextVersionIdMarker", "null");
  }
  write_entries(xml, *list, service, page, "Version", true);
  xml.close("ListVersionsResult");
  return xml_answer(xml.take());
}

Answer list_multipart_uploads(Service& service, Request& request, const Bucket& bucket) {
  const auto list = parse_list_request(request, "max-uploads");
  if (!list) return std::unexpected(list.error());
  const std::string key_marker(request.parameter_or("key-marker", ""));
  const std::string id_marker(key_marker.empty() ? "" : request.parameter_or("upload-id-marker", ""));

  std::vector<Upload> found;
  std::vector<std::string> prefixes;
  bool truncated = false;
  std::string next_key;
  std::string next_id;
  std::string from_key = key_marker;
  // With no upload named, the uploads of the marker's key have been listed: ids are less than this.
  std::string from_id = !key_marker.empty() && id_marker.empty() ? "~" : id_marker;
  while (list->most != 0 && !truncated) {
    const std::vector<Upload> next = service.catalog.uploads(bucket.id, list->prefix, from_key, from_id, 1);
    if (next.empty()) break;
    const Upload& upload = next.front();
    const std::size_t end =
        list->delimiter.empty() ? std::string::npos : upload.key.find(list->delimiter, list->prefix.size());
    std::string common;
    if (end != std::string::npos) common = upload.key.substr(0, end + list->delimiter.size());
    const bool skipped =
        !common.empty() && (common <= key_marker || (!prefixes.empty() && prefixes.back() == common));
    if (!skipped && found.size() + prefixes.size() == list->most) {
      truncated = true;
      break;
    }
    from_key = upload.key;
    from_id = upload.id;
    if (skipped) continue;
    next_key = common.empty() ? upload.key : common;
    next_id = common.empty() ? upload.id : "";
    if (common.empty()) {
      found.push_back(upload);
    } else {
      prefixes.push_back(std::move(common));
    }
  }

  core::XmlWriter xml;
  xml.declaration();
  xml.open("ListMultipartUploadsResult", xml_namespace);
  xml.element("Bucket", bucket.name);
  xml.element("KeyMarker", list->shown(key_marker));
  xml.element("UploadIdMarker", id_marker);
  if (truncated) {
    xml.element("NextKeyMarker", list->shown(next_key));
    xml.element("NextUploadIdMarker", next_id);
  }
  xml.element("Prefix", list->shown(list->prefix));
  if (!list->delimiter.empty()) xml.element("Delimiter", list->shown(list->delimiter));
  if (list->url_encoded) xml.element("EncodingType", "url");
  xml.element("MaxUploads", fmt::format("{}", list->most));
  xml.element("IsTruncated", truncated ? "true" : "false");
  for (const Upload& upload : found) {
    xml.open("Upload");
    xml.element("Key", list->shown(upload.key));
    xml.element("UploadId", upload.id);
    xml.open("Initiator");
    xml.element("ID", owner_id(*service.facts));
    xml.close("Initiator");
    write_owner(xml, service);
    write_storage_class(xml, upload.headers);
    xml.element("Initiated", xml_time(upload.initiated));
    if (upload.algorithm) {
      xml.element("ChecksumAlgorithm", name_of(*upload.algorithm));
      xml.element("ChecksumType", upload.composite ? "COMPOSITE" : "FULL_OBJECT");
    }
    xml.close("Upload");
  }
  for (const std::string& prefix : prefixes) {
    xml.open("CommonPrefixes");
    xml.element("Prefix", list->shown(prefix));
    xml.close("CommonPrefixes");
  }
  xml.close("ListMultipartUploadsResult");
  return xml_answer(xml.take());
}

}  // namespace gannet::local::s3
