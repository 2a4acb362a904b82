#include "services/query_protocol.hpp"

namespace gannet::protocols {

FormWriter::FormWriter(std::string_view action, std::string_view version) {
  out_.append("Action=").append(action).append("&Version=").append(version);
}

void FormWriter::value(std::string_view name, std::string_view text) {
  out_ += '&';
  core::append_uri_encoded(out_, prefix_);
  core::append_uri_encoded(out_, name);
  out_ += '=';
  core::append_uri_encoded(out_, text);
}

Result<runtime::Call> query_call(const runtime::Operation& operation, const InputCheck& check,
                                 FormWriter& out) {
  if (auto wrong = check.error()) return std::unexpected(std::move(*wrong));
  runtime::Call call;
  call.operation = &operation;
  call.repeatable = operation.repeatable;
  call.request.method = "POST";
  call.request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  call.body = Body(out.take());
  return call;
}

const core::XmlElement& unwrapped(const core::XmlElement& root, std::string_view wrapper) {
  const core::XmlElement* inner = wrapper.empty() ? nullptr : root.find(wrapper);
  return inner != nullptr ? *inner : root;
}

}  // namespace gannet::protocols
