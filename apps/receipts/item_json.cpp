#include "item_json.hpp"

#include <type_traits>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace receipts {
namespace {

namespace json = boost::json;
using gannet::AttributeValue;

AttributeValue value_from_json(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return {};
    case json::kind::bool_:
      return value.get_bool();
    case json::kind::int64:
      return value.get_int64();
    case json::kind::uint64:
      return value.get_uint64();
    case json::kind::double_:
      return AttributeValue::number(fmt::format("{}", value.get_double()));
    case json::kind::string:
      return std::string_view(value.get_string().data(), value.get_string().size());
    case json::kind::array: {
      AttributeValue::List list;
      for (const json::value& element : value.get_array()) list.push_back(value_from_json(element));
      return list;
    }
    case json::kind::object:
      return item_from_json(value.get_object());
  }
  return {};
}

void append_base64(std::string& json, const gannet::Bytes& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  append_text(json, std::string_view(text).substr(0, static_cast<std::size_t>(length)));
}

template <class Elements, class Append>
void append_list(std::string& json, const Elements& elements, Append append) {
  json += '[';
  bool first = true;
  for (const auto& element : elements) {
    if (!std::exchange(first, false)) json += ',';
    append(json, element);
  }
  json += ']';
}

void append_value(std::string& json, const AttributeValue& value) {
  std::visit(
      [&json](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::string>) {
          append_text(json, held);
        } else if constexpr (std::is_same_v<Held, gannet::Number>) {
          json += held.digits;
        } else if constexpr (std::is_same_v<Held, gannet::Bytes>) {
          append_base64(json, held);
        } else if constexpr (std::is_same_v<Held, gannet::StringSet>) {
          append_list(json, held.values, append_text);
        } else if constexpr (std::is_same_v<Held, gannet::NumberSet>) {
          append_list(json, held.values, [](std::string& out, const std::string& digits) { out += digits; });
        } else if constexpr (std::is_same_v<Held, gannet::BinarySet>) {
          append_list(json, held.values, append_base64);
        } else if constexpr (std::is_same_v<Held, AttributeValue::List>) {
          append_list(json, held, append_value);
        } else if constexpr (std::is_same_v<Held, gannet::Item>) {
          json += '{';
          bool first = true;
          for (const auto& [name, member] : held) {
            if (!std::exchange(first, false)) json += ',';
            append_text(json, name);
            json += ':';
            append_value(json, member);
          }
          json += '}';
        } else if constexpr (std::is_same_v<Held, bool>) {
          json += held ? "true" : "false";
        } else {
          json += "null";
        }
      },
      value.storage());
}

}  // namespace

gannet::Item item_from_json(const json::object& members) {
  gannet::Item item;
  for (const auto& [name, value] : members) item.insert_or_assign(std::string(name), value_from_json(value));
  return item;
}

void append_members(std::string& json, const gannet::Item& attributes) {
  for (const auto& [name, value] : attributes) {
    json += ',';
    append_text(json, name);
    json += ':';
    append_value(json, value);
  }
}

void append_text(std::string& json, std::string_view text) {
  json += json::serialize(json::string_view(text));
}

}  // namespace receipts
