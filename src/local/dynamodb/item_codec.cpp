#include "local/dynamodb/item_codec.hpp"

#include <utility>

#include "core/attribute_json.hpp"
#include "core/decimal.hpp"
#include "core/json.hpp"
#include "local/store/database.hpp"

namespace gannet::local::dynamodb {

using core::Decimal;

namespace {

using Type = AttributeValue::Type;

std::size_t number_size(const std::string& digits) {
  const auto number = Decimal::parse(digits);
  return number ? number->stored_size() : digits.size();
}

std::size_t value_size(const AttributeValue& value) {
  std::size_t size = 0;
  switch (value.type()) {
    case Type::s:
      return value.s().size();
    case Type::n:
      return number_size(value.n());
    case Type::b:
      return value.b().size();
    case Type::ss:
      for (const std::string& text : value.ss()) size += text.size();
      return size;
    case Type::ns:
      for (const std::string& digits : value.ns()) size += number_size(digits);
      return size;
    case Type::bs:
      for (const Bytes& bytes : value.bs()) size += bytes.size();
      return size;
    case Type::m:
      size = 3;
      for (const auto& [name, member] : value.m()) size += name.size() + value_size(member) + 1;
      return size;
    case Type::l:
      size = 3;
      for (const AttributeValue& element : value.l()) size += value_size(element) + 1;
      return size;
    case Type::null:
    case Type::boolean:
      return 1;
  }
  return size;
}

}  // namespace

std::size_t item_size(const Item& item) {
  std::size_t size = 0;
  for (const auto& [name, value] : item) size += name.size() + value_size(value);
  return size;
}

std::string item_to_json(const Item& item) {
  core::JsonWriter writer;
  core::write_item(writer, item);
  return writer.take();
}

Item item_from_json(std::string_view json) {
  const auto document = core::JsonDocument::parse(json);
  if (!document) throw StoreError("a stored item cannot be read: " + document.error().message);
  auto item = core::read_item(document->root(), "Item");
  if (!item) throw StoreError("a stored item cannot be read: " + item.error().message);
  return std::move(*item);
}

}  // namespace gannet::local::dynamodb
