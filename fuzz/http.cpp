// Requests and responses, fed whole and in slices: both must come to the same, within their bounds, and never
// crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "io/http_parser.hpp"

namespace {

using namespace gannet::io;

struct Outcome {
  bool refused = false;
  bool done = false;
  std::string body;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

template <class Parser>
Outcome parse(Parser& parser, std::string_view bytes, std::size_t slice) {
  Outcome outcome;
  std::string held;
  std::size_t given = 0;
  while (!parser.done()) {
    const auto fed = parser.feed(held);
    if (!fed) {
      outcome.refused = true;
      return outcome;
    }
    outcome.body += fed->body;
    held.erase(0, fed->consumed);
    if (fed->consumed != 0) continue;
    if (given == bytes.size()) break;
    const std::size_t count = std::min(slice, bytes.size() - given);
    held += bytes.substr(given, count);
    given += count;
  }
  outcome.done = parser.done();
  return outcome;
}

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t slice = 1 + (data[0] & 0x0fU);
  const MessageBounds bounds{.head_bytes = 512, .fields = 16, .chunk_line_bytes = 128, .body_bytes = 4096};
  if ((data[0] & 0x80U) != 0) {
    RequestParser whole(bounds);
    RequestParser sliced(bounds);
    const Outcome first = parse(whole, bytes, bytes.size() + 1);
    const Outcome second = parse(sliced, bytes, slice);
    // A refusal may come later where less is seen at once; an accepted message is the same message.
    if (first.done || second.done) expect(first == second);
    if (first.done) expect(whole.take_head().path == sliced.take_head().path);
    expect(first.body.size() <= bounds.body_bytes);
  } else {
    ResponseParser whole(bounds);
    ResponseParser sliced(bounds);
    whole.start((data[0] & 0x40U) != 0);
    sliced.start((data[0] & 0x40U) != 0);
    const Outcome first = parse(whole, bytes, bytes.size() + 1);
    const Outcome second = parse(sliced, bytes, slice);
    if (first.done || second.done) expect(first == second);
    if (!first.refused && !first.done) (void)whole.end_of_stream();
    if (!second.refused && !second.done) (void)sliced.end_of_stream();
  }
  return 0;
}
