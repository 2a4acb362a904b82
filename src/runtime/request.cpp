#include "runtime/request.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "runtime/address.hpp"
#include "runtime/body_checksum.hpp"
#include "runtime/compression.hpp"

namespace gannet::runtime {
namespace {

void add_md5(Headers& headers, std::string_view bytes) {
  try {
    core::Checksum md5(core::ChecksumAlgorithm::md5);
    md5.update(bytes);
    headers.add("content-md5", core::base64(md5.finish()));
  } catch (const std::runtime_error&) {
    // This machine forbids MD5; AWS is content with the other checksum.
  }
}

/// Over TLS the connection keeps the body whole, and a CRC is enough for the rest of the way.
Result<void> add_checksums(const Service& service, Call& call, std::string_view bytes) {
  const auto wanted = wanted_checksum(call);
  if (!wanted) return std::unexpected(wanted.error());
  if (*wanted) return add_checksum(call, **wanted, bytes);
  const bool required = call.operation->checksum_required;
  const bool usual = required || (call.operation->takes_checksum && call.request.origin.tls);
  if (!usual || has_checksum(call.request.headers)) return {};
  // Stores of other makers (OpenStack Swift) know no other checksum, and refuse what comes without it.
  if (required && service.s3) add_md5(call.request.headers, bytes);
  return add_checksum(call, core::ChecksumAlgorithm::crc32, bytes);
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
  const Service& service = *client.service;
  if (service.s3 || service.signs_as_s3)
    prepared.signing = {.path = core::PathRule::as_sent, .content_sha256_header = true};
  if (!service.s3 && !bytes) {
    return fail(ErrorKind::validation, "UnsupportedBody", "the body of this operation has to be in memory");
  }
  const auto size = call.body.size();
  if (!size) {
    return fail(
        ErrorKind::validation, "MissingContentLength",
        "S3 has to be told a body's length before it comes: give the body a length, or upload it in parts");
  }
  if (bytes && (call.operation->takes_checksum || call.operation->checksum_required)) {
    if (auto added = add_checksums(service, call, as_text(*bytes)); !added)
      return std::unexpected(std::move(added.error()));
  }
  if (*size == 0) {
    prepared.payload_hash = core::empty_sha256_hex;
  } else if (bytes && (!service.s3 || !call.request.origin.tls)) {
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
