#include "core/attribute_json.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/encoding.hpp"

namespace gannet::core {

namespace {

using Type = AttributeValue::Type;

/// In the order of AttributeValue::Type.
constexpr std::array<std::string_view, 10> type_names = {"S",  "N", "B", "SS",   "NS",
                                                         "BS", "M", "L", "NULL", "BOOL"};

std::optional<Type> type_of(std::string_view name) noexcept {
  for (std::size_t index = 0; index < type_names.size(); ++index) {
    if (type_names[index] == name) return static_cast<Type>(index);
  }
  return std::nullopt;
}

/// Where a value stands, made into text only when something is wrong there.
struct Place {
  const Place* outer;
  std::string_view name;
  std::size_t index = 0;  ///< Of a list's element, which has no name.

  [[nodiscard]] std::string text() const {
    if (outer == nullptr) return std::string(name);
    auto text = outer->text();
    if (name.data() == nullptr) return text + '[' + std::to_string(index) + ']';
    if (!text.empty()) text += '.';
    return text.append(name);
  }
};

/// Reads values, and keeps the first error.
class Reader {
 public:
  [[nodiscard]] Error take_error() { return std::move(error_); }

  bool item(const JsonValue& value, const Place& place, std::size_t level, Item& out) {
    if (!value.is_object()) return wrong(place, "an object of attribute names and values is needed");
    const auto end = value.end();
    for (auto member = value.begin(); member != end; ++member) {
      const auto name = member.key();
      // Names come sorted from most writers; where they do, the hint makes the insertion constant.
      const auto known = out.size();
      const auto inserted = out.try_emplace(out.end(), std::string(name));
      const Place inner{.outer = &place, .name = name};
      if (out.size() == known) return wrong(inner, "the attribute is there twice");
      if (!attribute(member.value(), inner, level, inserted->second)) return false;
    }
    return true;
  }

  bool attribute(const JsonValue& value, const Place& place, std::size_t level, AttributeValue& out) {
    if (level > maximum_attribute_levels) {
      return wrong(place,
                   "values are nested deeper than " + std::to_string(maximum_attribute_levels) + " levels");
    }
    if (!value.is_object())
      return wrong(place, R"(an object with one type is needed, such as {"S": "text"})");
    std::optional<Type> type;
    JsonValue content;
    const auto end = value.end();
    for (auto member = value.begin(); member != end; ++member) {
      if (member.value().is_null()) continue;
      const auto found = type_of(member.key());
      if (!found)
        return wrong(place, '"' + std::string(member.key()) + "\" is no type of an attribute value");
      if (type) return wrong(place, "there are several types in one attribute value, where one is needed");
      type = found;
      content = member.value();
    }
    if (!type)
      return wrong(place, R"(there is no type in the attribute value; one is needed, such as {"S": "text"})");
    return content_of(*type, content, {.outer = &place, .name = type_names[static_cast<std::size_t>(*type)]},
                      level, out);
  }

 private:
  bool content_of(Type type, const JsonValue& content, const Place& place, std::size_t level,
                  AttributeValue& out) {
    switch (type) {
      case Type::s:
        return scalar<std::string>(content, place, out);
      case Type::n:
        return scalar<Number>(content, place, out);
      case Type::b:
        return scalar<Bytes>(content, place, out);
      case Type::ss:
        return set<StringSet>(content, place, out);
      case Type::ns:
        return set<NumberSet>(content, place, out);
      case Type::bs:
        return set<BinarySet>(content, place, out);
      case Type::m: {
        Item map;
        if (!item(content, place, level + 1, map)) return false;
        out = std::move(map);
        return true;
      }
      case Type::l:
        return list(content, place, level, out);
      case Type::null:
        if (content.boolean() != true) return wrong(place, "it must be true");
        out = AttributeValue();
        return true;
      case Type::boolean:
        if (const auto truth = content.boolean()) {
          out = *truth;
          return true;
        }
        return wrong(place, "true or false is needed");
    }
    return wrong(place, "it is of no known type");
  }

