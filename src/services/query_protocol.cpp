#include "services/query_protocol.hpp"

#include "core/secret_text.hpp"

namespace gannet::protocols {

FormWriter::FormWriter(std::string_view action, std::string_view version, Holds holds) : holds_(holds) {
  out_.append("Action=").append(action).append("&Version=").append(version);
}

void FormWriter::value(std::string_view name, std::string_view text) {
  // A byte becomes three at the most.
  if (holds_secrets()) core::make_room(out_, 3 * (prefix_.size() + name.size() + text.size()) + 2);
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
  call.body = out.holds_secrets() ? Body(Secret(out.take())) : Body(out.take());
  return call;
}

const core::XmlElement& unwrapped(const core::XmlElement& root, std::string_view wrapper) {
  const core::XmlElement* inner = wrapper.empty() ? nullptr : root.find(wrapper);
  return inner != nullptr ? *inner : root;
}

}  // namespace gannet::protocols
