#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/bytes.hpp>
#include <gannet/result.hpp>
#include <gannet/secret.hpp>

namespace gannet::protocols {

/// Smallest and largest, both allowed.
struct Bounds {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};

/// The same of a floating-point number.
struct RealBounds {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// Checks an input against its model's limits before anything is sent, and keeps what is wrong first. Members
/// are named as C++ has them, with the place: `request_items["music"].keys`.
class InputCheck {
 public:
  explicit InputCheck(std::string_view operation) noexcept : operation_(operation) {}

  /// Within a member, an element of a list or an entry of a map while this lives.
  class Inside {
   public:
    Inside(InputCheck& check, std::string_view member) : check_(check) {
      check_.place_.push_back({member, no_index, false});
    }
    Inside(InputCheck& check, std::string_view member, std::size_t index) : check_(check) {
      check_.place_.push_back({member, index, false});
    }
    Inside(InputCheck& check, std::string_view member, std::string_view key) : check_(check) {
      check_.place_.push_back({member, no_index, false});
      check_.place_.push_back({key, no_index, true});
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() {
      if (check_.place_.back().key) check_.place_.pop_back();
      check_.place_.pop_back();
    }

   private:
    InputCheck& check_;
  };

  /// Characters are counted as Unicode has them, not bytes.
  void text(std::string_view member, std::string_view value, Bounds bounds) {
    const auto bytes = static_cast<std::int64_t>(value.size());
    if (bounds.low <= 1 && bytes >= bounds.low && bytes <= bounds.high) return;
    count_characters(member, value, bounds);
  }
  void text(std::string_view member, const Secret& value, Bounds bounds) {
    text(member, value.reveal(), bounds);
  }
  void bytes(std::string_view member, std::size_t count, Bounds bounds) {
    size(member, count, bounds, "bytes");
  }
  void elements(std::string_view member, std::size_t count, Bounds bounds) {
    size(member, count, bounds, "elements");
  }
  void entries(std::string_view member, std::size_t count, Bounds bounds) {
    size(member, count, bounds, "entries");
  }
  void range(std::string_view member, std::int64_t value, Bounds bounds);
  void real(std::string_view member, double value, RealBounds bounds);
  /// A required member whose value shows that it was not given.
  void given(std::string_view member, bool is_given) {
    if (!is_given) refuse(member, "must be given");
  }
  /// A JSON text that goes into the request as it is.
  void document(std::string_view member, std::string_view json);
  /// `problem` completes "GetItem: table_name ...".
  void refuse(std::string_view member, std::string_view problem);

  [[nodiscard]] bool good() const noexcept { return !error_; }
  [[nodiscard]] std::string_view operation() const noexcept { return operation_; }
  /// What is wrong first, of kind `validation`, code "InvalidInput".
  [[nodiscard]] std::optional<Error> error() const { return error_; }

 private:
  static constexpr std::size_t no_index = std::numeric_limits<std::size_t>::max();
  struct Step {
    std::string_view name;
    std::size_t index;
    bool key;
  };
  void count_characters(std::string_view member, std::string_view value, Bounds bounds);
  void size(std::string_view member, std::size_t count, Bounds bounds, std::string_view unit);
  [[nodiscard]] std::string place(std::string_view member) const;

  std::string_view operation_;
  std::vector<Step> place_;
  std::optional<Error> error_;
};

/// A part of a host name made of a member: refused unless it is letters, digits, hyphens and periods.
std::string host_label(InputCheck& check, std::string_view member, std::string_view value);

}  // namespace gannet::protocols
