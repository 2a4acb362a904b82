#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace gannet {

/// Text or bytes that must not be seen: it has no stream operator, formats as `***`, is wiped when it ends or
/// is replaced, and compares in constant time. Its text is had by `reveal()` alone, a name to look for in a
/// review. Value type; distinct objects may be used from distinct threads.
class Secret {
 public:
  Secret() = default;
  /// Wipes what it takes: a short string's characters would stay behind in `text`.
  explicit Secret(std::string&& text) noexcept;
  explicit Secret(std::string_view text) : text_(text) {}
  explicit Secret(const char* text) : text_(text) {}
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The secret itself; valid until this object changes or ends.
  [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }

  /// Takes the same time whatever the two hold, except that a difference in length shows.
  friend bool operator==(const Secret& left, const Secret& right) noexcept {
    return equal_in_constant_time(left.text_, right.text_);
  }

 private:
  static bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept;
  void wipe() noexcept;

  std::string text_;
};

/// What `fmt` prints of a secret, found by argument-dependent look-up (`fmt::format("{}", secret)` gives
/// `***`).
inline std::string_view format_as(const Secret&) noexcept {
  return "***";
}
/// The same for fmt 9, which asks `format_as` of enumerations alone.
inline std::string_view to_string_view(const Secret&) noexcept {
  return "***";
}

/// Overwrites `text` so that the compiler cannot leave it out, then empties it.
void wipe(std::string& text) noexcept;

}  // namespace gannet
