#include <algorithm>
#include <array>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/encoding.hpp"
#include "core/xml.hpp"
#include "local/s3/multipart.hpp"
#include "local/s3/operations.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
/// How much is copied before others get their turn.
constexpr std::uint64_t stretch = 1 << 20;

struct Source {
  Bucket bucket;
  Object object;
};

/// `/bucket/key` or `bucket/key`, percent-encoded, perhaps with `?versionId=`.
Outcome<Source> find_source(Service& service, const Request& request) {
  std::string_view text = request.header_or("x-amz-copy-source", "");
  const std::size_t question = text.find("?versionId=");
  if (question != std::string_view::npos) {
    const std::string_view version = text.substr(question + std::string_view("?versionId=").size());
    if (version != "null") {
      return invalid_argument("Invalid version id specified", "x-amz-copy-source", std::string(text));
    }
    text = text.substr(0, question);
  }
  const auto decoded = core::uri_decode(text);
  const std::string_view path =
      decoded ? std::string_view(*decoded).substr(decoded->starts_with('/') ? 1 : 0) : std::string_view();
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size() || !core::is_utf8(path)) {
    return invalid_argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                            "x-amz-copy-source", std::string(text));
  }
  const std::string name(path.substr(0, slash));
  const std::string key(path.substr(slash + 1));
  auto bucket = service.catalog.bucket(name);
  if (!bucket) return no_such_bucket(name);
  if (const std::string* owner = request.header("x-amz-source-expected-bucket-owner");
      owner != nullptr && *owner != service.facts->account_id) {
    return refuse(403, "AccessDenied", "Access Denied");
  }
  auto object = service.catalog.object(bucket->id, key);
  if (!object) return no_such_key(key);
  if (auto fine = check_copy_conditions(request, *object); !fine)
    return std::unexpected(std::move(fine.error()));
  return Source{.bucket = std::move(*bucket), .object = std::move(*object)};
}

struct Copied {
  std::string file{};
  std::string md5{};  ///< In hex
  std::optional<ObjectChecksum> checksum{};
};

/// Writes the bytes of `segments` to a file of their own.
Task<Copied> copy_bytes(Service& service, std::vector<Segment> segments,
                        std::optional<core::ChecksumAlgorithm> algorithm) {
  ObjectsFolder::Writer file = service.objects.create();
  const std::unique_ptr<ByteSource> source = service.objects.open(std::move(segments));
  core::Checksum md5(core::ChecksumAlgorithm::md5);
  std::optional<core::Checksum> checksum;
  if (algorithm) checksum.emplace(*algorithm);
  std::vector<std::byte> buffer(buffer_size);
  std::uint64_t since_pause = 0;
  while (true) {
    const auto count = co_await source->read_some(buffer);
    if (!count) throw StoreError(count.error().message);
    if (*count == 0) break;
    const std::string_view bytes = as_text(std::span(buffer).first(*count));
    md5.update(bytes);
    if (checksum) checksum->update(bytes);
    file.write(bytes);
    since_pause += *count;
    if (since_pause >= stretch) {
      since_pause = 0;
      const auto executor = co_await boost::asio::this_coro::executor;
      co_await boost::asio::post(executor, boost::asio::use_awaitable);
    }
  }
  Copied copied{.md5 = core::hex(as_bytes(md5.finish()))};
  if (checksum)
    copied.checksum = ObjectChecksum{.algorithm = *algorithm, .value = core::base64(checksum->finish())};
  copied.file = file.finish();
  co_return copied;
}

/// The bytes `range` of `source` in a file of their own: a link where that is the same thing, with what is
/// known.
Task<Copied> copy_range(Service& service, const Object& source, ByteRange range,
                        std::optional<core::ChecksumAlgorithm> algorithm) {
  const bool whole = range.first == 0 && range.size == source.size;
  const bool checksum_known = !algorithm || (source.checksum && !source.checksum->composite &&
                                             source.checksum->algorithm == *algorithm);
  if (whole && source.parts == 0 && checksum_known) {
    if (auto linked = service.objects.link(source.file)) {
      Copied copied{.file = std::move(*linked), .md5 = source.etag};
      if (algorithm) copied.checksum = source.checksum;
      co_return copied;
    }
  }
  co_return co_await copy_bytes(service, segments_of(service, source, range), algorithm);
}

enum class Directive : std::uint8_t { copy, replace };

Outcome<Directive> parse_directive(const Request& request, std::string_view header, std::string_view what) {
  const std::string_view text = request.header_or(header, "COPY");
  if (text == "COPY") return Directive::copy;
  if (text == "REPLACE") return Directive::replace;
  return invalid_argument(fmt::format("Unknown {} directive.", what), std::string(header), std::string(text));
}

