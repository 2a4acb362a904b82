#include "local/s3/payload.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <gannet/bytes.hpp>

#include "core/encoding.hpp"
#include "core/timestamps.hpp"
#include "local/s3/aws_chunked.hpp"

namespace gannet::local::s3 {
namespace {

using core::Checksum;
using core::ChecksumAlgorithm;

constexpr std::size_t buffer_size = 256 * 1024;

bool is_sha256_hex(std::string_view text) noexcept {
  return text.size() == 64 && std::ranges::all_of(text, [](char digit) {
           return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') ||
                  (digit >= 'A' && digit <= 'F');
         });
}

std::string hex_of(std::string_view bytes) {
  return core::hex(as_bytes(bytes));
}

std::unexpected<Failure> incomplete_body() {
  return refuse(400, "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header");
}

/// The chain of chunk signatures of a body signed piece by piece: each signs its bytes and the signature
/// before.
class ChunkChain {
 public:
  explicit ChunkChain(const Caller& caller)
      : key_(*caller.secret_access_key, caller.claim->date, {caller.claim->region, caller.claim->service}),
        head_(fmt::format("{}\n{}/{}/{}/aws4_request\n", core::iso8601_basic(caller.claim->time),
                          caller.claim->date, caller.claim->region, caller.claim->service)),
        previous_(caller.claim->signature) {}

  void begin() { hash_.emplace(ChecksumAlgorithm::sha256); }
  void update(std::string_view bytes) { hash_->update(bytes); }

  bool chunk_is_signed(std::string_view signature) {
    return follows(signature, fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}{}\n{}\n{}", head_, previous_,
                                          core::empty_sha256_hex, hex_of(hash_->finish())));
  }
  bool trailers_are_signed(std::string_view signature,
                           const std::vector<std::pair<std::string, std::string>>& trailers) {
    std::string text;
    for (const auto& [name, value] : trailers) text += fmt::format("{}:{}\n", name, value);
    return follows(signature, fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}{}\n{}", head_, previous_,
                                          core::sha256_hex(text)));
  }

 private:
  bool follows(std::string_view signature, const std::string& to_sign) {
    const auto expected = key_.sign(to_sign);
    previous_.assign(expected.data(), expected.size());
    return core::equal_in_constant_time(signature, previous_);
  }

  core::SigningKey key_;
  std::string head_;
  std::string previous_;
  std::optional<Checksum> hash_;
};

/// Takes every checksum of a body that is wanted, and keeps count.
class Measure {
 public:
  Measure(const PayloadPlan& plan, bool with_md5) {
    if (with_md5 || !plan.md5.empty()) md5_.emplace(ChecksumAlgorithm::md5);
    if (!plan.sha256.empty()) sha256_.emplace(ChecksumAlgorithm::sha256);
    if (plan.algorithm) checksum_.emplace(*plan.algorithm);
  }

  void update(std::string_view bytes) {
    size_ += bytes.size();
    if (md5_) md5_->update(bytes);
    if (sha256_) sha256_->update(bytes);
    if (checksum_) checksum_->update(bytes);
  }

  /// Whether all that was promised holds. `promised` is the checksum's value from header or trailer.
  Outcome<Payload> finish(const PayloadPlan& plan, std::string_view promised) {
    Payload payload{.size = size_};
    if (sha256_) {
      const std::string found = hex_of(sha256_->finish());
      if (!iequals(found, plan.sha256)) {
        Failure failure{
            .status = 400,
            .code = "XAmzContentSHA256Mismatch",
            .message = "The provided 'x-amz-content-sha256' header does not match what was computed."};
        failure.facts.emplace_back("ClientComputedContentSHA256", plan.sha256);
        failure.facts.emplace_back("S3ComputedContentSHA256", found);
        return std::unexpected(std::move(failure));
      }
    }
    if (md5_) {
      const std::string found = md5_->finish();
      if (!plan.md5.empty() && plan.md5 != found) {
        Failure failure{.status = 400,
                        .code = "BadDigest",
                        .message = "The Content-MD5 you specified did not match what we received."};
        failure.facts.emplace_back("ExpectedDigest", core::base64(plan.md5));
        failure.facts.emplace_back("CalculatedDigest", core::base64(found));
        return std::unexpected(std::move(failure));
      }
      payload.md5 = hex_of(found);
    }
    if (checksum_) {
      std::string found = core::base64(checksum_->finish());
      if (!promised.empty() && promised != found) {
        return refuse(400, "BadDigest",
                      fmt::format("The {} you specified did not match the calculated checksum.",
                                  name_of(*plan.algorithm)));
      }
      payload.checksum = ObjectChecksum{.algorithm = *plan.algorithm, .value = std::move(found)};
    }
    return payload;
  }

