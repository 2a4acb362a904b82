#include "core/canonical_request.hpp"

#include <algorithm>

#include "core/ascii.hpp"
#include "core/encoding.hpp"
#include "core/signature_words.hpp"

namespace gannet::core {

// ---- the query

namespace {

/// The byte that `%XX` at the front of `text` stands for, or -1.
int escaped_byte(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool is_canonical(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_unreserved[static_cast<unsigned char>(text[i])]) continue;
    const int byte = escaped_byte(text.substr(i));
    if (byte < 0 || is_unreserved[static_cast<std::size_t>(byte)]) return false;
    if (text[i + 1] >= 'a' || text[i + 2] >= 'a') return false;
    i += 2;
  }
  return true;
}

}  // namespace

void CanonicalQuery::take(std::string_view query, bool without_signature) {
  for (std::size_t start = 0; start < query.size();) {
    const auto piece = query.substr(start, query.find('&', start) - start);
    start += piece.size() + 1;
    if (piece.empty()) continue;
    const auto equals = std::min(piece.find('='), piece.size());
    const auto name = canonical(piece.substr(0, equals), query.size());
    const auto value = canonical(piece.substr(std::min(equals + 1, piece.size())), query.size());
    if (without_signature && name == signature_parameter) continue;
    pairs_.push_back({name, value});
  }
}

std::string_view CanonicalQuery::canonical(std::string_view text, std::size_t query_size) {
  if (is_canonical(text)) return text;
  // Views into it are handed out, so it must never grow: no text becomes longer than thrice itself.
  if (encoded_anew_.capacity() < query_size * 3) encoded_anew_.reserve(query_size * 3);
  const auto start = encoded_anew_.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      append_uri_encoded(encoded_anew_, text.substr(i, 1));
    } else if (const int byte = escaped_byte(text.substr(i)); byte >= 0) {
      const char c = static_cast<char>(byte);
      append_uri_encoded(encoded_anew_, {&c, 1});
      i += 2;
    } else {
      encoded_anew_ += '%';
    }
  }
  return std::string_view(encoded_anew_).substr(start);
}

void CanonicalQuery::write(CanonicalText& out) {
  std::sort(pairs_.begin(), pairs_.end(), [](const Pair& left, const Pair& right) {
    const int order = left.name.compare(right.name);
    return order != 0 ? order < 0 : left.value < right.value;
  });
  bool first = true;
  for (const auto& pair : pairs_) {
    if (!first) out.add('&');
    first = false;
    out.add(pair.name);
    out.add('=');
    out.add(pair.value);
  }
}

bool is_well_formed_query(std::string_view query) noexcept {
  for (auto at = query.find('%'); at != query.npos; at = query.find('%', at + 3)) {
    if (escaped_byte(query.substr(at)) < 0) return false;
  }
  return true;
}

std::string without_signature(std::string_view query) {
  std::string out;
  out.reserve(query.size());
  for (std::size_t start = 0; start < query.size();) {
    const auto piece = query.substr(start, query.find('&', start) - start);
    start += piece.size() + 1;
    if (uri_decode(piece.substr(0, piece.find('='))) == signature_parameter) continue;
    if (!out.empty()) out += '&';
    out += piece;
  }
  return out;
}

// ---- the path

