#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gannet/bytes.hpp>

namespace gannet {

class AttributeValue;

/// A DynamoDB item, or a key of one: attribute names and their values.
using Item = std::map<std::string, AttributeValue, std::less<>>;

/// The digits of a DynamoDB number, as the service writes them: up to 38 significant digits, never through a
/// double.
struct Number {
  std::string digits;
  friend bool operator==(const Number&, const Number&) = default;
};
struct StringSet {
  std::vector<std::string> values;
  friend bool operator==(const StringSet&, const StringSet&) = default;
};
struct NumberSet {
  std::vector<std::string> values;
  friend bool operator==(const NumberSet&, const NumberSet&) = default;
};
struct BinarySet {
  std::vector<Bytes> values;
  friend bool operator==(const BinarySet&, const BinarySet&) = default;
};

/// One attribute's value, of one of DynamoDB's ten types. Text and integers convert to it; everything else is
/// named: `AttributeValue::number("0.1")`, `AttributeValue(StringSet{{"a", "b"}})`. The reading functions are
/// the service's type letters; each throws std::bad_variant_access when the value is of another type,
/// `if_s()` and its like give nullptr instead.
class AttributeValue {
 public:
  using List = std::vector<AttributeValue>;
  using Map = Item;
  /// In the order of the service's type letters.
  enum class Type { s, n, b, ss, ns, bs, m, l, null, boolean };

  AttributeValue();                       ///< NULL.
  AttributeValue(std::string text);       // NOLINT(google-explicit-constructor)
  AttributeValue(std::string_view text);  // NOLINT(google-explicit-constructor)
  AttributeValue(const char* text);       // NOLINT(google-explicit-constructor)
  template <std::same_as<bool> T>
  AttributeValue(T value);  // NOLINT(google-explicit-constructor)
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  AttributeValue(T value);          // NOLINT(google-explicit-constructor)
  AttributeValue(Number value);     // NOLINT(google-explicit-constructor)
  AttributeValue(Bytes value);      // NOLINT(google-explicit-constructor)
  AttributeValue(StringSet value);  // NOLINT(google-explicit-constructor)
  AttributeValue(NumberSet value);  // NOLINT(google-explicit-constructor)
  AttributeValue(BinarySet value);  // NOLINT(google-explicit-constructor)
  AttributeValue(List value);       // NOLINT(google-explicit-constructor)
  AttributeValue(Map value);        // NOLINT(google-explicit-constructor)
  AttributeValue(const AttributeValue&);
  AttributeValue(AttributeValue&&) noexcept;
  AttributeValue& operator=(const AttributeValue&);
  AttributeValue& operator=(AttributeValue&&) noexcept;
  ~AttributeValue();

  static AttributeValue number(std::string digits);

  [[nodiscard]] Type type() const noexcept;
  [[nodiscard]] const std::string& s() const;
  [[nodiscard]] const std::string& n() const;
  [[nodiscard]] const Bytes& b() const;
  [[nodiscard]] const std::vector<std::string>& ss() const;
  [[nodiscard]] const std::vector<std::string>& ns() const;
  [[nodiscard]] const std::vector<Bytes>& bs() const;
  [[nodiscard]] const Map& m() const;
  [[nodiscard]] const List& l() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] bool is_null() const noexcept;

  [[nodiscard]] const std::string* if_s() const noexcept;
  [[nodiscard]] const std::string* if_n() const noexcept;
  [[nodiscard]] const Bytes* if_b() const noexcept;
  [[nodiscard]] const Map* if_m() const noexcept;
  [[nodiscard]] const List* if_l() const noexcept;
  [[nodiscard]] const bool* if_boolean() const noexcept;

  /// Same type and same bytes; sets compare in order and numbers by their digits as written.
  friend bool operator==(const AttributeValue& left, const AttributeValue& right);

  struct Null {
    friend bool operator==(const Null&, const Null&) = default;
  };
  using Storage =
      std::variant<std::string, Number, Bytes, StringSet, NumberSet, BinarySet, Map, List, Null, bool>;
  [[nodiscard]] const Storage& storage() const noexcept { return storage_; }

 private:
  Storage storage_;
};

template <std::same_as<bool> T>
AttributeValue::AttributeValue(T value) : storage_(value) {}

template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>)
AttributeValue::AttributeValue(T value) : storage_(Number{std::to_string(value)}) {}

}  // namespace gannet