  bool text(const JsonValue& content, const Place& place, std::string& out) {
    const auto found = content.string();
    if (!found) return wrong(place, "a JSON string is needed");
    out = *found;
    return true;
  }
  bool text(const JsonValue& content, const Place& place, Number& out) {
    return text(content, place, out.digits);
  }
  bool text(const JsonValue& content, const Place& place, Bytes& out) {
    const auto found = content.string();
    if (!found) return wrong(place, "a JSON string is needed");
    const auto bytes = from_base64(*found);
    if (!bytes) return wrong(place, "the string is not base64");
    out = to_bytes(*bytes);
    return true;
  }

  template <class T>
  bool scalar(const JsonValue& content, const Place& place, AttributeValue& out) {
    T read;
    if (!text(content, place, read)) return false;
    out = AttributeValue(std::move(read));
    return true;
  }

  template <class Set>
  bool set(const JsonValue& content, const Place& place, AttributeValue& out) {
    if (!content.is_array()) return wrong(place, "an array is needed");
    Set read;
    read.values.reserve(content.size());
    for (const auto element : content) {
      const Place inner{.outer = &place, .name = {}, .index = read.values.size()};
      if (!text(element, inner, read.values.emplace_back())) return false;
    }
    out = AttributeValue(std::move(read));
    return true;
  }

  bool list(const JsonValue& content, const Place& place, std::size_t level, AttributeValue& out) {
    if (!content.is_array()) return wrong(place, "an array is needed");
    AttributeValue::List read;
    read.reserve(content.size());
    for (const auto element : content) {
      const Place inner{.outer = &place, .name = {}, .index = read.size()};
      if (!attribute(element, inner, level + 1, read.emplace_back())) return false;
    }
    out = std::move(read);
    return true;
  }

  bool wrong(const Place& place, std::string_view reason) {
    error_.kind = ErrorKind::protocol;
    error_.code = "SerializationException";
    error_.message = place.text();
    error_.message += ": ";
    error_.message += reason;
    error_.message += '.';
    return false;
  }

  Error error_;
};

/// Writes what stands behind the type's name.
struct ContentWriter {
  JsonWriter& writer;

  void operator()(const std::string& text) const { writer.string(text); }
  void operator()(const Number& number) const { writer.string(number.digits); }
  void operator()(const Bytes& bytes) const { writer.base64(as_text(bytes)); }
  void operator()(const StringSet& set) const { strings(set.values); }
  void operator()(const NumberSet& set) const { strings(set.values); }
  void operator()(const BinarySet& set) const {
    writer.begin_array();
    for (const auto& bytes : set.values) writer.base64(as_text(bytes));
    writer.end_array();
  }
  void operator()(const AttributeValue::Map& map) const { write_item(writer, map); }
  void operator()(const AttributeValue::List& list) const {
    writer.begin_array();
    for (const auto& value : list) write(writer, value);
    writer.end_array();
  }
  void operator()(AttributeValue::Null /*null*/) const { writer.boolean(true); }
  void operator()(bool truth) const { writer.boolean(truth); }

 private:
  void strings(const std::vector<std::string>& values) const {
    writer.begin_array();
    for (const auto& value : values) writer.string(value);
    writer.end_array();
  }
};

}  // namespace

void write(JsonWriter& writer, const AttributeValue& value) {
  writer.begin_object();
  writer.key(type_names[static_cast<std::size_t>(value.type())]);
  std::visit(ContentWriter{writer}, value.storage());
  writer.end_object();
}

void write_item(JsonWriter& writer, const Item& item) {
  writer.begin_object();
  for (const auto& [name, value] : item) {
    writer.key(name);
    write(writer, value);
  }
  writer.end_object();
}

Result<AttributeValue> read_attribute_value(const JsonValue& value, std::string_view path) {
  Reader reader;
  Result<AttributeValue> result;
  if (!reader.attribute(value, {.outer = nullptr, .name = path}, 1, *result)) {
    return std::unexpected(reader.take_error());
  }
  return result;
}

Result<Item> read_item(const JsonValue& value, std::string_view path) {
  Reader reader;
  Result<Item> result;
  if (!reader.item(value, {.outer = nullptr, .name = path}, 1, *result))
    return std::unexpected(reader.take_error());
  return result;
}

}  // namespace gannet::core
