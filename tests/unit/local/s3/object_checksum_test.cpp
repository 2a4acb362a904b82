#include "local/s3/object_checksum.hpp"

namespace gannet::local::s3 {
namespace {

std::string checksum(core::ChecksumAlgorithm algorithm, std::string_view bytes) {
  core::Checksum taken(algorithm);
  taken.update(bytes);
  return taken.finish();
}

TEST(ObjectChecksum, of_joined_pieces_follows_from_those_of_the_pieces) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 31 + i / 7);
  for (const core::ChecksumAlgorithm algorithm : object_checksums()) {
    if (!combines(algorithm)) continue;
    for (const std::size_t cut : {0U, 1U, 7U, 2048U, 4999U, 5000U}) {
      const std::string_view first = std::string_view(text).substr(0, cut);
      const std::string_view second = std::string_view(text).substr(cut);
      EXPECT_EQ(combined(algorithm, checksum(algorithm, first), checksum(algorithm, second), second.size()),
                checksum(algorithm, text))
          << name_of(algorithm) << " cut at " << cut;
    }
  }
}

TEST(ObjectChecksum, comes_back_from_the_store_as_it_went_in) {
  const ObjectChecksum whole{.algorithm = core::ChecksumAlgorithm::crc64nvme, .value = "AAAAAAAAAAA="};
  const ObjectChecksum parts{
      .algorithm = core::ChecksumAlgorithm::sha256, .composite = true, .value = "x=-3"};
  for (const ObjectChecksum& each : {whole, parts}) {
    const auto back = checksum_from_stored(to_stored(each));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->algorithm, each.algorithm);
    EXPECT_EQ(back->composite, each.composite);
    EXPECT_EQ(back->value, each.value);
  }
  EXPECT_EQ(to_stored(std::nullopt), "");
  EXPECT_FALSE(checksum_from_stored(""));
  EXPECT_FALSE(checksum_from_stored("XXHASH64 FULL_OBJECT x"));
}

TEST(ObjectChecksum, is_known_by_its_names) {
  EXPECT_EQ(checksum_named("crc32c"), core::ChecksumAlgorithm::crc32c);
  EXPECT_EQ(checksum_of_header("X-Amz-Checksum-SHA1"), core::ChecksumAlgorithm::sha1);
  EXPECT_EQ(checksum_of_header("x-amz-checksum-sha512"), core::ChecksumAlgorithm::sha512);
  EXPECT_EQ(checksum_named("MD5"), core::ChecksumAlgorithm::md5);
  EXPECT_FALSE(checksum_named("XXHASH64"));
  EXPECT_FALSE(checksum_of_header("x-amz-checksum-"));
}

}  // namespace
}  // namespace gannet::local::s3
