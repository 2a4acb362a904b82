#include "local/s3/aws_chunked.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "core/ascii.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::string_view signature_extension = "chunk-signature=";
constexpr std::string_view trailer_signature_name = "x-amz-trailer-signature";

bool is_signature(std::string_view text) noexcept {
  return text.size() == 64 && std::ranges::all_of(text, [](char digit) {
           return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
         });
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto blank = [](char character) { return character == ' ' || character == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_trailer_name(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char character) {
    return core::is_alphanumeric(character) || character == '-' || character == '_';
  });
}

}  // namespace

std::unexpected<Error> AwsChunkedDecoder::refuse(std::string code, std::string message) {
  state_ = State::failed;
  return fail(ErrorKind::protocol, std::move(code), std::move(message));
}

Result<AwsChunkedDecoder::Step> AwsChunkedDecoder::next(std::string_view input) {
  switch (state_) {
    case State::head:
      return read_head(input);
    case State::data: {
      if (input.empty()) return Step{};
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
      left_ -= size;
      decoded_ += size;
      if (left_ == 0) state_ = State::data_end;
      return Step{.event = Event::data, .taken = size, .bytes = input.substr(0, size)};
    }
    case State::data_end:
      if (input.size() < 2) {
        if (!input.empty() && input[0] != '\r') break;
        return Step{};
      }
      if (!input.starts_with("\r\n")) break;
      state_ = State::head;
      return Step{.event = Event::chunk_ended, .taken = 2};
    case State::last_chunk:
      state_ = State::trailers;
      return Step{.event = Event::chunk_ended};
    case State::trailers:
      return read_trailer(input);
    case State::ended:
      if (!input.empty()) {
        return refuse("IncompleteBody", "The body goes on after its last chunk: it is longer than it says.");
      }
      return Step{.event = Event::ended};
    case State::failed:
      return refuse("IncompleteBody", "The body's chunks could not be read.");
  }
  return refuse(
      "IncompleteBody",
      fmt::format("Chunk {} is not followed by CR LF: its size and its bytes do not agree.", chunks_));
}

Result<AwsChunkedDecoder::Step> AwsChunkedDecoder::read_head(std::string_view input) {
  const auto found = line(input, "a chunk's head");
  if (!found) return std::unexpected(found.error());
  if (!*found) return Step{};
  std::string_view head = **found;
  const std::size_t taken = head.size() + 2;

  const std::string_view digits = head.substr(0, head.find(';'));
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), chunk_size_, 16);
  if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size()) {
    return refuse("IncompleteBody",
                  fmt::format("The head of chunk {} does not begin with its size in hex.", chunks_ + 1));
  }
  head.remove_prefix(digits.size());
  chunk_signature_.clear();
  if (form_.signatures) {
    if (!head.starts_with(';') || !head.substr(1).starts_with(signature_extension) ||
        !is_signature(head.substr(1 + signature_extension.size()))) {
      return refuse(
          "IncompleteBody",
          fmt::format("The head of chunk {} lacks `;chunk-signature=` and 64 hex digits.", chunks_ + 1));
    }
    chunk_signature_ = head.substr(1 + signature_extension.size());
  }
  ++chunks_;
  if (chunk_size_ != 0) {
    if (short_chunk_seen_) {
      state_ = State::failed;
      Error error{.kind = ErrorKind::protocol,
                  .code = "InvalidChunkSizeError",
                  .message = "Only the last chunk is allowed to have a size less than 8192 bytes"};
      error.details = std::pair(chunks_, short_chunk_size_);
      return std::unexpected(std::move(error));
    }
    short_chunk_seen_ = chunk_size_ < smallest_chunk;
    short_chunk_size_ = chunk_size_;
  }
  left_ = chunk_size_;
  state_ = chunk_size_ == 0 ? State::last_chunk : State::data;
  return Step{.event = Event::chunk_began, .taken = taken};
}

Result<AwsChunkedDecoder::Step> AwsChunkedDecoder::read_trailer(std::string_view input) {
  std::size_t taken = 0;
  while (true) {
    const auto found = line(input.substr(taken), "a trailer");
    if (!found) return std::unexpected(found.error());
    if (!*found) return Step{.taken = taken};
    const std::string_view text = **found;
    taken += text.size() + 2;
    if (text.empty()) {
      state_ = State::ended;
      return Step{.event = Event::ended, .taken = taken};
    }
    const std::size_t colon = text.find(':');
    if (!form_.trailers || colon == std::string_view::npos || !is_trailer_name(text.substr(0, colon))) {
      return refuse("MalformedTrailerError",
                    "The request contained trailing data that was not well-formed or did not conform to our "
                    "published schema.");
    }
    std::string name = core::lower(text.substr(0, colon));
    const std::string_view value = trimmed(text.substr(colon + 1));
    if (name == trailer_signature_name) {
      if (!form_.signatures || !trailer_signature_.empty() || !is_signature(value)) {
        return refuse("MalformedTrailerError",
                      "x-amz-trailer-signature is not 64 hex digits, once, of a signed body.");
      }
      trailer_signature_ = value;
      continue;
    }
    if (trailers_.size() == most_trailers) {
      return refuse("MalformedTrailerError", fmt::format("There are more than {} trailers.", most_trailers));
    }
    trailers_.emplace_back(std::move(name), std::string(value));
  }
}

Result<std::optional<std::string_view>> AwsChunkedDecoder::line(std::string_view input,
                                                                std::string_view what) {
  const std::size_t end = input.substr(0, longest_line + 2).find("\r\n");
  if (end != std::string_view::npos) return std::optional(input.substr(0, end));
  if (input.size() >= longest_line + 2) {
    return refuse(state_ == State::trailers ? "MalformedTrailerError" : "IncompleteBody",
                  fmt::format("The line of {} is longer than {} bytes.", what, longest_line));
  }
  return std::optional<std::string_view>();
}

}  // namespace gannet::local::s3
