#pragma once

#include <any>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <gannet/attribute_value.hpp>
#include <gannet/bytes.hpp>
#include <gannet/open_enum.hpp>
#include <gannet/result.hpp>
#include <gannet/secret.hpp>
#include <gannet/timestamp.hpp>

#include "core/json.hpp"
#include "runtime/call.hpp"
#include "services/input_check.hpp"
#include "services/reading.hpp"

/// What generated clients of JSON 1.0 and 1.1 services share.
namespace gannet::protocols {

// Each reads one value that is not null into `to`, or says what is wrong and gives false.
bool read(Reading& in, core::JsonValue from, std::string& to);
bool read(Reading& in, core::JsonValue from, std::int32_t& to);
bool read(Reading& in, core::JsonValue from, std::int64_t& to);
bool read(Reading& in, core::JsonValue from,
          double& to);  ///< Also of the strings NaN, Infinity and -Infinity.
bool read(Reading& in, core::JsonValue from, bool& to);
bool read(Reading& in, core::JsonValue from, Bytes& to);
bool read(Reading& in, core::JsonValue from, Timestamp& to);  ///< Epoch seconds, or any of the text forms.
bool read(Reading& in, core::JsonValue from, AttributeValue& to);
/// Any value, as its JSON text.
bool read_document(core::JsonValue from, std::string& to);
bool read_text(Reading& in, core::JsonValue from, Secret& to);
bool read_blob(Reading& in, core::JsonValue from, Secret& to);
template <class Names>
bool read(Reading& in, core::JsonValue from, OpenEnum<Names>& to) {
  std::string text;
  if (!read(in, from, text)) return false;
  to = OpenEnum<Names>(std::string_view(text));
  return true;
}
/// Of a value that must be an object, or an array.
bool is_object(Reading& in, core::JsonValue from);
bool is_array(Reading& in, core::JsonValue from);

void write_epoch_seconds(core::JsonWriter& out, Timestamp time);
void write(core::JsonWriter& out, const AttributeValue& value);

/// What a call's X-Amz-Target and Content-Type are made of.
struct JsonService {
  std::string_view target_prefix;  ///< "DynamoDB_20120810"
  std::string_view content_type;   ///< "application/x-amz-json-1.0"
  /// It spoke the query protocol before, and gives that one's error codes to who asks for them.
  bool query_compatible = false;
};

/// The call whose body is what was written, or what the check found.
Result<runtime::Call> json_call(const runtime::Operation& operation, const JsonService& service,
                                const InputCheck& check, core::JsonWriter& out);

using JsonReader = bool (*)(Reading& in, core::JsonValue from, void* to);
/// Fills `output` from a success; a body without any bytes counts as `{}`.
Result<void> read_json_answer(std::string_view operation, std::string_view body, JsonReader reader,
                              void* output);

/// The same for an answer that holds secrets: `body`, and all that was made of it on the way, is wiped.
Result<void> read_secret_json_answer(std::string_view operation, std::string& body, JsonReader reader,
                                     void* output);

/// A modelled error of a service: what its code means, and how its details are read. Sorted by code.
struct JsonModelledError {
  std::string_view code;
  std::optional<ErrorKind> kind;                                     ///< Unset: what code and status say.
  bool (*details)(Reading& in, core::JsonValue from, std::any& to);  ///< nullptr: the shape has no members.
};
void read_json_error(const runtime::Answer& answer, Error& error, std::span<const JsonModelledError> modelled,
                     bool query_compatible);

}  // namespace gannet::protocols
