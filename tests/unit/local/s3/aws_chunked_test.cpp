#include "local/s3/aws_chunked.hpp"

namespace gannet::local::s3 {
namespace {

using Event = AwsChunkedDecoder::Event;

const std::string signature_a(64, 'a');
const std::string signature_b(64, 'b');

struct Decoded {
  std::string data;
  std::vector<std::string> signatures;
  std::vector<std::pair<std::string, std::string>> trailers;
  std::string trailer_signature;
  bool ended = false;
  std::string error;
};

/// Feeds `text`, of which ever `step` bytes more are seen.
Decoded decode(std::string_view text, AwsChunkedDecoder::Form form, std::size_t step) {
  AwsChunkedDecoder decoder(form);
  Decoded result;
  std::size_t taken = 0;
  for (std::size_t seen = std::min(step, text.size());; seen = std::min(seen + step, text.size())) {
    while (true) {
      const auto next = decoder.next(text.substr(taken, seen - taken));
      if (!next) {
        result.error = next.error().code;
        return result;
      }
      taken += next->taken;
      if (next->event == Event::data) result.data += next->bytes;
      if (next->event == Event::chunk_ended) result.signatures.push_back(decoder.chunk_signature());
      if (next->event == Event::more || (next->event == Event::ended && taken == seen)) break;
    }
    if (seen == text.size()) break;
  }
  result.ended = decoder.ended();
  result.trailers = decoder.trailers();
  result.trailer_signature = decoder.trailer_signature();
  return result;
}

TEST(AwsChunked, gives_the_same_however_the_bytes_come) {
  const std::string text =
      "2000;chunk-signature=" + signature_a + "\r\n" + std::string(8192, 'x') +
      "\r\n5;chunk-signature=" + signature_b + "\r\nhello\r\n0;chunk-signature=" + signature_a +
      "\r\nX-Amz-Checksum-Crc32: AAAA \r\nx-amz-trailer-signature:" + signature_b + "\r\n\r\n";
  for (const std::size_t step : {1U, 2U, 3U, 7U, 100U, 100'000U}) {
    const Decoded decoded = decode(text, {.signatures = true, .trailers = true}, step);
    EXPECT_EQ(decoded.error, "");
    EXPECT_TRUE(decoded.ended);
    EXPECT_EQ(decoded.data, std::string(8192, 'x') + "hello");
    EXPECT_EQ(decoded.signatures, (std::vector<std::string>{signature_a, signature_b, signature_a}));
    ASSERT_EQ(decoded.trailers.size(), 1U);
    EXPECT_EQ(decoded.trailers[0], std::pair(std::string("x-amz-checksum-crc32"), std::string("AAAA")));
    EXPECT_EQ(decoded.trailer_signature, signature_b);
  }
}

TEST(AwsChunked, is_not_at_its_end_before_the_last_byte) {
  const std::string text = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Decoded decoded = decode(std::string_view(text).substr(0, size), {.trailers = true}, 1);
    EXPECT_EQ(decoded.error, "") << size;
    EXPECT_FALSE(decoded.ended) << size;
  }
}

TEST(AwsChunked, refuses_what_is_not_well_formed) {
  struct Case {
    std::string text;
    AwsChunkedDecoder::Form form;
    std::string code;
  };
  const std::vector<Case> cases{
      {"x\r\n", {}, "IncompleteBody"},
      {"\r\n", {}, "IncompleteBody"},
      {"-1\r\n", {}, "IncompleteBody"},
      {"11111111111111111\r\n", {}, "IncompleteBody"},
      {"5\r\nhelloXX", {}, "IncompleteBody"},
      {"5\r\nhello\n\n", {}, "IncompleteBody"},
      {std::string(5000, '1'), {}, "IncompleteBody"},
      {"5\r\nhello\r\n", {.signatures = true}, "IncompleteBody"},
      {"5;chunk-signature=abc\r\nhello\r\n", {.signatures = true}, "IncompleteBody"},
      {"5;chunk-signature=" + std::string(64, 'G') + "\r\n", {.signatures = true}, "IncompleteBody"},
      {"5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n", {}, "InvalidChunkSizeError"},
      {"0\r\n\r\nmore", {}, "IncompleteBody"},
      {"0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", {}, "MalformedTrailerError"},
      {"0\r\nno colon\r\n\r\n", {.trailers = true}, "MalformedTrailerError"},
      {"0\r\nx y:z\r\n\r\n", {.trailers = true}, "MalformedTrailerError"},
      {"0\r\n" + std::string(5000, 'a'), {.trailers = true}, "MalformedTrailerError"},
      {"0\r\nx-amz-trailer-signature:" + signature_a + "\r\n\r\n",
       {.trailers = true},
       "MalformedTrailerError"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(decode(each.text, each.form, 1).error, each.code) << each.text.substr(0, 60);
    EXPECT_EQ(decode(each.text, each.form, each.text.size()).error, each.code) << each.text.substr(0, 60);
  }
}

TEST(AwsChunked, bounds_the_number_of_trailers) {
  std::string text = "0\r\n";
  for (std::size_t i = 0; i <= AwsChunkedDecoder::most_trailers; ++i) text += "a:b\r\n";
  EXPECT_EQ(decode(text, {.trailers = true}, text.size()).error, "MalformedTrailerError");
}

}  // namespace
}  // namespace gannet::local::s3
