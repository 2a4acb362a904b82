#include "core/gzip.hpp"

#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace gannet::core {
namespace {

/// What another reader of the format makes of it.
std::string unpacked(const std::string& packed, std::size_t size) {
  std::string bytes(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  return bytes;
}

TEST(Gzip, gives_what_any_reader_unpacks) {
  std::string noise;
  for (unsigned state = 1; noise.size() < 300'000; state = state * 1'103'515'245U + 12'345U) {
    noise += static_cast<char>(state >> 16U);
  }
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string(3'000'000, 'a'), std::string("\0\xFF\r\n", 4), noise}) {
    EXPECT_EQ(unpacked(gzip(bytes), bytes.size()), bytes);
  }
}

TEST(Gzip, gives_the_same_for_the_same) {
  EXPECT_EQ(gzip("hello"), gzip("hello"));
}

TEST(Gzip, makes_what_repeats_itself_smaller) {
  EXPECT_LT(gzip(std::string(100'000, 'a')).size(), 1'000U);
}

}  // namespace
}  // namespace gannet::core
