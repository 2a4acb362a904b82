#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace receipts {

/// What is wrong with a request, one entry a fault, as FastAPI lists it: `type`, `loc`, `msg` and `input`.
class Faults {
 public:
  void add(std::string_view type, boost::json::array location, std::string_view message,
           boost::json::value input);
  [[nodiscard]] bool none() const noexcept { return entries_.empty(); }
  /// `{"detail": [...]}`
  [[nodiscard]] std::string to_json() const;

 private:
  boost::json::array entries_;
};

/// The longest user id, reward id and file name, in bytes.
inline constexpr std::size_t longest_name = 255;

/// Why a name cannot be part of an object's key: empty, too long, `.` or `..`, a slash, a backslash or a
/// control character in it, not UTF-8. Nothing for a good one.
std::optional<std::string> name_fault(std::string_view name);

/// The media types of receipts: JPEG, PNG, WebP, PDF.
bool is_allowed_content_type(std::string_view content_type) noexcept;

/// A request's body as a JSON object. Reading a member that is missing or wrong adds a fault and gives an
/// empty value.
class JsonBody {
 public:
  JsonBody(std::string_view text, Faults& faults);

  /// A string of at least one character that passes `name_fault`.
  std::string name(std::string_view member);
  /// One of the allowed media types.
  std::string content_type(std::string_view member);
  std::string text(std::string_view member);
  std::optional<std::string> optional_text(std::string_view member);
  std::optional<std::string> optional_name(std::string_view member);
  std::optional<std::int64_t> optional_integer(std::string_view member);
  /// A list of 1 to `most` strings.
  std::vector<std::string> texts(std::string_view member, std::size_t most);
  /// The members that no call above has asked for.
  [[nodiscard]] boost::json::object rest() const;

 private:
  const boost::json::value* find(std::string_view member, bool required);

  Faults& faults_;
  bool valid_ = false;
  boost::json::object members_;
  std::vector<std::string> seen_;
};

}  // namespace receipts
