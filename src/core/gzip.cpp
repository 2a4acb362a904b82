#include "core/gzip.hpp"

#include <array>
#include <cstddef>
#include <new>

#include <zlib.h>

namespace gannet::core {
namespace {

constexpr int largest_window = 15;
constexpr int gzip_header = 16;
constexpr int default_memory = 8;
/// zlib counts in 32 bits.
constexpr std::size_t largest_piece = 1UL << 30;

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  // What zlib may refuse here is memory alone.
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, largest_window + gzip_header, default_memory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  struct End {
    z_stream* stream;
    ~End() { deflateEnd(stream); }
  } const end{&stream};

  std::string packed;
  std::array<Bytef, 16UL * 1024> buffer{};
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (stream.avail_in == 0 && !bytes.empty()) {
      const std::string_view piece = bytes.substr(0, largest_piece);
      // zlib reads from there and does not write.
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
      stream.avail_in = static_cast<uInt>(piece.size());
      bytes.remove_prefix(piece.size());
    }
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<uInt>(buffer.size());
    state = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    packed.append(reinterpret_cast<const char*>(buffer.data()), buffer.size() - stream.avail_out);
  }
  return packed;
}

}  // namespace gannet::core
