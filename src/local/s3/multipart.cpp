#include "local/s3/multipart.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_set>

#include <fmt/format.h>
#include <sys/random.h>

#include "core/ascii.hpp"
#include "core/encoding.hpp"
#include "core/xml.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::uint64_t largest_object = 50ULL << 40;

std::string random_upload_id() {
  std::array<std::byte, 32> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw StoreError(fmt::format("the system gave no random bytes (error {})", errno));
  }
  return core::hex(bytes);
}

/// Reads `x-amz-checksum-algorithm` and `x-amz-checksum-type` into the upload.
Outcome<void> plan_checksum(const Request& request, Upload& upload) {
  const std::string* type = request.header("x-amz-checksum-type");
  const std::string* name = request.header("x-amz-checksum-algorithm");
  if (name == nullptr) {
    if (type == nullptr) return {};
    return invalid_request(
        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  }
  const auto algorithm = checksum_named(*name);
  if (!algorithm) {
    return invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5]");
  }
  upload.algorithm = algorithm;
  upload.composite = *algorithm != core::ChecksumAlgorithm::crc64nvme;
  if (type == nullptr) return {};
  if (*type != "COMPOSITE" && *type != "FULL_OBJECT") {
    return invalid_request("Value for x-amz-checksum-type header is invalid.");
  }
  upload.composite = *type == "COMPOSITE";
  const bool possible =
      upload.composite ? *algorithm != core::ChecksumAlgorithm::crc64nvme : combines(*algorithm);
  if (!possible) {
    return invalid_request(fmt::format("The {} checksum type cannot be used with the {} checksum algorithm.",
                                       *type, core::lower(*name)));
  }
  return {};
}

struct NamedPart {
  std::int64_t number = 0;
  std::string etag{};
  std::optional<ObjectChecksum> checksum{};
};

Outcome<std::vector<NamedPart>> parse_completion(std::string_view document) {
  const auto root = core::parse_xml(document);
  if (!root || root->name != "CompleteMultipartUpload") return malformed_xml();
  std::vector<NamedPart> parts;
  for (const core::XmlElement& element : root->children) {
    if (element.name != "Part") return malformed_xml();
    const auto number = parse_number(element.text_of("PartNumber"));
    if (!number || element.find("ETag") == nullptr) return malformed_xml();
    if (*number < 1 || *number > static_cast<std::uint64_t>(largest_part_number)) return malformed_xml();
    std::string_view etag = element.text_of("ETag");
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
    NamedPart part{.number = static_cast<std::int64_t>(*number), .etag = std::string(etag)};
    for (const core::ChecksumAlgorithm algorithm : object_checksums()) {
      if (const core::XmlElement* checksum = element.find(element_of(algorithm))) {
        part.checksum = ObjectChecksum{.algorithm = algorithm, .value = checksum->text};
      }
    }
    parts.push_back(std::move(part));
  }
  if (parts.empty() || parts.size() > static_cast<std::size_t>(largest_part_number)) return malformed_xml();
  return parts;
}

std::unexpected<Failure> invalid_part(const Upload& upload, const NamedPart& part) {
  Failure failure{.status = 400,
                  .code = "InvalidPart",
                  .message =
                      "One or more of the specified parts could not be found.  The part may not have been "
                      "uploaded, or the specified entity tag may not match the part's entity tag."};
  failure.facts.emplace_back("UploadId", upload.id);
  failure.facts.emplace_back("PartNumber", fmt::format("{}", part.number));
  failure.facts.emplace_back("ETag", part.etag);
  return std::unexpected(std::move(failure));
}

Outcome<void> check_order(const std::vector<NamedPart>& named) {
  for (std::size_t i = 1; i < named.size(); ++i) {
    if (named[i].number <= named[i - 1].number) {
      return refuse(400, "InvalidPartOrder",
                    "The list of parts was not in ascending order. Parts must be ordered by part number.");
    }
  }
  return {};
}

