#pragma once

#include <memory>
#include <utility>

namespace gannet {

/// At most one value, held apart: what lets a structure have a member of its own type. Copies copy the value;
/// the reading functions are those of std::optional and, like them, must not be used on an empty one.
template <class T>
class Boxed {
 public:
  Boxed() noexcept;
  Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
  Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed();

  T& emplace() { return *(value_ = std::make_unique<T>()); }
  void reset() noexcept { value_.reset(); }
  [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }
  explicit operator bool() const noexcept { return has_value(); }
  T& operator*() noexcept { return *value_; }
  const T& operator*() const noexcept { return *value_; }
  T* operator->() noexcept { return value_.get(); }
  const T* operator->() const noexcept { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

// Outside the class, so that they are not constexpr and a compiler has no reason to make them before T is
// whole.
template <class T>
Boxed<T>::Boxed() noexcept = default;
template <class T>
Boxed<T>::~Boxed() = default;

}  // namespace gannet
