#include "runtime/request.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "runtime/address.hpp"
#include "runtime/compression.hpp"

namespace gannet::runtime {
namespace {

bool has_checksum(const Headers& headers) {
  return std::ranges::any_of(headers, [](const Header& header) {
    for (const std::string_view name :
         {"x-amz-checksum-crc32", "x-amz-checksum-crc32c", "x-amz-checksum-crc64nvme", "x-amz-checksum-sha1",
          "x-amz-checksum-sha256", "content-md5"}) {
      if (iequals(header.name, name)) return true;
    }
    return false;
  });
}

std::string checksum_of(std::string_view bytes, core::ChecksumAlgorithm algorithm) {
  core::Checksum checksum(algorithm);
  checksum.update(bytes);
  return core::base64(checksum.finish());
}

/// Adds the header with the checksum of `bytes` by the algorithm that was asked for, CRC32 if none was.
void add_checksum(Headers& headers, std::string_view bytes) {
  struct Algorithm {
    std::string_view name;
    std::string_view header;
    core::ChecksumAlgorithm algorithm;
  };
  static constexpr Algorithm algorithms[] = {
      {"CRC32", "x-amz-checksum-crc32", core::ChecksumAlgorithm::crc32},
      {"CRC32C", "x-amz-checksum-crc32c", core::ChecksumAlgorithm::crc32c},
      {"CRC64NVME", "x-amz-checksum-crc64nvme", core::ChecksumAlgorithm::crc64nvme},
      {"SHA1", "x-amz-checksum-sha1", core::ChecksumAlgorithm::sha1},
      {"SHA256", "x-amz-checksum-sha256", core::ChecksumAlgorithm::sha256},
  };
  const std::string_view wanted = headers.get("x-amz-sdk-checksum-algorithm");
  const auto* found =
      std::ranges::find_if(algorithms, [&](const Algorithm& one) { return iequals(one.name, wanted); });
  const Algorithm& algorithm = found == std::end(algorithms) ? algorithms[0] : *found;
  headers.add(algorithm.header, checksum_of(bytes, algorithm.algorithm));
}

/// Stores of other makers (OpenStack Swift) know no other checksum, and refuse what comes without it.
void add_md5(Headers& headers, std::string_view bytes) {
  try {
    headers.add("content-md5", checksum_of(bytes, core::ChecksumAlgorithm::md5));
  } catch (const std::runtime_error&) {
    // This machine forbids MD5; AWS is content with the other checksum.
  }
}

/// A trace id from the surroundings as the other SDKs send it: whatever it holds, it fails no call.
std::string percent_encoded_trace_id(std::string_view id) {
  std::string encoded;
  encoded.reserve(id.size());
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (std::string_view("-=;:+&[]{}\"',").find(id[i]) != std::string_view::npos) {
      encoded += id[i];
    } else {
      core::append_uri_encoded(encoded, id.substr(i, 1));
    }
  }
  return encoded;
}

Result<void> add_trace_id(const Config& config, Call& call) {
  std::string id = std::move(call.options.trace_id);
  if (id.empty() && config.trace_id) id = percent_encoded_trace_id(config.trace_id());
  if (id.empty() || call.request.headers.contains("x-amzn-trace-id")) return {};
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(id, is_control)) {
    return fail(ErrorKind::validation, "InvalidTraceId",
                "the trace id cannot be sent: it holds a line break or another control character");
  }
  call.request.headers.add("x-amzn-trace-id", id);
  return {};
}

}  // namespace

Result<Prepared> prepare(const ClientState& client, Call& call) {
  if (auto addressed = address(client, call); !addressed)
    return std::unexpected(std::move(addressed.error()));
  Prepared prepared;
  Headers& headers = call.request.headers;
  headers.reserve(headers.size() + 7);
  // The headers amz-sdk-invocation-id and amz-sdk-request are left out: they tell the service of retries and
  // nobody else, and would be hashed and signed with every call.
  headers.add("user-agent", client.user_agent);
  if (auto added = add_trace_id(client.config, call); !added)
    return std::unexpected(std::move(added.error()));
  compress(call, client.config);
  const auto bytes = call.body.in_memory();
  if (!client.service->s3) {
    if (!bytes) {
      return fail(ErrorKind::validation, "UnsupportedBody", "the body of this operation has to be in memory");
    }
    prepared.payload_hash = core::sha256_hex(as_text(*bytes));
    return prepared;
  }
  prepared.signing = {.path = core::PathRule::as_sent, .content_sha256_header = true};
  const auto size = call.body.size();
  if (!size) {
    return fail(
        ErrorKind::validation, "MissingContentLength",
        "S3 has to be told a body's length before it comes: give the body a length, or upload it in parts");
  }
  // Over TLS the connection keeps the body whole and a CRC is enough for the rest of the way.
  const bool tls = call.request.origin.tls;
  const bool required = call.operation->checksum_required;
  if (bytes && (required || (call.operation->takes_checksum && tls)) && !has_checksum(headers)) {
    if (required && !headers.contains("x-amz-sdk-checksum-algorithm")) add_md5(headers, as_text(*bytes));
    add_checksum(headers, as_text(*bytes));
  }
  if (*size == 0) {
    prepared.payload_hash = core::empty_sha256_hex;
  } else if (bytes && !tls) {
    prepared.payload_hash = core::sha256_hex(as_text(*bytes));
  } else {
    prepared.payload_hash = core::unsigned_payload;
  }
  return prepared;
}

void sign(const ClientState& client, Call& call, const Prepared& prepared, const Credentials& who,
          Timestamp now) {
  if (call.request.headers.contains("authorization")) {
    for (const char* of_the_last :
         {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}) {
      call.request.headers.remove(of_the_last);
    }
  }
  core::sign(call.request, prepared.payload_hash, who,
             {.region = call.signing_region, .service = call.signing_name}, now,
             client.config.shared->signing_keys, prepared.signing);
}

Error no_provider() {
  return {.kind = ErrorKind::configuration,
          .code = "NoCredentials",
          .message = "the Config has no credentials: make it with Config::load, or set Config::credentials"};
}

}  // namespace gannet::runtime
