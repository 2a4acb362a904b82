#include <gannet/secret.hpp>
#include <openssl/crypto.h>

namespace gannet {

Secret::Secret(std::string&& text) noexcept : text_(std::move(text)) {
  gannet::wipe(text);
}

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
  other.wipe();
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) *this = Secret(other);
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
  }
  return *this;
}

Secret::~Secret() {
  wipe();
}

bool Secret::equal_in_constant_time(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

void Secret::wipe() noexcept {
  gannet::wipe(text_);
}

void wipe(std::string& text) noexcept {
  // The whole capacity: a string that was shortened still holds its tail. Within the capacity nothing is
  // allocated.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace gannet