 private:
  std::uint64_t size_ = 0;
  std::optional<Checksum> md5_;
  std::optional<Checksum> sha256_;
  std::optional<Checksum> checksum_;
};

/// Where the bytes go.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(std::string_view bytes) = 0;
};

class FileSink final : public Sink {
 public:
  explicit FileSink(ObjectsFolder::Writer& file) : file_(&file) {}
  void write(std::string_view bytes) override { file_->write(bytes); }

 private:
  ObjectsFolder::Writer* file_;
};

class TextSink final : public Sink {
 public:
  void write(std::string_view bytes) override { text.append(bytes); }
  std::string text;
};

std::unexpected<Failure> signature_of_chunk_does_not_match() {
  return refuse(
      403, "SignatureDoesNotMatch",
      "The signature of a chunk or of the trailers does not match the signature we calculated. Check your "
      "key and signing method.");
}

std::unexpected<Failure> refusal_of(const Error& error) {
  Failure failure{.status = 400, .code = error.code, .message = error.message};
  if (const auto* chunk = error.detail<std::pair<std::uint64_t, std::uint64_t>>()) {
    failure.status = 403;
    failure.facts.emplace_back("Chunk", fmt::format("{}", chunk->first));
    failure.facts.emplace_back("BadChunkSize", fmt::format("{}", chunk->second));
  }
  return std::unexpected(std::move(failure));
}

bool is_checksum_well_formed(ChecksumAlgorithm algorithm, std::string_view value) {
  const auto bytes = core::from_base64(value);
  return bytes && bytes->size() == size_of(algorithm);
}

std::unexpected<Failure> ill_formed_checksum(ChecksumAlgorithm algorithm) {
  return invalid_request(fmt::format("Value for {} header is invalid.", header_of(algorithm)));
}

/// The value that a trailer brought, or why that is not what was announced.
Outcome<std::string> checksum_of_trailers(const PayloadPlan& plan, const AwsChunkedDecoder& decoder) {
  if (!plan.checksum_in_trailer) return plan.checksum;
  for (const auto& [name, value] : decoder.trailers()) {
    if (name != header_of(*plan.algorithm)) continue;
    if (!is_checksum_well_formed(*plan.algorithm, value)) return ill_formed_checksum(*plan.algorithm);
    return value;
  }
  return refuse(
      400, "MalformedTrailerError",
      fmt::format("The trailer {} that x-amz-trailer announces is not there.", header_of(*plan.algorithm)));
}

/// Reads into `buffer` behind its first `kept` bytes until it is full or the body ends; gives how much it
/// then holds.
Task<Outcome<std::size_t>> fill(BodyReader& body, std::span<std::byte> buffer, std::size_t kept,
                                bool& ended) {
  while (kept < buffer.size()) {
    const auto count = co_await body.read_some(buffer.subspan(kept));
    if (!count) {
      // The client went away in the middle, or stalled: nobody is likely to read this.
      co_return refuse(400, "IncompleteBody", "The body broke off: " + count.error().message);
    }
    if (*count == 0) {
      ended = true;
      break;
    }
    kept += *count;
  }
  co_return kept;
}

Task<Outcome<Payload>> receive_plain(Request& request, const PayloadPlan& plan, Sink& sink, bool with_md5) {
  Measure measure(plan, with_md5);
  // One byte more than announced, so that too much is seen too.
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(plan.length + 1, buffer_size)));
  std::uint64_t received = 0;
  for (bool ended = false; !ended;) {
    const auto filled = co_await fill(request.body, buffer, 0, ended);
    if (!filled) co_return std::unexpected(filled.error());
    received += *filled;
    if (received > plan.length) co_return incomplete_body();
    const std::string_view bytes = as_text(std::span(buffer).first(*filled));
    measure.update(bytes);
    sink.write(bytes);
  }
  if (received != plan.length) co_return incomplete_body();
  co_return measure.finish(plan, plan.checksum);
}

