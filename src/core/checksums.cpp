#include "core/checksums.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <variant>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <zlib.h>

#include "core/encoding.hpp"
#include "core/sha256.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace gannet::core {
namespace {

/// The tables of a bit-reflected CRC taken eight bytes a step: tables[k][b] is byte b with k zero bytes after
/// it.
template <class Crc>
constexpr std::array<std::array<Crc, 256>, 8> crc_tables(Crc polynomial) {
  std::array<std::array<Crc, 256>, 8> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    Crc crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : Crc{0});
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const Crc shorter = tables[k - 1][byte];
      tables[k][byte] = (shorter >> 8) ^ tables[0][shorter & 0xff];
    }
  }
  return tables;
}

constexpr auto crc32c_tables = crc_tables<std::uint32_t>(0x82f63b78U);
constexpr auto crc64nvme_tables = crc_tables<std::uint64_t>(0x9a6c9329ac4bc9b5U);

/// Eight bytes as a little-endian number, whatever the machine's own order.
std::uint64_t load_eight(const unsigned char* from) noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{from[i]} << (8 * i);
  return value;
}

template <class Crc>
Crc crc_by_tables(const std::array<std::array<Crc, 256>, 8>& tables, std::string_view bytes,
                  Crc so_far) noexcept {
  Crc crc = ~so_far;
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint64_t eight = load_eight(at) ^ crc;
    crc = tables[7][eight & 0xff] ^ tables[6][eight >> 8 & 0xff] ^ tables[5][eight >> 16 & 0xff] ^
          tables[4][eight >> 24 & 0xff] ^ tables[3][eight >> 32 & 0xff] ^ tables[2][eight >> 40 & 0xff] ^
          tables[1][eight >> 48 & 0xff] ^ tables[0][eight >> 56];
  }
  for (; left > 0; --left, ++at) crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)
[[gnu::target("sse4.2")]] std::uint32_t crc32c_by_instruction(std::string_view bytes,
                                                              std::uint32_t so_far) noexcept {
  std::uint64_t crc = ~so_far;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, at, 8);
    crc = _mm_crc32_u64(crc, eight);
  }
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left, ++at) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*at));
  return ~narrow;
}
#endif

template <class Crc>
std::string big_endian(Crc crc) {
  std::string out(sizeof crc, '\0');
  for (auto place = out.rbegin(); place != out.rend(); ++place, crc >>= 8)
    *place = static_cast<char>(crc & 0xff);
  return out;
}

struct Crc32 {
  std::uint32_t value = 0;
};
struct Crc32c {
  std::uint32_t value = 0;
};
struct Crc64nvme {
  std::uint64_t value = 0;
};

struct EndDigest {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD_CTX, EndDigest>;

Digest start(const EVP_MD* algorithm) {
  Digest digest(EVP_MD_CTX_new());
  if (!digest) throw std::bad_alloc();
  if (EVP_DigestInit_ex(digest.get(), algorithm, nullptr) != 1) {
    throw std::runtime_error(
        "This machine's OpenSSL does not offer SHA-1 or MD5; its policy may forbid them");
  }
  return digest;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  return hex(sha256(bytes));
}

std::uint32_t crc32(std::string_view bytes, std::uint32_t so_far) noexcept {
  return static_cast<std::uint32_t>(
      ::crc32_z(so_far, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far) noexcept {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_by_instruction(bytes, so_far);
#endif
  return crc_by_tables(crc32c_tables, bytes, so_far);
}

std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t so_far) noexcept {
  return crc_by_tables(crc64nvme_tables, bytes, so_far);
}

bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

struct Checksum::State {
  std::variant<Crc32, Crc32c, Crc64nvme, Sha256, Digest> computation;
};

Checksum::Checksum(ChecksumAlgorithm algorithm) : state_(std::make_unique<State>()) {
  switch (algorithm) {
    case ChecksumAlgorithm::crc32:
      break;
    case ChecksumAlgorithm::crc32c:
      state_->computation = Crc32c{};
      break;
    case ChecksumAlgorithm::crc64nvme:
      state_->computation = Crc64nvme{};
      break;
    case ChecksumAlgorithm::sha256:
      state_->computation = Sha256();
      break;
    case ChecksumAlgorithm::sha1:
      state_->computation = start(EVP_sha1());
      break;
    case ChecksumAlgorithm::sha512:
      state_->computation = start(EVP_sha512());
      break;
    case ChecksumAlgorithm::md5:
      state_->computation = start(EVP_md5());
      break;
  }
}

Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;
Checksum::~Checksum() = default;

namespace {

struct Update {
  std::string_view bytes;
  void operator()(Crc32& crc) const { crc.value = crc32(bytes, crc.value); }
  void operator()(Crc32c& crc) const { crc.value = crc32c(bytes, crc.value); }
  void operator()(Crc64nvme& crc) const { crc.value = crc64nvme(bytes, crc.value); }
  void operator()(Sha256& hash) const { hash.update(bytes); }
  void operator()(Digest& digest) const { EVP_DigestUpdate(digest.get(), bytes.data(), bytes.size()); }
};

struct Finish {
  std::string operator()(const Crc32& crc) const { return big_endian(crc.value); }
  std::string operator()(const Crc32c& crc) const { return big_endian(crc.value); }
  std::string operator()(const Crc64nvme& crc) const { return big_endian(crc.value); }
  std::string operator()(Sha256& hash) const {
    const auto digest = hash.finish();
    return std::string(as_text(digest));
  }
  std::string operator()(Digest& digest) const {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_DigestFinal_ex(digest.get(), reinterpret_cast<unsigned char*>(out.data()), &size);
    out.resize(size);
    return out;
  }
};

}  // namespace

void Checksum::update(std::string_view bytes) noexcept {
  std::visit(Update{bytes}, state_->computation);
}

std::string Checksum::finish() {
  return std::visit(Finish{}, state_->computation);
}

}  // namespace gannet::core
