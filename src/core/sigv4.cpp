#include "core/sigv4.hpp"

#include <fmt/format.h>

#include "core/canonical_request.hpp"
#include "core/signature_words.hpp"
#include "core/string_to_sign.hpp"
#include "core/timestamps.hpp"

namespace gannet::core {

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
  authorization.add(signature_algorithm);
  authorization.add(" Credential=");
  authorization.add(who.access_key_id);
  authorization.add('/');
  write_scope(authorization, date, where);
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
  StackText<2048> url;
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
  query.take(algorithm_parameter, signature_algorithm);
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

}  // namespace gannet::core
