// Any bytes as an aws-chunked body: the same comes out however they are cut, and never more than went in.

#include "local/s3/aws_chunked.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using gannet::local::s3::AwsChunkedDecoder;
using Event = AwsChunkedDecoder::Event;

struct Decoded {
  std::string data;
  std::vector<std::string> signatures;
  std::vector<std::pair<std::string, std::string>> trailers;
  std::string trailer_signature;
  std::string error;
  bool ended = false;

  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view body, AwsChunkedDecoder::Form form, std::size_t step) {
  AwsChunkedDecoder decoder(form);
  Decoded decoded;
  std::size_t taken = 0;
  for (std::size_t seen = std::min(step, body.size());; seen = std::min(seen + step, body.size())) {
    while (true) {
      const auto next = decoder.next(body.substr(taken, seen - taken));
      if (!next) {
        decoded.error = next.error().code;
        return decoded;
      }
      if (next->taken > seen - taken) std::abort();
      taken += next->taken;
      if (next->event == Event::data) decoded.data += next->bytes;
      if (next->event == Event::chunk_ended) decoded.signatures.push_back(decoder.chunk_signature());
      if (next->event == Event::more || (next->event == Event::ended && taken == seen)) break;
    }
    if (seen == body.size()) break;
  }
  if (decoder.decoded() != decoded.data.size()) std::abort();
  decoded.ended = decoder.ended();
  decoded.trailers = decoder.trailers();
  decoded.trailer_signature = decoder.trailer_signature();
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const AwsChunkedDecoder::Form form{.signatures = (bytes[0] & 1) != 0, .trailers = (bytes[0] & 2) != 0};
  const std::size_t step = bytes[1] + std::size_t{1};
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  const Decoded whole = decode(body, form, body.size() + 1);
  if (whole.data.size() > body.size()) std::abort();
  Decoded cut = decode(body, form, step);
  // Of a body that is refused, how much was given before is a matter of how it was cut.
  if (!whole.error.empty()) {
    if (cut.error != whole.error) std::abort();
  } else if (!(cut == whole)) {
    std::abort();
  }
  return 0;
}
