#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/encoding.hpp"
#include "core/timestamps.hpp"
#include "core/xml.hpp"
#include "local/s3/operations.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::size_t most_deletions = 1000;
/// An answer's body of up to this size is read at once.
constexpr std::uint64_t small_body = 64 * 1024;

/// Query parameters that replace an answer's headers.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> overrides{
    {{"response-content-type", "content-type"},
     {"response-content-language", "content-language"},
     {"response-expires", "expires"},
     {"response-cache-control", "cache-control"},
     {"response-content-disposition", "content-disposition"},
     {"response-content-encoding", "content-encoding"}}};

Outcome<std::string> tags_of_header(const Request& request) {
  const std::string* tags = request.header("x-amz-tagging");
  if (tags == nullptr) return std::string();
  return parse_tag_list(*tags, most_object_tags);
}

/// Which of an object's bytes are asked for.
struct Selection {
  ByteRange range{};
  bool partial = false;
  std::optional<ObjectChecksum> checksum{};
  std::int64_t parts_count = 0;  ///< To be told, if not 0.
};

Outcome<Selection> select_part(Service& service, const Request& request, const Object& object) {
  const auto number = parse_part_number(request);
  if (!number) return std::unexpected(number.error());
  if (object.parts == 0) {
    if (*number != 1) {
      return refuse(416, "InvalidPartNumber", "The requested partnumber is not satisfiable",
                    "PartNumberRequested", fmt::format("{}", *number));
    }
    return Selection{.range = {.size = object.size}, .partial = true, .checksum = object.checksum};
  }
  std::uint64_t begin = 0;
  for (const Part& part : service.catalog.parts_of_object(object.id)) {
    if (part.number == *number) {
      return Selection{.range = {.first = begin, .size = part.size},
                       .partial = true,
                       .checksum = part.checksum,
                       .parts_count = object.parts};
    }
    begin += part.size;
  }
  return refuse(416, "InvalidPartNumber", "The requested partnumber is not satisfiable",
                "PartNumberRequested", fmt::format("{}", *number));
}

Outcome<Selection> select_bytes(Service& service, const Request& request, const Object& object) {
  if (request.parameter("partNumber") != nullptr) {
    if (request.header("Range") != nullptr) {
      return invalid_request("Cannot specify both Range header and partNumber query parameter");
    }
    return select_part(service, request, object);
  }
  const auto range = requested_range(request, object);
  if (!range) return std::unexpected(range.error());
  if (*range) return Selection{.range = **range, .partial = true};
  return Selection{.range = {.size = object.size}, .checksum = object.checksum};
}

struct Deletion {
  std::string key;
  std::string etag;
  std::string version;
};

Outcome<std::pair<std::vector<Deletion>, bool>> parse_deletions(std::string_view document) {
  const auto root = core::parse_xml(document);
  if (!root || root->name != "Delete") return malformed_xml();
  std::vector<Deletion> deletions;
  bool quiet = false;
  for (const core::XmlElement& element : root->children) {
    if (element.name == "Quiet") {
      quiet = iequals(element.text, "true");
    } else if (element.name == "Object") {
      const core::XmlElement* key = element.find("Key");
      if (key == nullptr || key->text.empty()) return malformed_xml();
      deletions.push_back(Deletion{.key = key->text,
                                   .etag = std::string(element.text_of("ETag")),
                                   .version = std::string(element.text_of("VersionId"))});
    } else {
      return malformed_xml();
    }
  }
  if (deletions.empty() || deletions.size() > most_deletions) return malformed_xml();
  return std::pair(std::move(deletions), quiet);
}

bool brings_checksum(const Request& request) {
  if (request.header("content-md5") != nullptr || request.header("x-amz-trailer") != nullptr) return true;
  return std::ranges::any_of(object_checksums(), [&](core::ChecksumAlgorithm algorithm) {
    return request.header(header_of(algorithm)) != nullptr;
  });
}

void write_error(core::XmlWriter& xml, const std::string& key, const Failure& failure) {
  xml.open("Error");
  xml.element("Key", key);
  xml.element("Code", failure.code);
  xml.element("Message", failure.message);
  xml.close("Error");
}

}  // namespace