Task<Outcome<Payload>> receive_chunked(Request& request, const PayloadPlan& plan, Sink& sink, bool with_md5) {
  Measure measure(plan, with_md5);
  const AwsChunkedDecoder::Form form{.signatures = plan.signed_chunks, .trailers = plan.trailers};
  AwsChunkedDecoder decoder(form);
  std::optional<ChunkChain> chain;
  if (plan.signed_chunks) chain.emplace(*request.caller);
  std::vector<std::byte> buffer(static_cast<std::size_t>(
      std::min<std::uint64_t>(plan.length + 4 * AwsChunkedDecoder::longest_line, buffer_size)));
  std::size_t held = 0;
  for (bool ended = false; !ended;) {
    const auto filled = co_await fill(request.body, buffer, held, ended);
    if (!filled) co_return std::unexpected(filled.error());
    std::string_view input = as_text(std::span(buffer).first(*filled));
    while (true) {
      const auto step = decoder.next(input);
      if (!step) co_return refusal_of(step.error());
      input.remove_prefix(step->taken);
      if (step->event == AwsChunkedDecoder::Event::more) break;
      // What follows the end is an error that the next step finds.
      if (step->event == AwsChunkedDecoder::Event::ended && input.empty()) break;
      if (step->event == AwsChunkedDecoder::Event::chunk_began && chain) chain->begin();
      if (step->event == AwsChunkedDecoder::Event::data) {
        if (decoder.decoded() > plan.length) co_return incomplete_body();
        measure.update(step->bytes);
        if (chain) chain->update(step->bytes);
        sink.write(step->bytes);
      }
      if (step->event == AwsChunkedDecoder::Event::chunk_ended && chain &&
          !chain->chunk_is_signed(decoder.chunk_signature())) {
        co_return signature_of_chunk_does_not_match();
      }
    }
    held = input.size();
    std::ranges::copy(as_bytes(input), buffer.begin());
  }
  if (!decoder.ended() || decoder.decoded() != plan.length) co_return incomplete_body();
  if (chain && plan.trailers &&
      !chain->trailers_are_signed(decoder.trailer_signature(), decoder.trailers())) {
    co_return signature_of_chunk_does_not_match();
  }
  const auto promised = checksum_of_trailers(plan, decoder);
  if (!promised) co_return std::unexpected(promised.error());
  co_return measure.finish(plan, *promised);
}

Task<Outcome<Payload>> receive(Request& request, const PayloadPlan& plan, Sink& sink, bool with_md5) {
  return plan.aws_chunked ? receive_chunked(request, plan, sink, with_md5)
                          : receive_plain(request, plan, sink, with_md5);
}

Outcome<void> plan_coding(const Request& request, PayloadPlan& plan) {
  const std::string_view hash = request.header_or("x-amz-content-sha256", "");
  const bool presigned = request.caller->claim != nullptr && request.caller->claim->presigned;
  if (hash.empty()) {
    if (!presigned) {
      return invalid_request("Missing required header for this request: x-amz-content-sha256");
    }
  } else if (hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") {
    plan.aws_chunked = plan.signed_chunks = true;
  } else if (hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") {
    plan.aws_chunked = plan.signed_chunks = plan.trailers = true;
  } else if (hash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    plan.aws_chunked = plan.trailers = true;
  } else if (hash.starts_with("STREAMING-AWS4-ECDSA-")) {
    return not_implemented("Asymmetric signatures (SigV4A)");
  } else if (is_sha256_hex(hash)) {
    plan.sha256 = hash;
  } else if (hash != core::unsigned_payload) {
    return invalid_argument(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 "
        "value.",
        "x-amz-content-sha256", std::string(hash));
  }
  if (plan.signed_chunks &&
      (request.caller->claim == nullptr || request.caller->secret_access_key == nullptr)) {
    return invalid_request("A body signed in chunks needs a signed request.");
  }
  return {};
}

