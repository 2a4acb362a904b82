#include "core/sigv4.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <mutex>

#include <boost/container/small_vector.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "core/sha256.hpp"
#include "core/timestamps.hpp"

namespace gannet::core {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view scope_end = "aws4_request";

constexpr std::string_view algorithm_parameter = "X-Amz-Algorithm";
constexpr std::string_view credential_parameter = "X-Amz-Credential";
constexpr std::string_view date_parameter = "X-Amz-Date";
constexpr std::string_view expires_parameter = "X-Amz-Expires";
constexpr std::string_view signed_headers_parameter = "X-Amz-SignedHeaders";
constexpr std::string_view token_parameter = "X-Amz-Security-Token";
constexpr std::string_view signature_parameter = "X-Amz-Signature";

constexpr auto lower_case = [] {
  std::array<char, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return table;
}();

char lower(char c) noexcept {
  return lower_case[static_cast<unsigned char>(c)];
}

bool is_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// What stands for itself in a canonical query.
constexpr auto is_unreserved = [] {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The byte that `%XX` at the front of `text` stands for, or -1.
int escaped_byte(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Text that is put together on the stack as long as it is short, and wiped at its end: it may hold a session
/// token.
template <std::size_t inline_size>
class Text {
 public:
  Text() = default;
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() {
    explicit_bzero(start_, size_);  // several times faster than OPENSSL_cleanse here
    if (start_ != inline_) delete[] start_;
  }

  void add(std::string_view text) {
    if (text.empty()) return;
    if (capacity_ - size_ < text.size()) grow(text.size());
    std::memcpy(start_ + size_, text.data(), text.size());
    size_ += text.size();
  }

  void add(char c) {
    if (size_ == capacity_) grow(1);
    start_[size_++] = c;
  }

  void add_lower(std::string_view text) {
    if (capacity_ - size_ < text.size()) grow(text.size());
    for (const char c : text) start_[size_++] = lower(c);
  }

  void add_encoded(std::string_view text, bool keep_slash = false) {
    if (capacity_ - size_ < text.size() * 3) grow(text.size() * 3);
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (is_unreserved[byte] || (c == '/' && keep_slash)) {
        start_[size_++] = c;
      } else {
        start_[size_++] = '%';
        start_[size_++] = "0123456789ABCDEF"[byte >> 4];
        start_[size_++] = "0123456789ABCDEF"[byte & 15];
      }
    }
  }

  void add_hex(const Sha256Digest& digest) {
    if (capacity_ - size_ < 64) grow(64);
    for (const auto byte : digest) {
      start_[size_++] = "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
      start_[size_++] = "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Valid until something is added.
  [[nodiscard]] std::string_view view() const noexcept { return {start_, size_}; }

 private:
  void grow(std::size_t more) {
    const std::size_t capacity = std::max(capacity_ * 2, size_ + more);
    char* const bigger = new char[capacity];
    std::memcpy(bigger, start_, size_);
    explicit_bzero(start_, size_);
    if (start_ != inline_) delete[] start_;
    start_ = bigger;
    capacity_ = capacity;
  }

  char inline_[inline_size];
  char* start_ = inline_;
  std::size_t size_ = 0;
  std::size_t capacity_ = inline_size;
};

using CanonicalText = Text<2048>;
using NamesText = Text<512>;
using ShortText = Text<512>;

// ---- the query

struct QueryPair {
  std::string_view name;
  std::string_view value;
};

/// The pairs of a query, encoded as AWS does, sorted by name and then by value.
class CanonicalQuery {
 public:
  CanonicalQuery() = default;
  CanonicalQuery(const CanonicalQuery&) = delete;
  CanonicalQuery& operator=(const CanonicalQuery&) = delete;
  ~CanonicalQuery() { wipe(encoded_anew_); }

  /// Takes a query as it is on the wire, which must outlive this; called once at most.
  void take(std::string_view query, bool without_signature) {
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

  /// Takes a pair that is encoded already; both must outlive this.
  void take(std::string_view name, std::string_view value) { pairs_.push_back({name, value}); }

  template <std::size_t inline_size>
  void write(Text<inline_size>& out) {
    std::sort(pairs_.begin(), pairs_.end(), [](const QueryPair& left, const QueryPair& right) {
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

 private:
  static bool is_canonical(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (is_unreserved[static_cast<unsigned char>(text[i])]) continue;
      const int byte = escaped_byte(text.substr(i));
      if (byte < 0 || is_unreserved[static_cast<std::size_t>(byte)]) return false;
      if (text[i + 1] >= 'a' || text[i + 2] >= 'a') return false;
      i += 2;
    }
    return true;
  }

  std::string_view canonical(std::string_view text, std::size_t query_size) {
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

  boost::container::small_vector<QueryPair, 16> pairs_;
  std::string encoded_anew_;
};

bool is_well_formed_query(std::string_view query) noexcept {
  for (auto at = query.find('%'); at != query.npos; at = query.find('%', at + 3)) {
    if (escaped_byte(query.substr(at)) < 0) return false;
  }
  return true;
}

// ---- the path

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

template <std::size_t inline_size>
void write_path(Text<inline_size>& out, std::string_view path, PathRule rule) {
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

// ---- the headers

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

struct SignedField {
  std::string_view name;
  std::string_view value;
  std::size_t place;  ///< Among the fields of the request, and later of its name among the signed names.
};

/// The fields to sign and the list of their names; fields of one name stand side by side.
class SignedFields {
 public:
  void take(std::string_view name, std::string_view value) {
    fields_.push_back({name, value, fields_.size()});
  }

  void sort() {
    std::sort(fields_.begin(), fields_.end(), [](const SignedField& left, const SignedField& right) {
      const int order = compare_names(left.name, right.name);
      return order != 0 ? order < 0 : left.place < right.place;
    });
  }

  /// To be called once, when the fields are in their order.
  void name_them() {
    const SignedField* previous = nullptr;
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

  /// `content-type;host;x-amz-date`
  [[nodiscard]] std::string_view names() const noexcept { return names_.view(); }

  template <std::size_t inline_size>
  void write(Text<inline_size>& out) const {
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

 private:
  /// Trimmed, and runs of white space made one space.
  template <std::size_t inline_size>
  static void write_value(Text<inline_size>& out, std::string_view value) {
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

  boost::container::small_vector<SignedField, 24> fields_;
  NamesText names_;
};

/// The headers that a signer signs, Host apart.
void take_headers(SignedFields& fields, const Headers& headers) {
  for (const auto& header : headers) {
    if (!is_never_signed(header.name)) fields.take(header.name, header.value);
  }
}

/// The fields of the names claimed; false if one is not there (it then counts as empty).
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

template <std::size_t inline_size>
void write_canonical_request(Text<inline_size>& out, std::string_view method, std::string_view path,
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

template <std::size_t inline_size>
void write_scope(Text<inline_size>& out, std::string_view date, SigningScope where, std::string_view slash) {
  out.add(date);
  out.add(slash);
  out.add(where.region);
  out.add(slash);
  out.add(where.service);
  out.add(slash);
  out.add(scope_end);
}

template <std::size_t inline_size>
void write_string_to_sign(Text<inline_size>& out, std::string_view canonical, std::string_view date_time,
                          SigningScope where) {
  out.add(algorithm);
  out.add('\n');
  out.add(date_time);
  out.add('\n');
  write_scope(out, date_time.substr(0, 8), where, "/");
  out.add('\n');
  out.add_hex(sha256(canonical));
}

std::array<char, 64> signature_of(std::string_view canonical, std::string_view date_time, SigningScope where,
                                  const SigningKey& key) {
  ShortText text;
  write_string_to_sign(text, canonical, date_time, where);
  return key.sign(text.view());
}

std::string_view view_of(const std::array<char, 64>& signature) noexcept {
  return {signature.data(), signature.size()};
}

}  // namespace

// ---- keys

struct SigningKey::States {
  HmacSha256 hmac;
};

namespace {

std::string_view text_of(const Sha256Digest& digest) noexcept {
  return as_text(digest);
}

HmacSha256 derived_hmac(const Secret& secret, std::string_view date, SigningScope scope) {
  Text<256> start;
  start.add("AWS4");
  start.add(secret.reveal());
  auto key = hmac_sha256(start.view(), date);
  for (const auto step : {scope.region, scope.service, scope_end}) key = hmac_sha256(text_of(key), step);
  HmacSha256 hmac(text_of(key));
  OPENSSL_cleanse(key.data(), key.size());
  return hmac;
}

}  // namespace

SigningKey::SigningKey(const Secret& secret_access_key, std::string_view date, SigningScope scope)
    : states_(new States{derived_hmac(secret_access_key, date, scope)}) {}

SigningKey::~SigningKey() = default;

std::array<char, 64> SigningKey::sign(std::string_view text) const noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto digest = sign_bytes(text);
  std::array<char, 64> out;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const auto byte = std::to_integer<unsigned>(digest[i]);
    out[i * 2] = digits[byte >> 4];
    out[i * 2 + 1] = digits[byte & 15];
  }
  return out;
}

std::array<std::byte, 32> SigningKey::sign_bytes(std::string_view text) const noexcept {
  return states_->hmac.sign(text);
}

namespace {

struct CachedKey {
  Secret secret;
  std::string date;
  std::string region;
  std::string service;
  SigningKey key;

  CachedKey(const Secret& whose, std::string_view day, SigningScope where)
      : secret(whose), date(day), region(where.region), service(where.service), key(whose, day, where) {}

  [[nodiscard]] bool is(const Secret& whose, std::string_view day, SigningScope where) const noexcept {
    return date == day && service == where.service && region == where.region && secret == whose;
  }
};

using CachedKeys = std::vector<std::shared_ptr<const CachedKey>>;

/// Enough for a client's services and regions, and for both days around midnight.
constexpr std::size_t cached_keys_limit = 32;

}  // namespace

/// A list that is never changed, only replaced: the lock is held for the copy of a pointer.
struct SigningKeyCache::State {
  std::mutex mutex;
  std::shared_ptr<const CachedKeys> keys = std::make_shared<CachedKeys>();
};

SigningKeyCache::SigningKeyCache() : state_(std::make_unique<State>()) {}
SigningKeyCache::~SigningKeyCache() = default;

std::shared_ptr<const SigningKey> SigningKeyCache::get(const Secret& secret_access_key, std::string_view date,
                                                       SigningScope where) {
  const auto snapshot = [this] {
    const std::lock_guard lock(state_->mutex);
    return state_->keys;
  }();
  for (const auto& cached : *snapshot) {
    if (cached->is(secret_access_key, date, where)) return {cached, &cached->key};
  }

  // Two threads may make the same key at once; the list then holds it twice, which hurts nobody.
  auto made = std::make_shared<const CachedKey>(secret_access_key, date, where);
  auto list = std::make_shared<CachedKeys>();
  list->reserve(cached_keys_limit);
  list->push_back(made);
  const std::lock_guard lock(state_->mutex);
  const auto& old = *state_->keys;
  list->insert(list->end(), old.begin(),
               old.begin() + static_cast<std::ptrdiff_t>(std::min(old.size(), cached_keys_limit - 1)));
  state_->keys = std::move(list);
  return {made, &made->key};
}

// ---- signing

void sign(HttpRequest& request, std::string_view payload_hash, const Credentials& who, SigningScope where,
          Timestamp now, SigningKeyCache& keys, SigningOptions options) {
  const auto digits = iso8601_basic_digits(now);
  const std::string_view date_time(digits.data(), digits.size());
  const auto date = date_time.substr(0, 8);
  const auto& token = who.session_token.reveal();

  auto& headers = request.headers;
  headers.reserve(headers.size() + 5);
  headers.remove("Authorization");
  headers.remove(token_parameter);
  if (!headers.contains("Host")) headers.add("Host", request.origin.authority());
  headers.set(date_parameter, date_time);
  if (options.content_sha256_header) headers.set("X-Amz-Content-Sha256", payload_hash);
  if (!token.empty() && !options.session_token_unsigned) headers.add(token_parameter, token);

  SignedFields fields;
  take_headers(fields, headers);
  fields.sort();
  fields.name_them();
  CanonicalQuery query;
  query.take(request.query, false);
  CanonicalText canonical;
  write_canonical_request(canonical, request.method, request.path, options.path, query, fields, payload_hash);

  const auto key = keys.get(who, date, where);
  const auto signature = signature_of(canonical.view(), date_time, where, *key);

  ShortText authorization;
  authorization.add(algorithm);
  authorization.add(" Credential=");
  authorization.add(who.access_key_id);
  authorization.add('/');
  write_scope(authorization, date, where, "/");
  authorization.add(", SignedHeaders=");
  authorization.add(fields.names());
  authorization.add(", Signature=");
  authorization.add(view_of(signature));
  if (!token.empty() && options.session_token_unsigned) headers.add(token_parameter, token);
  headers.add("Authorization", authorization.view());
}

std::string presign(const HttpRequest& request, std::string_view payload_hash, const Credentials& who,
                    SigningScope where, Timestamp now, std::chrono::seconds expires, SigningKeyCache& keys,
                    SigningOptions options) {
  const auto digits = iso8601_basic_digits(now);
  const std::string_view date_time(digits.data(), digits.size());
  const auto date = date_time.substr(0, 8);
  const auto& token = who.session_token.reveal();
  const auto authority = request.origin.authority();

  SignedFields fields;
  take_headers(fields, request.headers);
  if (!request.headers.contains("Host")) fields.take("host", authority);
  fields.sort();
  fields.name_them();

  // The parameters in the SDKs' order, and where the values of each begin and end.
  Text<2048> url;
  url.add(request.origin.tls ? "https://" : "http://");
  url.add(authority);
  url.add(request.path.empty() ? std::string_view("/") : std::string_view(request.path));
  url.add('?');
  if (!request.query.empty()) {
    url.add(request.query);
    url.add('&');
  }
  url.add("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=");
  const auto credential_at = url.size();
  url.add_encoded(who.access_key_id);
  url.add("%2F");
  url.add(date);
  for (const auto step : {where.region, where.service, scope_end}) {
    url.add("%2F");
    url.add_encoded(step);
  }
  const auto credential_end = url.size();
  url.add("&X-Amz-Date=");
  url.add(date_time);
  url.add("&X-Amz-Expires=");
  const fmt::format_int seconds(expires.count());
  const std::string_view expires_text(seconds.data(), seconds.size());
  url.add(expires_text);
  url.add("&X-Amz-SignedHeaders=");
  const auto names_at = url.size();
  url.add_encoded(fields.names());
  const auto names_end = url.size();
  auto token_at = url.size();
  if (!token.empty()) {
    url.add("&X-Amz-Security-Token=");
    token_at = url.size();
    url.add_encoded(token);
  }
  const auto token_end = url.size();

  CanonicalQuery query;
  query.take(request.query, false);
  query.take(algorithm_parameter, algorithm);
  query.take(credential_parameter, url.view().substr(credential_at, credential_end - credential_at));
  query.take(date_parameter, date_time);
  query.take(expires_parameter, expires_text);
  if (!token.empty() && !options.session_token_unsigned) {
    query.take(token_parameter, url.view().substr(token_at, token_end - token_at));
  }
  query.take(signed_headers_parameter, url.view().substr(names_at, names_end - names_at));
  CanonicalText canonical;
  write_canonical_request(canonical, request.method, request.path, options.path, query, fields, payload_hash);

  const auto key = keys.get(who, date, where);
  const auto signature = signature_of(canonical.view(), date_time, where, *key);
  url.add("&X-Amz-Signature=");
  url.add(view_of(signature));
  return std::string(url.view());
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

std::string string_to_sign(std::string_view canonical_request, Timestamp time, SigningScope where) {
  const auto digits = iso8601_basic_digits(time);
  ShortText text;
  write_string_to_sign(text, canonical_request, {digits.data(), digits.size()}, where);
  return std::string(text.view());
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

// ---- claims

namespace {

constexpr std::int64_t longest_life = 7 * 24 * 3600;

/// Refuses with the code of the form that the claim has.
class Refusal {
 public:
  explicit Refusal(bool presigned)
      : code_(presigned ? "AuthorizationQueryParametersError" : "IncompleteSignature") {}
  std::unexpected<Error> operator()(std::string message) const {
    return fail(ErrorKind::unauthenticated, code_, std::move(message));
  }

 private:
  const char* code_;
};

bool is_date(std::string_view text) noexcept {
  return text.size() == 8 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// `KEY/20260131/us-east-1/s3/aws4_request`; the key id may hold slashes itself.
bool read_credential(std::string_view text, ClaimedSignature& claim) {
  std::array<std::string_view, 4> parts;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    const auto slash = text.rfind('/');
    if (slash == text.npos) return false;
    *part = text.substr(slash + 1);
    if (part->empty()) return false;
    text = text.substr(0, slash);
  }
  if (text.empty() || !is_date(parts[0]) || parts[3] != scope_end) return false;
  claim.access_key_id = text;
  claim.date = parts[0];
  claim.region = parts[1];
  claim.service = parts[2];
  return true;
}

bool is_lower_case_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z') && c != ':' && c != ',' && c != ';';
  });
}

bool read_signed_headers(std::string_view text, ClaimedSignature& claim) {
  for (std::size_t start = 0; start <= text.size();) {
    const auto name = text.substr(start, text.find(';', start) - start);
    start += name.size() + 1;
    if (!is_lower_case_name(name)) return false;
    claim.signed_headers.emplace_back(name);
  }
  auto sorted = claim.signed_headers;
  std::ranges::sort(sorted);
  return std::ranges::adjacent_find(sorted) == sorted.end();
}

/// What both forms have in common.
Result<std::optional<ClaimedSignature>> checked(ClaimedSignature claim, std::string_view credential,
                                                std::string_view signed_headers, std::string_view signature) {
  const Refusal refuse(claim.presigned);
  if (!read_credential(credential, claim)) {
    return refuse(
        "The Credential of the signature must be ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request; check "
        "how it is made");
  }
  if (!read_signed_headers(signed_headers, claim)) {
    return refuse("SignedHeaders must be different header names in lower case, separated by semicolons");
  }
  if (std::ranges::find(claim.signed_headers, "host") == claim.signed_headers.end()) {
    return refuse("SignedHeaders must include host; sign the Host header");
  }
  if (signature.empty()) return refuse("The Signature is empty; sign the request");
  claim.signature = signature;
  const auto digits = iso8601_basic_digits(claim.time);
  if (claim.date != std::string_view(digits.data(), 8)) {
    return refuse(
        fmt::format("The date in the credential's scope, {}, is not the day of the request's date, {}",
                    claim.date, std::string_view(digits.data(), digits.size())));
  }
  return std::optional(std::move(claim));
}

/// Nothing if it is there more than once.
std::optional<std::string_view> only_header(const Headers& headers, std::string_view name) {
  std::optional<std::string_view> value = "";
  bool found = false;
  for (const auto& header : headers) {
    if (!iequals(header.name, name)) continue;
    if (found) return std::nullopt;
    value = header.value;
    found = true;
  }
  return value;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

Result<std::optional<ClaimedSignature>> parse_header_claim(const HttpRequest& request) {
  const Refusal refuse(false);
  const auto authorization = only_header(request.headers, "Authorization");
  const auto amz_date = only_header(request.headers, date_parameter);
  const auto token = only_header(request.headers, token_parameter);
  if (!authorization || !amz_date || !token) {
    return refuse("Authorization, X-Amz-Date and X-Amz-Security-Token may each be given once only");
  }
  auto text = trimmed(*authorization);
  if (!text.starts_with(algorithm) || text.size() == algorithm.size() || text[algorithm.size()] != ' ') {
    return refuse(fmt::format("The Authorization header must begin with {}; other schemes are not supported",
                              algorithm));
  }
  text.remove_prefix(algorithm.size() + 1);

  std::optional<std::string_view> credential;
  std::optional<std::string_view> signed_headers;
  std::optional<std::string_view> signature;
  for (std::size_t start = 0; start <= text.size();) {
    const auto whole = text.substr(start, text.find(',', start) - start);
    start += whole.size() + 1;
    const auto piece = trimmed(whole);
    const auto equals = piece.find('=');
    if (equals == piece.npos)
      return refuse("The Authorization header must be a list of NAME=VALUE, separated by commas");
    const auto name = piece.substr(0, equals);
    auto* const which = name == "Credential"      ? &credential
                        : name == "SignedHeaders" ? &signed_headers
                        : name == "Signature"     ? &signature
                                                  : nullptr;
    if (which == nullptr || *which) {
      return refuse(
          "The Authorization header must have Credential, SignedHeaders and Signature, once each and no "
          "other");
    }
    *which = piece.substr(equals + 1);
  }
  if (!credential) return refuse("The Authorization header has no Credential");
  if (!signed_headers) return refuse("The Authorization header has no SignedHeaders");
  if (!signature) return refuse("The Authorization header has no Signature");

  ClaimedSignature claim;
  std::optional<Timestamp> time;
  if (!amz_date->empty()) {
    time = parse_iso8601_basic(trimmed(*amz_date));
    if (!time) return refuse("X-Amz-Date must be a UTC time as 20260131T235959Z");
  } else {
    const auto date = only_header(request.headers, "Date");
    if (!date || date->empty())
      return refuse("A signed request must have one X-Amz-Date header, or one Date header");
    time = parse_iso8601_basic(trimmed(*date));
    if (!time) time = parse_rfc822(trimmed(*date));
    if (!time) return refuse("Date must be a UTC time as 20260131T235959Z or Sat, 31 Jan 2026 23:59:59 GMT");
  }
  claim.time = *time;
  claim.session_token = trimmed(*token);
  return checked(std::move(claim), *credential, *signed_headers, *signature);
}

struct QueryClaim {
  std::optional<std::string> algorithm, credential, date, expires, signed_headers, token, signature;

  std::optional<std::string>* member(std::string_view name) {
    if (name == algorithm_parameter) return &algorithm;
    if (name == credential_parameter) return &credential;
    if (name == date_parameter) return &date;
    if (name == expires_parameter) return &expires;
    if (name == signed_headers_parameter) return &signed_headers;
    if (name == token_parameter) return &token;
    if (name == signature_parameter) return &signature;
    return nullptr;
  }
};

Result<std::optional<ClaimedSignature>> parse_query_claim(const HttpRequest& request) {
  const Refusal refuse(true);
  const auto pairs = parse_query(request.query);
  if (!pairs) return refuse("The query has a % that is not followed by two hexadecimal digits");
  QueryClaim parts;
  for (const auto& [name, value] : *pairs) {
    auto* const member = parts.member(name);
    if (member == nullptr) continue;
    if (*member) return refuse(fmt::format("The query parameter {} may be given once only", name));
    *member = value;
  }
  if (!parts.algorithm || *parts.algorithm != algorithm) {
    return refuse(fmt::format("X-Amz-Algorithm must be {}", algorithm));
  }
  if (!parts.credential || !parts.date || !parts.expires || !parts.signed_headers || !parts.signature) {
    return refuse(
        "A presigned request needs X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, X-Amz-Expires, "
        "X-Amz-SignedHeaders and "
        "X-Amz-Signature in its query");
  }

  ClaimedSignature claim;
  claim.presigned = true;
  const auto time = parse_iso8601_basic(*parts.date);
  if (!time) return refuse("X-Amz-Date must be a UTC time as 20260131T235959Z");
  claim.time = *time;
  std::int64_t expires = 0;
  const auto* const end = parts.expires->data() + parts.expires->size();
  const auto [stop, error] = std::from_chars(parts.expires->data(), end, expires);
  if (error != std::errc() || stop != end || expires < 1 || expires > longest_life) {
    return refuse(
        fmt::format("X-Amz-Expires must be a number of seconds from 1 to {}, a week", longest_life));
  }
  claim.expires = std::chrono::seconds(expires);
  if (parts.token) claim.session_token = *parts.token;
  return checked(std::move(claim), *parts.credential, *parts.signed_headers, *parts.signature);
}

/// Whether a query is meant to be signed, were it ever so badly.
bool has_query_claim(std::string_view query) {
  if (query.find('-') == query.npos && query.find('%') == query.npos) return false;
  for (std::size_t start = 0; start < query.size();) {
    const auto piece = query.substr(start, query.find('&', start) - start);
    start += piece.size() + 1;
    const auto name = uri_decode(piece.substr(0, piece.find('=')));
    if (name == algorithm_parameter || name == signature_parameter || name == credential_parameter)
      return true;
  }
  return false;
}

/// Every byte encoded as S3 encodes keys: for clients that sign that form of a path and send another.
std::optional<std::string> encoded_anew(std::string_view path) {
  const auto decoded = uri_decode(path);
  if (!decoded) return std::nullopt;
  return uri_encode(*decoded, true);
}

}  // namespace

Result<std::optional<ClaimedSignature>> parse_signature(const HttpRequest& request) {
  const bool in_header = request.headers.contains("Authorization");
  const bool in_query = has_query_claim(request.query);
  if (in_header && in_query) {
    return Refusal(true)(
        "A request is signed by its Authorization header or by its query, not by both; leave one out");
  }
  if (in_header) return parse_header_claim(request);
  if (in_query) return parse_query_claim(request);
  return std::optional<ClaimedSignature>();
}

bool verify_signature(const HttpRequest& request, const ClaimedSignature& claim,
                      std::string_view payload_hash, const SigningKey& key, PathRule path) {
  if (!is_well_formed_query(request.query)) return false;
  const auto host = request.origin.host.empty() ? std::string() : request.origin.authority();
  const boost::container::small_vector<std::string_view, 24> names(claim.signed_headers.begin(),
                                                                   claim.signed_headers.end());
  SignedFields fields;
  if (!take_claimed_headers(fields, request, host, {names.data(), names.size()})) return false;
  fields.name_them();

  const auto digits = iso8601_basic_digits(claim.time);
  const std::string_view date_time(digits.data(), digits.size());
  const auto matches = [&](std::string_view sent_path) {
    CanonicalQuery query;
    query.take(request.query, claim.presigned);
    CanonicalText canonical;
    write_canonical_request(canonical, request.method, sent_path, path, query, fields, payload_hash);
    const auto signature = signature_of(canonical.view(), date_time, {claim.region, claim.service}, key);
    return equal_in_constant_time(view_of(signature), claim.signature);
  };
  if (matches(request.path)) return true;
  if (path != PathRule::as_sent) return false;
  const auto anew = encoded_anew(request.path);
  return anew && *anew != request.path && matches(*anew);
}

bool verify_signature(const HttpRequest& request, const ClaimedSignature& claim,
                      std::string_view payload_hash, const Secret& secret, PathRule path) {
  const SigningKey key(secret, claim.date, {claim.region, claim.service});
  return verify_signature(request, claim, payload_hash, key, path);
}

std::vector<std::string> unsigned_amz_headers(const HttpRequest& request, const ClaimedSignature& claim) {
  std::vector<std::string> names;
  for (const auto& header : request.headers) {
    if (header.name.size() < 6 || !iequals(std::string_view(header.name).substr(0, 6), "x-amz-")) continue;
    std::string name = header.name;
    std::ranges::transform(name, name.begin(), lower);
    if (std::ranges::find(claim.signed_headers, name) != claim.signed_headers.end()) continue;
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace gannet::core