Task<Answer> put_object(Service& service, Request& request, Bucket bucket) {
  if (auto fine = check_write_headers(request); !fine) co_return std::unexpected(std::move(fine.error()));
  Object object{.key = request.key()};
  auto headers = headers_to_store(request);
  if (!headers) co_return std::unexpected(std::move(headers.error()));
  object.headers = std::move(*headers);
  auto tags = tags_of_header(request);
  if (!tags) co_return std::unexpected(std::move(tags.error()));
  object.tags = std::move(*tags);
  const auto plan = plan_payload(request, largest_put);
  if (!plan) co_return std::unexpected(plan.error());
  if (request.header("If-Match") != nullptr || request.header("If-None-Match") != nullptr) {
    // A write that cannot succeed is refused before its body is sent for.
    const auto existing = service.catalog.object(bucket.id, object.key);
    if (auto fine = check_write_conditions(request, existing); !fine) {
      co_return std::unexpected(std::move(fine.error()));
    }
  }

  ObjectsFolder::Writer file = service.objects.create();
  auto payload = co_await receive_file(request, *plan, file);
  if (!payload) co_return std::unexpected(std::move(payload.error()));
  object.file = file.finish();
  request.added_files.push_back(object.file);
  object.size = payload->size;
  object.etag = std::move(payload->md5);
  object.checksum = std::move(payload->checksum);
  object.modified = service.facts->now();
  const std::vector<Part> none;
  if (auto stored = store_object(service, request, bucket, object, none); !stored) {
    co_return std::unexpected(std::move(stored.error()));
  }
  http::ServerResponse answer = empty_answer(200);
  answer.headers.add("ETag", in_quotes(object.etag));
  if (object.checksum) add_checksum(answer.headers, *object.checksum);
  add_encryption(answer.headers, object.headers);
  co_return answer;
}

Answer get_object(Service& service, Request& request, const Bucket& bucket, bool head) {
  const auto object = find_object(service, request, bucket);
  if (!object) return std::unexpected(object.error());
  http::ServerResponse answer;
  add_object_headers(answer.headers, *object);
  if (auto fine = check_read_conditions(request, *object, answer.headers); !fine) {
    return std::unexpected(std::move(fine.error()));
  }
  const auto selection = select_bytes(service, request, *object);
  if (!selection) return std::unexpected(selection.error());

  for (const auto& [parameter, header] : overrides) {
    const std::string* value = request.parameter(parameter);
    if (value == nullptr) continue;
    if (auto fine = check_field(parameter, *value); !fine) return std::unexpected(std::move(fine.error()));
    answer.headers.set(header, *value);
  }
  if (selection->checksum && iequals(request.header_or("x-amz-checksum-mode", ""), "ENABLED")) {
    add_checksum(answer.headers, *selection->checksum);
  }
  if (selection->parts_count != 0) {
    answer.headers.add("x-amz-mp-parts-count", fmt::format("{}", selection->parts_count));
  }
  const ByteRange range = selection->range;
  if (selection->partial) {
    answer.status = 206;
    if (object->size != 0) {
      answer.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range.first,
                                                      range.first + range.size - 1, object->size));
    }
  }
  if (head) {
    answer.head_length = range.size;
    return answer;
  }
  if (range.size == 0) return answer;
  std::vector<Segment> segments = segments_of(service, *object, range);
  if (range.size <= small_body) {
    answer.body = Body(service.objects.read(segments));
  } else {
    answer.body = Body::stream(service.objects.open(std::move(segments)), range.size);
  }
  return answer;
}