/// The parts that are named, of those there are.
Outcome<std::vector<Part>> choose_parts(const Upload& upload, const std::vector<NamedPart>& named,
                                        const std::vector<Part>& present) {
  std::vector<Part> chosen;
  for (const NamedPart& want : named) {
    const auto found = std::ranges::lower_bound(present, want.number, std::ranges::less(),
                                                [](const Part& part) { return part.number; });
    if (found == present.end() || found->number != want.number || found->etag != want.etag) {
      return invalid_part(upload, want);
    }
    if (want.checksum) {
      if (!found->checksum || found->checksum->algorithm != want.checksum->algorithm ||
          found->checksum->value != want.checksum->value) {
        return invalid_part(upload, want);
      }
    } else if (upload.algorithm && upload.composite) {
      return invalid_request(
          fmt::format("The upload was created using a {0} checksum. The complete request must "
                      "include the checksum for each part. It was missing for part {1} in the "
                      "request.",
                      core::lower(name_of(*upload.algorithm)), want.number));
    }
    chosen.push_back(*found);
  }
  for (std::size_t i = 0; i + 1 < chosen.size(); ++i) {
    if (chosen[i].size >= smallest_part) continue;
    Failure failure{.status = 400,
                    .code = "EntityTooSmall",
                    .message = "Your proposed upload is smaller than the minimum allowed size"};
    failure.facts.emplace_back("ProposedSize", fmt::format("{}", chosen[i].size));
    failure.facts.emplace_back("MinSizeAllowed", fmt::format("{}", smallest_part));
    failure.facts.emplace_back("PartNumber", fmt::format("{}", chosen[i].number));
    failure.facts.emplace_back("ETag", chosen[i].etag);
    return std::unexpected(std::move(failure));
  }
  return chosen;
}

/// Whether what the request says of the whole object holds.
Outcome<void> check_whole(const Request& request, const Upload& upload, const Object& object) {
  if (const std::string* size = request.header("x-amz-mp-object-size")) {
    if (parse_number(*size) != object.size) {
      return invalid_request(fmt::format(
          "The provided 'x-amz-mp-object-size' header value {} does not match what was computed: {}", *size,
          object.size));
    }
  }
  if (const std::string* type = request.header("x-amz-checksum-type")) {
    const std::string_view upload_type = upload.composite ? "COMPOSITE" : "FULL_OBJECT";
    if (upload.algorithm && *type != upload_type) {
      return invalid_request(
          fmt::format("The upload was created using the {} checksum mode. The complete request must use the "
                      "same checksum mode.",
                      upload_type));
    }
  }
  for (const core::ChecksumAlgorithm algorithm : object_checksums()) {
    const std::string* value = request.header(header_of(algorithm));
    if (value == nullptr) continue;
    if (!object.checksum || object.checksum->algorithm != algorithm || object.checksum->value != *value) {
      return refuse(
          400, "BadDigest",
          fmt::format("The {} you specified did not match the calculated checksum.", name_of(algorithm)));
    }
  }
  return {};
}

std::string completion_document(const Request& request, const Bucket& bucket, const Object& object) {
  core::XmlWriter xml;
  xml.declaration();
  xml.open("CompleteMultipartUploadResult", xml_namespace);
  xml.element("Location", fmt::format("http://{}{}", request.head.headers.get("host"), request.head.path));
  xml.element("Bucket", bucket.name);
  xml.element("Key", object.key);
  xml.element("ETag", in_quotes(object.etag));
  if (object.checksum) {
    xml.element(element_of(object.checksum->algorithm), object.checksum->value);
    xml.element("ChecksumType", object.checksum->type());
  }
  xml.close("CompleteMultipartUploadResult");
  return xml.take();
}

/// One line that two requests to complete an upload have in common when they name the same parts.
std::string fingerprint(const std::vector<NamedPart>& named) {
  std::string text;
  for (const NamedPart& part : named) text += fmt::format("{}:{}\n", part.number, part.etag);
  return core::sha256_hex(text);
}

}  // namespace

std::string etag_of_parts(std::span<const Part> parts) {
  core::Checksum md5(core::ChecksumAlgorithm::md5);
  for (const Part& part : parts) md5.update(as_text(core::from_hex(part.etag).value_or(Bytes())));
  return fmt::format("{}-{}", core::hex(as_bytes(md5.finish())), parts.size());
}

std::optional<ObjectChecksum> checksum_of_parts(std::span<const Part> parts,
                                                core::ChecksumAlgorithm algorithm, bool composite) {
  core::Checksum over_checksums(algorithm);
  std::string joined;
  for (const Part& part : parts) {
    if (!part.checksum || part.checksum->algorithm != algorithm) return std::nullopt;
    const std::string value = core::from_base64(part.checksum->value).value_or(std::string());
    if (composite) {
      over_checksums.update(value);
    } else {
      joined = joined.empty() ? value : combined(algorithm, joined, value, part.size);
    }
  }
  ObjectChecksum checksum{.algorithm = algorithm, .composite = composite};
  checksum.value = composite ? fmt::format("{}-{}", core::base64(over_checksums.finish()), parts.size())
                             : core::base64(joined);
  return checksum;
}

Outcome<std::int64_t> parse_part_number(const Request& request) {
  const std::string text(request.parameter_or("partNumber", ""));
  const auto number = parse_number(text);
  if (!number || *number < 1 || *number > static_cast<std::uint64_t>(largest_part_number)) {
    return invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
                            text);
  }
  return static_cast<std::int64_t>(*number);
}

