#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/result.hpp>

namespace gannet::local::s3 {

/// Takes the `aws-chunked` coding apart (S3's "Signature calculations for the Authorization header:
/// transferring payload in multiple chunks"): `SIZE[;chunk-signature=HEX] CRLF bytes CRLF`, a chunk of size
/// 0, `name:value CRLF` trailers, an empty line. It never copies data and never waits: it is given what has
/// come, and says what that was.
class AwsChunkedDecoder {
 public:
  struct Form {
    bool signatures = false;  ///< Every chunk carries one, and so do trailers.
    bool trailers =
        false;  ///< Announced by the request. Without them the last chunk's empty line ends the body.
  };

  enum class Event : std::uint8_t {
    more,         ///< Nothing yet: all input was taken, or what is left of it is too short. Come with more.
    chunk_began,  ///< `chunk_size` and `chunk_signature` are known. The last chunk, of size 0, begins and
                  ///< ends too.
    data,         ///< `bytes`, a part of the input.
    chunk_ended,  ///< All of the chunk's bytes were given.
    ended,  ///< Everything was read; `trailers` are whole. Input beyond it is an error of the next step.
  };

  struct Step {
    Event event = Event::more;
    std::size_t taken = 0;     ///< How much of the input is done with.
    std::string_view bytes{};  ///< Of `data`.
  };

  static constexpr std::size_t longest_line = 4096;  ///< Of a chunk's head or a trailer, in bytes.
  static constexpr std::size_t most_trailers = 16;
  static constexpr std::uint64_t smallest_chunk = 8192;  ///< Of all chunks but the last with data.

  explicit AwsChunkedDecoder(Form form) : form_(form) {}

  /// The next event at the start of `input`, the bytes that follow those taken so far. Errors are of kind
  /// `protocol`; the code is S3's ("InvalidChunkSizeError", "IncompleteBody", "MalformedTrailerError"), and
  /// the decoder is done with.
  Result<Step> next(std::string_view input);

  [[nodiscard]] std::uint64_t chunk_size() const noexcept { return chunk_size_; }
  /// 64 lower-case hex digits, or "" where chunks are not signed.
  [[nodiscard]] const std::string& chunk_signature() const noexcept { return chunk_signature_; }
  [[nodiscard]] std::uint64_t decoded() const noexcept { return decoded_; }  ///< Bytes of data given so far.
  [[nodiscard]] bool ended() const noexcept { return state_ == State::ended; }
  /// Names in lower case, values without the white space around them; the trailers' own signature is not
  /// among them.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& trailers() const noexcept {
    return trailers_;
  }
  [[nodiscard]] const std::string& trailer_signature() const noexcept { return trailer_signature_; }

 private:
  enum class State : std::uint8_t { head, data, data_end, last_chunk, trailers, ended, failed };

  Result<Step> read_head(std::string_view input);
  Result<Step> read_trailer(std::string_view input);
  std::unexpected<Error> refuse(std::string code, std::string message);
  /// The line at the start of `input` without its CRLF; nothing while its end has not come.
  Result<std::optional<std::string_view>> line(std::string_view input, std::string_view what);

  Form form_;
  State state_ = State::head;
  std::uint64_t chunk_size_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t decoded_ = 0;
  std::uint64_t chunks_ = 0;
  bool short_chunk_seen_ = false;
  std::uint64_t short_chunk_size_ = 0;
  std::string chunk_signature_;
  std::vector<std::pair<std::string, std::string>> trailers_;
  std::string trailer_signature_;
};

}  // namespace gannet::local::s3
