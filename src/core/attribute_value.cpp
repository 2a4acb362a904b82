#include <gannet/attribute_value.hpp>

namespace gannet {

AttributeValue::AttributeValue() : storage_(Null{}) {}
AttributeValue::AttributeValue(std::string text) : storage_(std::move(text)) {}
AttributeValue::AttributeValue(std::string_view text) : storage_(std::string(text)) {}
AttributeValue::AttributeValue(const char* text) : storage_(std::string(text)) {}
AttributeValue::AttributeValue(Number value) : storage_(std::move(value)) {}
AttributeValue::AttributeValue(Bytes value) : storage_(std::move(value)) {}
AttributeValue::AttributeValue(StringSet value) : storage_(std::move(value)) {}
AttributeValue::AttributeValue(NumberSet value) : storage_(std::move(value)) {}
AttributeValue::AttributeValue(BinarySet value) : storage_(std::move(value)) {}
AttributeValue::AttributeValue(List value) : storage_(std::move(value)) {}
AttributeValue::AttributeValue(Map value) : storage_(std::move(value)) {}
AttributeValue::AttributeValue(const AttributeValue&) = default;
AttributeValue::AttributeValue(AttributeValue&&) noexcept = default;
AttributeValue& AttributeValue::operator=(const AttributeValue&) = default;
AttributeValue& AttributeValue::operator=(AttributeValue&&) noexcept = default;
AttributeValue::~AttributeValue() = default;

AttributeValue AttributeValue::number(std::string digits) {
  return Number{std::move(digits)};
}

AttributeValue::Type AttributeValue::type() const noexcept {
  return static_cast<Type>(storage_.index());
}

const std::string& AttributeValue::s() const {
  return std::get<std::string>(storage_);
}
const std::string& AttributeValue::n() const {
  return std::get<Number>(storage_).digits;
}
const Bytes& AttributeValue::b() const {
  return std::get<Bytes>(storage_);
}
const std::vector<std::string>& AttributeValue::ss() const {
  return std::get<StringSet>(storage_).values;
}
const std::vector<std::string>& AttributeValue::ns() const {
  return std::get<NumberSet>(storage_).values;
}
const std::vector<Bytes>& AttributeValue::bs() const {
  return std::get<BinarySet>(storage_).values;
}
const AttributeValue::Map& AttributeValue::m() const {
  return std::get<Map>(storage_);
}
const AttributeValue::List& AttributeValue::l() const {
  return std::get<List>(storage_);
}
bool AttributeValue::boolean() const {
  return std::get<bool>(storage_);
}
bool AttributeValue::is_null() const noexcept {
  return std::holds_alternative<Null>(storage_);
}

const std::string* AttributeValue::if_s() const noexcept {
  return std::get_if<std::string>(&storage_);
}
const std::string* AttributeValue::if_n() const noexcept {
  const auto* number = std::get_if<Number>(&storage_);
  return number == nullptr ? nullptr : &number->digits;
}
const Bytes* AttributeValue::if_b() const noexcept {
  return std::get_if<Bytes>(&storage_);
}
const AttributeValue::Map* AttributeValue::if_m() const noexcept {
  return std::get_if<Map>(&storage_);
}
const AttributeValue::List* AttributeValue::if_l() const noexcept {
  return std::get_if<List>(&storage_);
}
const bool* AttributeValue::if_boolean() const noexcept {
  return std::get_if<bool>(&storage_);
}

bool operator==(const AttributeValue& left, const AttributeValue& right) {
  return left.storage_ == right.storage_;
}

}  // namespace gannet
