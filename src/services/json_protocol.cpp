#include "services/json_protocol.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/attribute_json.hpp"
#include "core/encoding.hpp"
#include "core/error_codes.hpp"
#include "core/timestamps.hpp"

namespace gannet::protocols {
namespace {

std::string_view type_name(core::JsonValue value) {
  using Type = core::JsonValue::Type;
  switch (value.type()) {
    case Type::object:
      return "an object";
    case Type::array:
      return "an array";
    case Type::string:
      return "a string";
    case Type::integer:
    case Type::unsigned_integer:
    case Type::number:
      return "a number";
    case Type::boolean:
      return "a boolean";
    case Type::null:
      return "null";
  }
  return "of no type";
}

bool decode(Reading& in, core::JsonValue from, std::string& to) {
  const auto text = from.string();
  if (!text) return in.expected("a string of base64", type_name(from));
  auto bytes = core::from_base64(*text);
  if (!bytes) return in.fail("must be base64 and is not");
  to = std::move(*bytes);
  return true;
}

/// The value of the first member whose name is `name`, whatever its case.
std::string text_member(core::JsonValue object, std::string_view name) {
  for (auto member = object.begin(), end = object.end(); member != end; ++member) {
    if (!iequals(member.key(), name)) continue;
    if (const auto text = member.value().string()) return std::string(*text);
  }
  return {};
}

Result<void> fill(std::string_view operation, const Result<core::JsonDocument>& document, JsonReader reader,
                  void* output) {
  if (!document) {
    Error error = document.error();
    error.message = std::string(operation) + ": the answer cannot be read: " + error.message;
    return std::unexpected(std::move(error));
  }
  Reading in;
  if (!reader(in, document->root(), output)) return std::unexpected(in.error(operation));
  return {};
}

}  // namespace

bool is_object(Reading& in, core::JsonValue from) {
  return from.is_object() || in.expected("an object", type_name(from));
}

bool is_array(Reading& in, core::JsonValue from) {
  return from.is_array() || in.expected("an array", type_name(from));
}

bool read(Reading& in, core::JsonValue from, std::string& to) {
  const auto text = from.string();
  if (!text) return in.expected("a string", type_name(from));
  to = *text;
  return true;
}

bool read(Reading& in, core::JsonValue from, std::int64_t& to) {
  const auto number = from.integer();
  if (!number) return in.expected("an integer", type_name(from));
  to = *number;
  return true;
}

bool read(Reading& in, core::JsonValue from, std::int32_t& to) {
  std::int64_t wide = 0;
  if (!read(in, from, wide)) return false;
  if (!std::in_range<std::int32_t>(wide)) return in.fail("must fit 32 bits, is " + std::to_string(wide));
  to = static_cast<std::int32_t>(wide);
  return true;
}

bool read(Reading& in, core::JsonValue from, double& to) {
  if (const auto text = from.string()) {
    if (*text == "NaN")
      to = std::numeric_limits<double>::quiet_NaN();
    else if (*text == "Infinity")
      to = std::numeric_limits<double>::infinity();
    else if (*text == "-Infinity")
      to = -std::numeric_limits<double>::infinity();
    else
      return in.expected("a number", "a string");
    return true;
  }
  const auto number = from.number();
  if (!number) return in.expected("a number", type_name(from));
  to = *number;
  return true;
}

bool read(Reading& in, core::JsonValue from, bool& to) {
  const auto truth = from.boolean();
  if (!truth) return in.expected("a boolean", type_name(from));
  to = *truth;
  return true;
}

bool read(Reading& in, core::JsonValue from, Bytes& to) {
  std::string bytes;
  if (!decode(in, from, bytes)) return false;
  to = to_bytes(bytes);
  return true;
}

bool read(Reading& in, core::JsonValue from, Timestamp& to) {
  std::optional<Timestamp> time;
  if (const auto text = from.string()) {
    time = core::parse_timestamp(*text);
  } else if (const auto seconds = from.number()) {
    time = core::from_epoch_seconds(*seconds);
  } else {
    return in.expected("a timestamp", type_name(from));
  }
  if (!time) return in.fail("must be a timestamp and is not");
  to = *time;
  return true;
}

bool read(Reading& in, core::JsonValue from, AttributeValue& to) {
  auto value = core::read_attribute_value(from, "the attribute value");
  if (!value) return in.fail("cannot be read: " + value.error().message);
  to = std::move(*value);
  return true;
}

bool read_document(core::JsonValue from, std::string& to) {
  to = from.to_json();
  return true;
}

bool read_text(Reading& in, core::JsonValue from, Secret& to) {
  const auto text = from.string();
  if (!text) return in.expected("a string", type_name(from));
  to = Secret(*text);
  return true;
}

bool read_blob(Reading& in, core::JsonValue from, Secret& to) {
  std::string bytes;
  if (!decode(in, from, bytes)) return false;
  to = Secret(std::move(bytes));
  return true;
}

void write_epoch_seconds(core::JsonWriter& out, Timestamp time) {
  out.raw(core::epoch_seconds(time));
}

void write(core::JsonWriter& out, const AttributeValue& value) {
  core::write(out, value);
}

Result<runtime::Call> json_call(const runtime::Operation& operation, const JsonService& service,
                                const InputCheck& check, core::JsonWriter& out) {
  if (auto wrong = check.error()) return std::unexpected(std::move(*wrong));
  if (out.replaced_invalid_utf8()) {
    return fail(
        ErrorKind::validation, "InvalidInput",
        std::string(operation.name) + ": a string or a map's key is not UTF-8; send such bytes as a blob");
  }
  runtime::Call call;
  call.operation = &operation;
  call.repeatable = operation.repeatable;
  call.request.method = "POST";
  call.request.headers.reserve(12);
  call.request.headers.add("Content-Type", service.content_type);
  if (service.query_compatible) call.request.headers.add("x-amzn-query-mode", "true");
  std::string target(service.target_prefix);
  target.append(1, '.').append(operation.name);
  call.request.headers.add("X-Amz-Target", target);
  call.body = out.holds_secrets() ? Body(Secret(out.take())) : Body(out.take());
  return call;
}

Result<void> read_json_answer(std::string_view operation, std::string_view body, JsonReader reader,
                              void* output) {
  return fill(operation, core::JsonDocument::parse(body.empty() ? "{}" : body), reader, output);
}

Result<void> read_secret_json_answer(std::string_view operation, std::string& body, JsonReader reader,
                                     void* output) {
  auto document = core::JsonDocument::parse_secret(body.empty() ? std::string_view("{}") : body);
  gannet::wipe(body);
  return fill(operation, document, reader, output);
}

void read_json_error(const runtime::Answer& answer, Error& error, std::span<const JsonModelledError> modelled,
                     bool query_compatible) {
  std::string code(answer.headers.get("x-amzn-errortype"));
  const auto document = core::JsonDocument::parse(answer.body);
  const bool object = document && document->root().is_object();
  if (object) {
    const auto root = document->root();
    if (code.empty()) code = text_member(root, "__type");
    if (code.empty()) code = text_member(root, "code");
    error.message = text_member(root, "message");
    if (error.message.empty()) error.message = text_member(root, "errorMessage");
  }
  const std::string shape_name(core::bare_code(code));
  error.code = shape_name.empty() ? std::string(core::code_of_status(answer.status)) : shape_name;
  if (query_compatible) {
    // "AWS.SimpleQueueService.NonExistentQueue;Sender": the code that the query protocol had.
    const auto header = answer.headers.get("x-amzn-query-error");
    if (const auto end = header.find(';'); end != std::string_view::npos && end > 0)
      error.code = header.substr(0, end);
  }
  const auto found =
      std::ranges::lower_bound(modelled, std::string_view(shape_name), {}, &JsonModelledError::code);
  if (found == modelled.end() || found->code != shape_name) {
    error.kind = core::kind_of(error.code, answer.status);
    return;
  }
  error.kind = found->kind.value_or(core::kind_of(shape_name, answer.status));
  if (object && found->details != nullptr) {
    Reading in;
    // Details that cannot be read leave the error as it is: its code is what matters.
    if (!found->details(in, document->root(), error.details)) error.details.reset();
  }
}

}  // namespace gannet::protocols
