#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/boxed.hpp>
#include <gannet/bytes.hpp>
#include <gannet/open_enum.hpp>
#include <gannet/secret.hpp>

/// What the expressions of paginators and waiters are made of. A value that is not there is a null pointer or
/// an empty optional.
namespace gannet::protocols {

template <class T>
const T* pointer(const T& member) noexcept {
  return &member;
}
template <class T>
const T* pointer(const std::optional<T>& member) noexcept {
  return member ? &*member : nullptr;
}
template <class T>
const T* pointer(const Boxed<T>& member) noexcept {
  return member ? &*member : nullptr;
}

/// The element at `index`, counted from the end where that is negative.
template <class T>
const T* element(const std::vector<T>& list, std::int64_t index) noexcept {
  const auto size = static_cast<std::int64_t>(list.size());
  if (index < 0) index += size;
  return index >= 0 && index < size ? &list[static_cast<std::size_t>(index)] : nullptr;
}

inline std::optional<std::string_view> text_of(const std::string* value) noexcept {
  return value != nullptr ? std::optional<std::string_view>(*value) : std::nullopt;
}
template <class Names>
std::optional<std::string_view> text_of(const OpenEnum<Names>* value) noexcept {
  return value != nullptr ? std::optional<std::string_view>(value->text()) : std::nullopt;
}
template <class Number>
std::optional<double> number_of(const Number* value) noexcept {
  return value != nullptr ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
}
inline std::optional<bool> truth_of(const bool* value) noexcept {
  return value != nullptr ? std::optional<bool>(*value) : std::nullopt;
}
/// Elements or entries.
template <class T>
std::optional<double> length_of(const T* value) noexcept {
  return value != nullptr ? std::optional<double>(static_cast<double>(value->size())) : std::nullopt;
}

/// What is not there is neither less nor more than anything.
template <class Order>
bool compare(std::optional<double> left, std::optional<double> right) noexcept {
  return left && right && Order()(*left, *right);
}

// Empty texts, lists and maps count as false; numbers, and structures that are there, as true.
template <class T>
bool is_true(const T* value) noexcept {
  if (value == nullptr) return false;
  if constexpr (requires { value->empty(); }) return !value->empty();
  if constexpr (requires { value->text(); }) return !value->text().empty();
  return true;
}
inline bool is_true(const bool* value) noexcept {
  return value != nullptr && *value;
}
template <class T>
bool is_true(const std::optional<T>& value) noexcept {
  return value && is_true(&*value);
}
inline bool is_true(double) noexcept {
  return true;
}

}  // namespace gannet::protocols
