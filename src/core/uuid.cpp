#include "core/uuid.hpp"

#include <array>
#include <random>
#include <span>

#include "core/encoding.hpp"

namespace gannet::core {

std::string uuid4() {
  thread_local std::random_device device;
  std::array<std::byte, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    const std::random_device::result_type word = device();
    for (std::size_t j = 0; j < 4; ++j) bytes[i + j] = static_cast<std::byte>(word >> (8 * j));
  }
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  std::string text = hex(bytes);
  for (const std::size_t hyphen : {8U, 13U, 18U, 23U}) text.insert(hyphen, 1, '-');
  return text;
}

}  // namespace gannet::core