Outcome<Upload> find_upload(Service& service, const Request& request, const Bucket& bucket) {
  const std::string id(request.parameter_or("uploadId", ""));
  auto upload = service.catalog.upload(bucket.id, request.key(), id);
  if (!upload) return no_such_upload(id);
  return std::move(*upload);
}

Outcome<void> store_part(Service& service, Request& request, const Bucket& bucket, const Part& part) {
  const auto upload = find_upload(service, request, bucket);
  if (!upload) return std::unexpected(upload.error());
  for (std::string& file : service.catalog.put_part(upload->id, part))
    request.freed_files.push_back(std::move(file));
  return {};
}

Answer create_multipart_upload(Service& service, Request& request, const Bucket& bucket) {
  if (auto fine = check_write_headers(request); !fine) return std::unexpected(std::move(fine.error()));
  Upload upload{.bucket = bucket.id, .key = request.key(), .initiated = service.facts->now()};
  auto headers = headers_to_store(request);
  if (!headers) return std::unexpected(std::move(headers.error()));
  upload.headers = std::move(*headers);
  if (const std::string* tags = request.header("x-amz-tagging")) {
    auto parsed = parse_tag_list(*tags, most_object_tags);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    upload.tags = std::move(*parsed);
  }
  if (auto fine = plan_checksum(request, upload); !fine) return std::unexpected(std::move(fine.error()));
  upload.id = random_upload_id();
  service.catalog.add_upload(upload);

  core::XmlWriter xml;
  xml.declaration();
  xml.open("InitiateMultipartUploadResult", xml_namespace);
  xml.element("Bucket", bucket.name);
  xml.element("Key", upload.key);
  xml.element("UploadId", upload.id);
  xml.close("InitiateMultipartUploadResult");
  http::ServerResponse answer = xml_answer(xml.take());
  if (upload.algorithm) {
    answer.headers.add("x-amz-checksum-algorithm", name_of(*upload.algorithm));
    answer.headers.add("x-amz-checksum-type", upload.composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  add_encryption(answer.headers, upload.headers);
  return answer;
}

Task<Answer> upload_part(Service& service, Request& request, Bucket bucket) {
  const auto number = parse_part_number(request);
  if (!number) co_return std::unexpected(number.error());
  if (auto fine = check_write_headers(request); !fine) co_return std::unexpected(std::move(fine.error()));
  const auto upload = find_upload(service, request, bucket);
  if (!upload) co_return std::unexpected(upload.error());
  auto plan = plan_payload(request, largest_put);
  if (!plan) co_return std::unexpected(std::move(plan.error()));
  if (upload->algorithm && plan->algorithm != upload->algorithm) {
    if (plan->algorithm || upload->composite) {
      co_return invalid_request(
          fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                      core::lower(name_of(*upload->algorithm)),
                      plan->algorithm ? core::lower(name_of(*plan->algorithm)) : "null"));
    }
    plan->algorithm = upload->algorithm;
  }

  ObjectsFolder::Writer file = service.objects.create();
  auto payload = co_await receive_file(request, *plan, file);
  if (!payload) co_return std::unexpected(std::move(payload.error()));
  const Part part{.number = *number,
                  .size = payload->size,
                  .etag = std::move(payload->md5),
                  .modified = service.facts->now(),
                  .checksum = std::move(payload->checksum),
                  .file = file.finish()};
  request.added_files.push_back(part.file);
  if (auto stored = store_part(service, request, bucket, part); !stored) {
    co_return std::unexpected(std::move(stored.error()));
  }
  http::ServerResponse answer = empty_answer(200);
  answer.headers.add("ETag", in_quotes(part.etag));
  if (part.checksum) answer.headers.add(header_of(part.checksum->algorithm), part.checksum->value);
  add_encryption(answer.headers, upload->headers);
  co_return answer;
}

Answer list_parts(Service& service, Request& request, const Bucket& bucket) {
  const auto upload = find_upload(service, request, bucket);
  if (!upload) return std::unexpected(upload.error());
  constexpr std::uint64_t largest_page = 1000;
  const std::string most_text(request.parameter_or("max-parts", "1000"));
  const std::string after_text(request.parameter_or("part-number-marker", "0"));
  const auto most_asked = parse_number(most_text);
  if (!most_asked)
    return invalid_argument("Provided max-parts not an integer or within integer range", "max-parts",
                            most_text);
  const auto after = parse_number(after_text.empty() ? "0" : after_text);
  if (!after || *after > 2'147'483'647) {
    return invalid_argument("Provided part-number-marker not an integer or within integer range",
                            "part-number-marker", after_text);
  }
  const auto most = static_cast<std::size_t>(std::min(*most_asked, largest_page));
  std::vector<Part> parts = service.catalog.parts(upload->id, static_cast<std::int64_t>(*after), most + 1);
  const bool truncated = parts.size() > most;
  if (truncated) parts.resize(most);

  core::XmlWriter xml;
  xml.declaration();
  xml.open("ListPartsResult", xml_namespace);
  xml.element("Bucket", bucket.name);
  xml.element("Key", upload->key);
  xml.element("UploadId", upload->id);
  xml.open("Initiator");
  xml.element("ID", owner_id(*service.facts));
  xml.close("Initiator");
  xml.open("Owner");
  xml.element("ID", owner_id(*service.facts));
  xml.close("Owner");
  xml.element("StorageClass", "STANDARD");
  xml.element("PartNumberMarker", fmt::format("{}", *after));
  xml.element("NextPartNumberMarker", fmt::format("{}", parts.empty() ? 0 : parts.back().number));
  xml.element("MaxParts", fmt::format("{}", most));
  xml.element("IsTruncated", truncated ? "true" : "false");
  if (upload->algorithm) {
    xml.element("ChecksumAlgorithm", name_of(*upload->algorithm));
    xml.element("ChecksumType", upload->composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  for (const Part& part : parts) {
    xml.open("Part");
    xml.element("PartNumber", fmt::format("{}", part.number));
    xml.element("LastModified", xml_time(part.modified));
    xml.element("ETag", in_quotes(part.etag));
    if (part.checksum) xml.element(element_of(part.checksum->algorithm), part.checksum->value);
    xml.element("Size", fmt::format("{}", part.size));
    xml.close("Part");
  }
  xml.close("ListPartsResult");
  return xml_answer(xml.take());
}

Task<Answer> complete_multipart_upload(Service& service, Request& request, Bucket bucket) {
  const auto document = co_await receive_document(request, ChecksumsAre::of_object);
  if (!document) co_return std::unexpected(document.error());
  const auto named = parse_completion(*document);
  if (!named) co_return std::unexpected(named.error());
  const auto upload = find_upload(service, request, bucket);
  if (!upload) {
    // Asked again after an answer that was lost: it gets the same answer.
    auto answer = service.catalog.completed(bucket.id, request.key(), request.parameter_or("uploadId", ""),
                                            fingerprint(*named));
    if (answer) co_return xml_answer(std::move(*answer));
    co_return std::unexpected(upload.error());
  }
  if (auto fine = check_order(*named); !fine) co_return std::unexpected(std::move(fine.error()));
  const std::vector<Part> present =
      service.catalog.parts(upload->id, 0, static_cast<std::size_t>(largest_part_number));
  const auto chosen = choose_parts(*upload, *named, present);
  if (!chosen) co_return std::unexpected(chosen.error());

  Object object{.key = upload->key,
                .etag = etag_of_parts(*chosen),
                .modified = service.facts->now(),
                .headers = upload->headers,
                .tags = upload->tags};
  for (const Part& part : *chosen) object.size += part.size;
  if (object.size > largest_object) {
    co_return refuse(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
  }
  if (upload->algorithm) object.checksum = checksum_of_parts(*chosen, *upload->algorithm, upload->composite);
  if (auto fine = check_whole(request, *upload, object); !fine)
    co_return std::unexpected(std::move(fine.error()));
  std::string result = completion_document(request, bucket, object);

  const auto stored = service.catalog.database().atomically([&]() -> Outcome<void> {
    if (auto fine = store_object(service, request, bucket, object, *chosen); !fine) return fine;
    std::unordered_set<std::string_view> used;
    for (const Part& part : *chosen) used.insert(part.file);
    for (std::string& file : service.catalog.remove_upload(upload->id)) {
      if (!used.contains(file)) request.freed_files.push_back(std::move(file));
    }
    service.catalog.remember_completed(*upload, fingerprint(*named), result, object.modified);
    return {};
  });
  if (!stored) co_return std::unexpected(stored.error());
  http::ServerResponse answer = xml_answer(std::move(result));
  add_encryption(answer.headers, object.headers);
  co_return answer;
}

Answer abort_multipart_upload(Service& service, Request& request, const Bucket& bucket) {
  const auto upload = find_upload(service, request, bucket);
  if (!upload) return std::unexpected(upload.error());
  for (std::string& file : service.catalog.remove_upload(upload->id))
    request.freed_files.push_back(std::move(file));
  return empty_answer(204);
}

}  // namespace gannet::local::s3
