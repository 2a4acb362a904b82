#include "core/checksums.hpp"

#include <array>

#include "core/encoding.hpp"

namespace gannet::core {
namespace {

constexpr std::string_view nine = "123456789";

TEST(Crc, agrees_with_the_published_check_values) {
  EXPECT_EQ(crc32(nine), 0xcbf43926U);
  EXPECT_EQ(crc32c(nine), 0xe3069283U);
  EXPECT_EQ(crc64nvme(nine), 0xae8b14860a799888U);
  EXPECT_EQ(crc32(""), 0U);
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc64nvme(""), 0U);
}

TEST(Crc, agrees_with_iscsi_and_nvme_examples) {
  const std::string zeros(32, '\0');
  const std::string ones(32, '\xff');
  EXPECT_EQ(crc32c(zeros), 0x8a9136aaU);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(ones), 0x62a8ab43U);
  EXPECT_EQ(crc64nvme(std::string(4096, '\0')), 0x6482d367eb22b64eU);  // NVM command set, 5.2.1.3.5
  EXPECT_EQ(crc64nvme(std::string(4096, '\xff')), 0xc0ddba7302eca3acU);
}

TEST(Crc, is_the_same_however_the_bytes_come) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
  const std::string_view all = bytes;
  for (std::size_t cut = 0; cut <= 70; ++cut) {
    EXPECT_EQ(crc32(all.substr(cut), crc32(all.substr(0, cut))), crc32(all)) << cut;
    EXPECT_EQ(crc32c(all.substr(cut), crc32c(all.substr(0, cut))), crc32c(all)) << cut;
    EXPECT_EQ(crc64nvme(all.substr(cut), crc64nvme(all.substr(0, cut))), crc64nvme(all)) << cut;
  }
}

/// One bit at a time, from the definition: what the fast ways must equal.
template <class Crc>
Crc bit_by_bit(std::string_view bytes, Crc polynomial) {
  Crc crc = ~Crc{0};
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : Crc{0});
  }
  return ~crc;
}

TEST(Crc, equals_its_definition_at_every_length_and_alignment) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes += static_cast<char>(i * 131 + 17);
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t size = 0; size < 280; size += 1 + size / 40) {
      const auto part = std::string_view(bytes).substr(start, size);
      ASSERT_EQ(crc32(part), bit_by_bit<std::uint32_t>(part, 0xedb88320U));
      ASSERT_EQ(crc32c(part), bit_by_bit<std::uint32_t>(part, 0x82f63b78U));
      ASSERT_EQ(crc64nvme(part), bit_by_bit<std::uint64_t>(part, 0x9a6c9329ac4bc9b5U));
    }
  }
}

TEST(Sha256, agrees_with_fips_180) {
  EXPECT_EQ(sha256_hex(""), empty_sha256_hex);
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(HmacSha256, agrees_with_rfc_4231) {
  const struct {
    std::string key, text;
    std::string_view digest;
  } cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const auto& [key, text, digest] : cases) EXPECT_EQ(hex(hmac_sha256(key, text)), digest);
}

TEST(Checksum, gives_the_bytes_of_every_algorithm) {
  const struct {
    ChecksumAlgorithm algorithm;
    std::string_view digest;
  } cases[] = {
      {ChecksumAlgorithm::crc32, "cbf43926"},
      {ChecksumAlgorithm::crc32c, "e3069283"},
      {ChecksumAlgorithm::crc64nvme, "ae8b14860a799888"},
      {ChecksumAlgorithm::sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
      {ChecksumAlgorithm::sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
      {ChecksumAlgorithm::sha512,
       "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
       "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"},
      {ChecksumAlgorithm::md5, "25f9e794323b453885f5181f1b624d0b"},
  };
  for (const auto& [algorithm, digest] : cases) {
    for (std::size_t cut = 0; cut <= nine.size(); ++cut) {
      Checksum checksum(algorithm);
      checksum.update(nine.substr(0, cut));
      checksum.update(nine.substr(cut));
      EXPECT_EQ(hex(as_bytes(checksum.finish())), digest) << cut;
    }
  }
}

TEST(Checksum, moves) {
  Checksum checksum(ChecksumAlgorithm::sha1);
  checksum.update("1234");
  Checksum moved = std::move(checksum);
  moved.update("56789");
  Checksum other(ChecksumAlgorithm::crc32);
  other = std::move(moved);
  EXPECT_EQ(hex(as_bytes(other.finish())), "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
}

TEST(EqualInConstantTime, compares) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "bbc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

}  // namespace
}  // namespace gannet::core
