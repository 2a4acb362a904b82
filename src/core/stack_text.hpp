#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "core/ascii.hpp"
#include "core/checksums.hpp"

namespace gannet::core {

/// Text that is put together on the stack as long as it is short, and wiped at its end: it may hold a session
/// token.
template <std::size_t inline_size>
class StackText {
 public:
  StackText() = default;
  StackText(const StackText&) = delete;
  StackText& operator=(const StackText&) = delete;
  ~StackText() {
    explicit_bzero(start_, size_);  // several times faster than OPENSSL_cleanse here
    if (start_ != inline_) delete[] start_;
  }

  void add(std::string_view text) {
    if (text.empty()) return;
    if (capacity_ - size_ < text.size()) grow(text.size());
    std::memcpy(start_ + size_, text.data(), text.size());
    size_ += text.size();
  }

  void add(char c) {
    if (size_ == capacity_) grow(1);
    start_[size_++] = c;
  }

  void add_lower(std::string_view text) {
    if (capacity_ - size_ < text.size()) grow(text.size());
    for (const char c : text) start_[size_++] = lower(c);
  }

  void add_encoded(std::string_view text, bool keep_slash = false) {
    if (capacity_ - size_ < text.size() * 3) grow(text.size() * 3);
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (is_unreserved[byte] || (c == '/' && keep_slash)) {
        start_[size_++] = c;
      } else {
        start_[size_++] = '%';
        start_[size_++] = "0123456789ABCDEF"[byte >> 4];
        start_[size_++] = "0123456789ABCDEF"[byte & 15];
      }
    }
  }

  void add_hex(const Sha256Digest& digest) {
    if (capacity_ - size_ < 64) grow(64);
    for (const auto byte : digest) {
      start_[size_++] = "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
      start_[size_++] = "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Valid until something is added.
  [[nodiscard]] std::string_view view() const noexcept { return {start_, size_}; }

 private:
  void grow(std::size_t more) {
    const std::size_t capacity = std::max(capacity_ * 2, size_ + more);
    char* const bigger = new char[capacity];
    std::memcpy(bigger, start_, size_);
    explicit_bzero(start_, size_);
    if (start_ != inline_) delete[] start_;
    start_ = bigger;
    capacity_ = capacity;
  }

  char inline_[inline_size];
  char* start_ = inline_;
  std::size_t size_ = 0;
  std::size_t capacity_ = inline_size;
};

}  // namespace gannet::core