namespace {

/// Without dot segments and empty ones, as the SDKs have it.
std::string normalized(std::string_view path) {
  boost::container::small_vector<std::string_view, 16> segments;
  for (std::size_t start = 0; start <= path.size();) {
    const auto segment = path.substr(start, path.find('/', start) - start);
    start += segment.size() + 1;
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string out;
  out.reserve(path.size() + 1);
  for (const auto segment : segments) {
    out += '/';
    out += segment;
  }
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

void write_path(CanonicalText& out, std::string_view path, PathRule rule) {
  if (path.empty()) path = "/";
  switch (rule) {
    case PathRule::as_sent:
      out.add(path);
      break;
    case PathRule::encode_again:
      out.add_encoded(path, true);
      break;
    case PathRule::normalize_and_encode_again:
      if (path.find("//") == path.npos && path.find("/.") == path.npos) {
        out.add_encoded(path, true);
      } else {
        out.add_encoded(normalized(path), true);
      }
      break;
  }
}

}  // namespace

// ---- the headers

namespace {

/// Headers that belong to one hop, that proxies change, or that hold the signature itself.
bool is_never_signed(std::string_view name) noexcept {
  switch (name.size()) {
    case 2:
      return iequals(name, "te");
    case 6:
      return iequals(name, "expect");
    case 7:
      return iequals(name, "trailer") || iequals(name, "upgrade");
    case 10:
      return iequals(name, "user-agent") || iequals(name, "connection") || iequals(name, "keep-alive");
    case 13:
      return iequals(name, "authorization");
    case 15:
      return iequals(name, "x-amzn-trace-id");
    case 17:
      return iequals(name, "transfer-encoding");
    case 18:
      return iequals(name, "proxy-authenticate");
    case 19:
      return iequals(name, "proxy-authorization");
    default:
      return false;
  }
}

int compare_names(std::string_view left, std::string_view right) noexcept {
  const auto size = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < size; ++i) {
    const auto a = static_cast<unsigned char>(lower(left[i]));
    const auto b = static_cast<unsigned char>(lower(right[i]));
    if (a != b) return a < b ? -1 : 1;
  }
  return left.size() < right.size() ? -1 : left.size() > right.size() ? 1 : 0;
}

/// Trimmed, and runs of white space made one space.
void write_value(CanonicalText& out, std::string_view value) {
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  std::size_t run = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!is_space(value[i]) || (value[i] == ' ' && !is_space(value[i + 1]))) continue;
    out.add(value.substr(run, i - run));
    out.add(' ');
    while (is_space(value[i + 1])) ++i;
    run = i + 1;
  }
  out.add(value.substr(run));
}

}  // namespace

void SignedFields::sort() {
  std::sort(fields_.begin(), fields_.end(), [](const Field& left, const Field& right) {
    const int order = compare_names(left.name, right.name);
    return order != 0 ? order < 0 : left.place < right.place;
  });
}

void SignedFields::name_them() {
  const Field* previous = nullptr;
  for (auto& field : fields_) {
    if (previous != nullptr && iequals(previous->name, field.name)) {
      field.place = previous->place;
    } else {
      if (previous != nullptr) names_.add(';');
      field.place = names_.size();
      names_.add_lower(field.name);
    }
    previous = &field;
  }
}

void SignedFields::write(CanonicalText& out) const {
  constexpr auto nowhere = static_cast<std::size_t>(-1);
  std::size_t previous = nowhere;
  for (const auto& field : fields_) {
    if (field.place == previous) {
      out.add(',');
    } else {
      if (previous != nowhere) out.add('\n');
      out.add(names_.view().substr(field.place, field.name.size()));
      out.add(':');
      previous = field.place;
    }
    write_value(out, field.value);
  }
  if (previous != nowhere) out.add('\n');
}

void take_headers(SignedFields& fields, const Headers& headers) {
  for (const auto& header : headers) {
    if (!is_never_signed(header.name)) fields.take(header.name, header.value);
  }
}

bool take_claimed_headers(SignedFields& fields, const HttpRequest& request, std::string_view host,
                          std::span<const std::string_view> names) {
  bool all = true;
  for (const auto name : names) {
    bool found = false;
    for (const auto& header : request.headers) {
      if (!iequals(header.name, name)) continue;
      fields.take(name, header.value);
      found = true;
    }
    if (found) continue;
    const bool is_host = name == "host" && !host.empty();
    fields.take(name, is_host ? host : std::string_view());
    all = all && is_host;
  }
  return all;
}

// ---- the whole

void write_canonical_request(CanonicalText& out, std::string_view method, std::string_view path,
                             PathRule rule, CanonicalQuery& query, const SignedFields& fields,
                             std::string_view payload_hash) {
  out.add(method);
  out.add('\n');
  write_path(out, path, rule);
  out.add('\n');
  query.write(out);
  out.add('\n');
  fields.write(out);
  out.add('\n');
  out.add(fields.names());
  out.add('\n');
  out.add(payload_hash);
}

std::string canonical_request(const HttpRequest& request, std::span<const std::string_view> signed_headers,
                              std::string_view payload_hash, PathRule path) {
  const auto host = request.origin.host.empty() ? std::string() : request.origin.authority();
  SignedFields fields;
  take_claimed_headers(fields, request, host, signed_headers);
  fields.name_them();
  CanonicalQuery query;
  query.take(request.query, false);
  CanonicalText canonical;
  write_canonical_request(canonical, request.method, request.path, path, query, fields, payload_hash);
  return std::string(canonical.view());
}

}  // namespace gannet::core
