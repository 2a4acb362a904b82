#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gannet {

/// An enumeration of a service's model that keeps values it does not know, as they came. Compare it, `switch`
/// over it (`case ReturnValue::all_old:`; a value that the model lacks is `unknown`), or take its `text()`.
///
/// `Names` is generated: `enum Value` with `unknown = -1` and the model's values from 0, and `texts()` in
/// that order.
template <class Names>
class OpenEnum : public Names {
 public:
  using Value = typename Names::Value;

  constexpr OpenEnum() = default;                     ///< `unknown`, with an empty text.
  constexpr OpenEnum(Value value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  /// The value written `text`; a text that the model lacks is kept.
  explicit OpenEnum(std::string_view text) {
    const auto texts = Names::texts();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (texts[i] == text) {
        value_ = static_cast<Value>(i);
        return;
      }
    }
    other_ = text;
  }

  constexpr operator Value() const noexcept { return value_; }  // NOLINT(google-explicit-constructor)
  /// As the service writes it; valid while this object is unchanged.
  [[nodiscard]] std::string_view text() const noexcept {
    return value_ == Names::unknown ? std::string_view(other_)
                                    : Names::texts()[static_cast<std::size_t>(value_)];
  }
  friend bool operator==(const OpenEnum& left, const OpenEnum& right) noexcept {
    return left.value_ == right.value_ && left.other_ == right.other_;
  }
  friend bool operator==(const OpenEnum& left, Value right) noexcept { return left.value_ == right; }

 private:
  Value value_ = Names::unknown;
  std::string other_;
};

}  // namespace gannet