Answer get_object_attributes(Service& service, Request& request, const Bucket& bucket) {
  const auto object = find_object(service, request, bucket);
  if (!object) return std::unexpected(object.error());
  static constexpr std::array<std::string_view, 5> known{"ETag", "Checksum", "ObjectParts", "StorageClass",
                                                         "ObjectSize"};
  std::array<bool, known.size()> wanted{};
  for (const auto& [name, list] : request.headers_with("x-amz-object-attribute")) {
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t comma = std::min(list.find(',', at), list.size());
      std::string_view attribute = std::string_view(list).substr(at, comma - at);
      while (attribute.starts_with(' ')) attribute.remove_prefix(1);
      while (attribute.ends_with(' ')) attribute.remove_suffix(1);
      const auto* const found = std::ranges::find(known, attribute);
      if (found == known.end())
        return invalid_argument("Invalid attribute name specified.", name, std::string(attribute));
      wanted[static_cast<std::size_t>(found - known.begin())] = true;
      at = comma + 1;
    }
  }
  if (std::ranges::none_of(wanted, [](bool each) { return each; })) {
    return invalid_request("Missing required header for this request: x-amz-object-attributes");
  }

  core::XmlWriter xml;
  xml.declaration();
  xml.open("GetObjectAttributesResponse", xml_namespace);
  if (wanted[0]) xml.element("ETag", object->etag);
  if (wanted[1] && object->checksum) {
    xml.open("Checksum");
    xml.element(element_of(object->checksum->algorithm), object->checksum->value);
    xml.element("ChecksumType", object->checksum->type());
    xml.close("Checksum");
  }
  if (wanted[2] && object->parts != 0) {
    const auto most = parse_number(request.header_or("x-amz-max-parts", "1000")).value_or(1000);
    const auto after = parse_number(request.header_or("x-amz-part-number-marker", "0")).value_or(0);
    std::vector<Part> parts = service.catalog.parts_of_object(object->id);
    std::erase_if(parts, [&](const Part& part) { return static_cast<std::uint64_t>(part.number) <= after; });
    const bool truncated = parts.size() > most;
    if (truncated) parts.resize(most);
    xml.open("ObjectParts");
    xml.element("TotalPartsCount", fmt::format("{}", object->parts));
    xml.element("PartsCount", fmt::format("{}", object->parts));
    xml.element("PartNumberMarker", fmt::format("{}", after));
    xml.element("NextPartNumberMarker", fmt::format("{}", parts.empty() ? 0 : parts.back().number));
    xml.element("MaxParts", fmt::format("{}", most));
    xml.element("IsTruncated", truncated ? "true" : "false");
    for (const Part& part : parts) {
      if (!part.checksum) continue;
      xml.open("Part");
      xml.element("PartNumber", fmt::format("{}", part.number));
      xml.element("Size", fmt::format("{}", part.size));
      xml.element(element_of(part.checksum->algorithm), part.checksum->value);
      xml.close("Part");
    }
    xml.close("ObjectParts");
  }
  if (wanted[3]) {
    std::string_view storage_class = "STANDARD";
    for (const auto& [name, value] : object->headers) {
      if (name == "x-amz-storage-class") storage_class = value;
    }
    xml.element("StorageClass", storage_class);
  }
  if (wanted[4]) xml.element("ObjectSize", fmt::format("{}", object->size));
  xml.close("GetObjectAttributesResponse");
  http::ServerResponse answer = xml_answer(xml.take());
  answer.headers.add("Last-Modified", core::rfc822(object->modified));
  return answer;
}

Answer delete_object(Service& service, Request& request, const Bucket& bucket) {
  if (const std::string* version = request.parameter("versionId"); version != nullptr && *version != "null") {
    return invalid_argument("Invalid version id specified", "versionId", *version);
  }
  if (const std::string* match = request.header("If-Match")) {
    const auto existing = service.catalog.object(bucket.id, request.key());
    if (!existing) return no_such_key(request.key());
    if (!names_etag(*match, existing->etag)) return precondition_failed("If-Match");
  }
  for (std::string& file : service.catalog.remove_object(bucket.id, request.key())) {
    request.freed_files.push_back(std::move(file));
  }
  return empty_answer(204);
}

Task<Answer> delete_objects(Service& service, Request& request, Bucket bucket) {
  if (!brings_checksum(request)) {
    co_return invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  }
  const auto document = co_await receive_document(request);
  if (!document) co_return std::unexpected(document.error());
  const auto parsed = parse_deletions(*document);
  if (!parsed) co_return std::unexpected(parsed.error());
  const auto& [deletions, quiet] = *parsed;

  core::XmlWriter xml;
  xml.declaration();
  xml.open("DeleteResult", xml_namespace);
  for (const Deletion& deletion : deletions) {
    if (!deletion.version.empty() && deletion.version != "null") {
      write_error(xml, deletion.key,
                  Failure{.code = "NoSuchVersion", .message = "The specified version does not exist."});
      continue;
    }
    if (!deletion.etag.empty()) {
      const auto existing = service.catalog.object(bucket.id, deletion.key);
      if (!existing || !names_etag(deletion.etag, existing->etag)) {
        write_error(xml, deletion.key, precondition_failed("If-Match").error());
        continue;
      }
    }
    for (std::string& file : service.catalog.remove_object(bucket.id, deletion.key)) {
      request.freed_files.push_back(std::move(file));
    }
    if (quiet) continue;
    xml.open("Deleted");
    xml.element("Key", deletion.key);
    if (!deletion.version.empty()) xml.element("VersionId", deletion.version);
    xml.close("Deleted");
  }
  xml.close("DeleteResult");
  co_return xml_answer(xml.take());
}

Answer get_object_acl(Service& service, Request& request, const Bucket& bucket) {
  const auto object = find_object(service, request, bucket);
  if (!object) return std::unexpected(object.error());
  return xml_answer(acl_document(*service.facts));
}

}  // namespace gannet::local::s3