Outcome<void> plan_length(const Request& request, PayloadPlan& plan, std::uint64_t limit) {
  const std::string* length = request.head.headers.find("content-length");
  const std::string* transfer = request.head.headers.find("transfer-encoding");
  if (plan.aws_chunked) length = request.head.headers.find("x-amz-decoded-content-length");
  if (length == nullptr) {
    if (transfer != nullptr && !plan.aws_chunked) {
      return refuse(501, "NotImplemented",
                    "A header you provided implies functionality that is not implemented", "Header",
                    "Transfer-Encoding");
    }
    return refuse(411, "MissingContentLength",
                  plan.aws_chunked ? "You must provide the x-amz-decoded-content-length HTTP header."
                                   : "You must provide the Content-Length HTTP header.");
  }
  const auto number = parse_number(*length);
  if (!number) return invalid_argument("The length is not a number of bytes.", "Content-Length", *length);
  if (*number > limit) {
    Failure failure{.status = 400,
                    .code = "EntityTooLarge",
                    .message = "Your proposed upload exceeds the maximum allowed size"};
    failure.facts.emplace_back("ProposedSize", fmt::format("{}", *number));
    failure.facts.emplace_back("MaxSizeAllowed", fmt::format("{}", limit));
    return std::unexpected(std::move(failure));
  }
  plan.length = *number;
  return {};
}

Outcome<void> plan_checksums(const Request& request, PayloadPlan& plan) {
  if (const std::string* md5 = request.header("content-md5")) {
    const auto bytes = core::from_base64(*md5);
    if (!bytes || bytes->size() != 16) {
      return refuse(400, "InvalidDigest", "The Content-MD5 you specified was invalid.", "Content-MD5", *md5);
    }
    plan.md5 = *bytes;
  }
  for (const ChecksumAlgorithm algorithm : object_checksums()) {
    const std::string* value = request.header(header_of(algorithm));
    if (value == nullptr) continue;
    if (plan.algorithm) {
      return invalid_request(
          "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    }
    if (!is_checksum_well_formed(algorithm, *value)) return ill_formed_checksum(algorithm);
    plan.algorithm = algorithm;
    plan.checksum = *value;
  }
  if (const std::string* trailer = request.header("x-amz-trailer")) {
    const auto algorithm = checksum_of_header(*trailer);
    if (!algorithm || !plan.trailers) {
      return invalid_request("The value specified in the x-amz-trailer header is not supported");
    }
    if (plan.algorithm) {
      return invalid_request(
          "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    }
    plan.algorithm = algorithm;
    plan.checksum_in_trailer = true;
  } else if (plan.trailers) {
    return invalid_request("A body with trailers needs the x-amz-trailer header, which names them.");
  }
  if (const std::string* named = request.header("x-amz-sdk-checksum-algorithm")) {
    const auto algorithm = checksum_named(*named);
    if (!algorithm || (plan.algorithm && *algorithm != *plan.algorithm)) {
      return invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.");
    }
    const bool given = plan.algorithm || (*algorithm == ChecksumAlgorithm::md5 && !plan.md5.empty());
    if (!given) {
      return invalid_request(
          "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
          "headers were "
          "found.");
    }
  }
  return {};
}

}  // namespace

Outcome<PayloadPlan> plan_payload(const Request& request, std::uint64_t limit) {
  PayloadPlan plan;
  if (auto fine = plan_coding(request, plan); !fine) return std::unexpected(std::move(fine.error()));
  if (auto fine = plan_length(request, plan, limit); !fine) return std::unexpected(std::move(fine.error()));
  if (auto fine = plan_checksums(request, plan); !fine) return std::unexpected(std::move(fine.error()));
  return plan;
}

Task<Outcome<Payload>> receive_file(Request& request, const PayloadPlan& plan, ObjectsFolder::Writer& file) {
  FileSink sink(file);
  co_return co_await receive(request, plan, sink, true);
}

Task<Outcome<std::string>> receive_document(Request& request, ChecksumsAre checksums) {
  TextSink sink;
  const bool announced = request.head.headers.contains("content-length") ||
                         request.head.headers.contains("transfer-encoding") ||
                         request.head.headers.contains("x-amz-decoded-content-length");
  if (!announced && request.body.complete()) {
    // No length and no body: HTTP's way to say that there is none.
    co_return std::string();
  }
  auto plan = plan_payload(request, largest_document);
  if (!plan) co_return std::unexpected(plan.error());
  if (checksums == ChecksumsAre::of_object && !plan->checksum_in_trailer) plan->algorithm.reset();
  const auto payload = co_await receive(request, *plan, sink, false);
  if (!payload) co_return std::unexpected(payload.error());
  co_return std::move(sink.text);
}

}  // namespace gannet::local::s3