Outcome<Object> plan_copy(const Request& request, const Source& source, const Bucket& bucket) {
  const auto metadata = parse_directive(request, "x-amz-metadata-directive", "metadata");
  if (!metadata) return std::unexpected(metadata.error());
  const auto tagging = parse_directive(request, "x-amz-tagging-directive", "tagging");
  if (!tagging) return std::unexpected(tagging.error());
  auto given = headers_to_store(request);
  if (!given) return std::unexpected(std::move(given.error()));
  const bool changes = *metadata == Directive::replace || request.header("x-amz-storage-class") != nullptr ||
                       request.header("x-amz-website-redirect-location") != nullptr ||
                       request.header("x-amz-server-side-encryption") != nullptr;
  if (!changes && source.bucket.id == bucket.id && source.object.key == request.key()) {
    return invalid_request(
        "This copy request is illegal because it is trying to copy an object to itself without changing the "
        "object's "
        "metadata, storage class, website redirect location or encryption attributes.");
  }
  Object object{.key = request.key(), .size = source.object.size};
  if (*metadata == Directive::replace) {
    object.headers = std::move(*given);
  } else {
    // Of the request count what says how the copy is kept; of the source, what says what it is.
    const auto is_of_keeping = [](std::string_view name) {
      return name == "x-amz-storage-class" || name == "x-amz-website-redirect-location" ||
             name.starts_with("x-amz-server-side-encryption");
    };
    for (const auto& field : source.object.headers) {
      if (!is_of_keeping(field.first)) object.headers.push_back(field);
    }
    for (auto& field : *given) {
      if (is_of_keeping(field.first)) object.headers.push_back(std::move(field));
    }
  }
  object.tags = source.object.tags;
  if (*tagging == Directive::replace) {
    auto tags = parse_tag_list(request.header_or("x-amz-tagging", ""), most_object_tags);
    if (!tags) return std::unexpected(std::move(tags.error()));
    object.tags = std::move(*tags);
  }
  return object;
}

void write_result(core::XmlWriter& xml, std::string_view element, std::string_view etag, Timestamp modified,
                  const std::optional<ObjectChecksum>& checksum) {
  xml.declaration();
  xml.open(element, xml_namespace);
  xml.element("LastModified", xml_time(modified));
  xml.element("ETag", in_quotes(etag));
  if (checksum) {
    xml.element(element_of(checksum->algorithm), checksum->value);
    xml.element("ChecksumType", checksum->type());
  }
  xml.close(element);
}

/// `bytes=first-last`, both there and both of the source.
Outcome<ByteRange> parse_source_range(const Request& request, const Object& source) {
  const std::string* text = request.header("x-amz-copy-source-range");
  if (text == nullptr) return ByteRange{.size = source.size};
  constexpr std::string_view unit = "bytes=";
  const std::size_t dash = text->find('-');
  if (text->starts_with(unit) && dash != std::string::npos) {
    const auto first = parse_number(std::string_view(*text).substr(unit.size(), dash - unit.size()));
    const auto last = parse_number(std::string_view(*text).substr(dash + 1));
    if (first && last && *first <= *last) {
      if (*last < source.size) return ByteRange{.first = *first, .size = *last - *first + 1};
      return invalid_argument(
          fmt::format("Range specified is not valid for source object of size: {}", source.size),
          "x-amz-copy-source-range", *text);
    }
  }
  return invalid_argument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
      "zero-based "
      "offsets of the first and last bytes to copy",
      "x-amz-copy-source-range", *text);
}

}  // namespace

Task<Answer> copy_object(Service& service, Request& request, Bucket bucket) {
  if (auto fine = check_write_headers(request); !fine) co_return std::unexpected(std::move(fine.error()));
  const auto source = find_source(service, request);
  if (!source) co_return std::unexpected(source.error());
  if (source->object.size > largest_put) {
    co_return invalid_request(fmt::format(
        "The specified copy source is larger than the maximum allowable size for a copy source: {}",
        largest_put));
  }
  auto planned = plan_copy(request, *source, bucket);
  if (!planned) co_return std::unexpected(std::move(planned.error()));
  Object object = std::move(*planned);
  std::optional<core::ChecksumAlgorithm> algorithm;
  if (source->object.checksum) algorithm = source->object.checksum->algorithm;
  if (const std::string* name = request.header("x-amz-checksum-algorithm")) {
    algorithm = checksum_named(*name);
    if (!algorithm) co_return invalid_request("Checksum algorithm provided is unsupported.");
  }

  const ByteRange all{.size = source->object.size};
  Copied copied = co_await copy_range(service, source->object, all, algorithm);
  request.added_files.push_back(copied.file);
  object.file = std::move(copied.file);
  object.etag = std::move(copied.md5);
  object.checksum = std::move(copied.checksum);
  object.modified = service.facts->now();
  const std::vector<Part> none;
  if (auto stored = store_object(service, request, bucket, object, none); !stored) {
    co_return std::unexpected(std::move(stored.error()));
  }
  core::XmlWriter xml;
  write_result(xml, "CopyObjectResult", object.etag, object.modified, object.checksum);
  http::ServerResponse answer = xml_answer(xml.take());
  add_encryption(answer.headers, object.headers);
  co_return answer;
}

Task<Answer> upload_part_copy(Service& service, Request& request, Bucket bucket) {
  const auto number = parse_part_number(request);
  if (!number) co_return std::unexpected(number.error());
  const auto upload = find_upload(service, request, bucket);
  if (!upload) co_return std::unexpected(upload.error());
  const auto source = find_source(service, request);
  if (!source) co_return std::unexpected(source.error());
  const auto range = parse_source_range(request, source->object);
  if (!range) co_return std::unexpected(range.error());
  if (range->size > largest_put) {
    co_return invalid_request(fmt::format(
        "The specified copy range is larger than the maximum allowable size for a copy source: {}",
        largest_put));
  }
  Copied copied = co_await copy_range(service, source->object, *range, upload->algorithm);
  request.added_files.push_back(copied.file);
  const Part part{.number = *number,
                  .size = range->size,
                  .etag = std::move(copied.md5),
                  .modified = service.facts->now(),
                  .checksum = std::move(copied.checksum),
                  .file = std::move(copied.file)};
  if (auto stored = store_part(service, request, bucket, part); !stored) {
    co_return std::unexpected(std::move(stored.error()));
  }
  core::XmlWriter xml;
  write_result(xml, "CopyPartResult", part.etag, part.modified, part.checksum);
  co_return xml_answer(xml.take());
}

}  // namespace gannet::local::s3
