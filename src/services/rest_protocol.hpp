#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/xml.hpp"
#include "runtime/call.hpp"
#include "services/input_check.hpp"
#include "services/xml_answer.hpp"

/// What generated clients of REST-XML services share.
namespace gannet::protocols {

/// The parts of a request that are filled from an input's members.
class RestWriter {
 public:
  RestWriter(const runtime::Operation& operation, std::string_view method, InputCheck& check);

  void path(std::string_view literal) { call_.request.path += literal; }
  /// A value in the path, percent-encoded; `greedy` keeps its slashes.
  void label(std::string_view text, bool greedy) {
    core::append_uri_encoded(call_.request.path, text, greedy);
  }
  void query(std::string_view literal);
  void query(std::string_view name, std::string_view value);
  /// A header; a value that would break out of it is refused. `member` is for the message.
  void header(std::string_view member, std::string_view name, std::string_view value);
  /// The entries of a map as headers, each name after `prefix`. Names differ in more than their case.
  void headers(std::string_view member, std::string_view prefix,
               const std::map<std::string, std::string, std::less<>>& entries);
  /// One of several values of a header, which are joined with commas; quoted where it holds one itself.
  void header_element(std::string_view name, std::string_view value, bool quote);
  void bucket(std::string_view name) { call_.bucket = name; }
  void content_type(std::string_view type);
  void body(Body body) { call_.body = std::move(body); }
  /// The body as a document; what XML cannot carry is refused. It is wiped after use where it holds secrets.
  void document(core::XmlWriter& xml, bool holds_secrets = false);

  /// The call, or what the check found.
  Result<runtime::Call> finish();

 private:
  InputCheck& check_;
  runtime::Call call_;
};

/// What follows the last slash: answers give an id with a path before it that requests do not want.
std::string without_path(std::string_view id);

/// `bucket/key` percent-encoded but for its slashes, a `?versionId=` at its end kept.
std::string copy_source(std::string_view source);

// Each reads a header into `to` where it is there.
template <class T>
bool read_header(Reading& in, const Headers& headers, std::string_view name, std::optional<T>& to) {
  const std::string* text = headers.find(name);
  return text == nullptr || read(in, *text, to.emplace()) || in.at(name);
}
template <class T>
bool read_header(Reading& in, const Headers& headers, std::string_view name, T& to) {
  const std::string* text = headers.find(name);
  return text == nullptr || read(in, *text, to) || in.at(name);
}
bool read_secret_header(Reading& in, const Headers& headers, std::string_view name,
                        std::optional<Secret>& to);
bool read_secret_header(Reading& in, const Headers& headers, std::string_view name, Secret& to);
/// Leaves `to` unset where the header cannot be read.
bool read_lenient_header(const Headers& headers, std::string_view name, std::optional<Timestamp>& to);
/// The header's value is base64 of a JSON text.
bool read_json_header(Reading& in, const Headers& headers, std::string_view name, std::string& to);
std::vector<std::string> header_elements(std::string_view text, bool times);
template <class T>
bool read_header_list(Reading& in, const Headers& headers, std::string_view name, std::vector<T>& to,
                      bool times) {
  const std::string* text = headers.find(name);
  if (text == nullptr) return true;
  for (const std::string& each : header_elements(*text, times)) {
    T element{};
    if (!read(in, each, element)) return in.at(name);
    to.push_back(std::move(element));
  }
  return true;
}
template <class T>
bool read_header_list(Reading& in, const Headers& headers, std::string_view name,
                      std::optional<std::vector<T>>& to, bool times) {
  return headers.find(name) == nullptr || read_header_list(in, headers, name, to.emplace(), times);
}
/// The headers whose names begin with `prefix`, by what follows it, as they came.
bool read_prefixed_headers(const Headers& headers, std::string_view prefix,
                           std::map<std::string, std::string, std::less<>>& to);

}  // namespace gannet::protocols
