#pragma once

#include <optional>
#include <type_traits>

#include "runtime/pages.hpp"
#include "services/paths.hpp"

namespace gannet::protocols {

/// Sets the tokens of a page's input to those of the answer before, and knows whether there is a next page.
class Tokens {
 public:
  /// A token that the answer lacks, or that is empty or zero, is no token.
  template <class T>
  void set(std::optional<T>& to, const T* from) {
    if (!counts(from)) {
      differs_ = differs_ || to.has_value();
      to.reset();
      return;
    }
    there_ = true;
    differs_ = differs_ || !to || !(*to == *from);
    to = *from;
  }
  template <class T>
  void set(T& to, const T* from) {
    const T value = counts(from) ? *from : T();
    there_ = there_ || counts(from);
    differs_ = differs_ || !(to == value);
    to = value;
  }

  [[nodiscard]] runtime::Following follow() const noexcept {
    if (!there_) return runtime::Following::none;
    return differs_ ? runtime::Following::page : runtime::Following::repeated;
  }

 private:
  template <class T>
  static bool counts(const T* token) {
    if constexpr (std::is_arithmetic_v<T>) return token != nullptr && *token != T();
    return is_true(token);
  }
  bool there_ = false;
  bool differs_ = false;
};

}  // namespace gannet::protocols
