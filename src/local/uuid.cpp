#include "local/uuid.hpp"

#include <cstdint>
#include <random>
#include <string_view>

namespace gannet::local {

std::string random_uuid() {
  static constexpr std::string_view digits = "0123456789abcdef";
  // Names, not secrets: a generator seeded by the system is enough and costs no system call each time.
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  std::uint64_t bits[2] = {generator(), generator()};
  bits[0] = (bits[0] & ~0xF000ULL) | 0x4000ULL;
  bits[1] = (bits[1] & ~(0xC0ULL << 56)) | (0x80ULL << 56);
  std::string uuid;
  uuid.reserve(36);
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) uuid += '-';
    uuid += digits[(bits[digit / 16] >> (60 - 4 * (digit % 16))) & 0xFU];
  }
  return uuid;
}

}  // namespace gannet::local
