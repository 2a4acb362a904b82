#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gannet/http.hpp>
#include <gannet/secret.hpp>
#include <gtest/gtest.h>

#include "core/sigv4.hpp"

namespace gannet::core {

/// What a server does with a request that says it is from `access_key_id`: refused unless the claim reads, is
/// this key's and verifies.
inline bool is_accepted(const HttpRequest& request, std::string_view access_key_id,
                        std::string_view payload_hash, const Secret& secret, PathRule path) {
  const auto claim = parse_signature(request);
  if (!claim || !*claim || (*claim)->access_key_id != access_key_id) return false;
  return verify_signature(request, **claim, payload_hash, secret, path);
}

/// Changes each byte of each signed part in turn, and expects every change to be noticed. Gives the number of
/// changes.
inline int expect_every_change_is_noticed(const HttpRequest& request, std::string_view access_key_id,
                                          const std::string& payload_hash, const Secret& secret,
                                          PathRule path) {
  const auto claim = parse_signature(request);
  EXPECT_TRUE(claim && *claim);
  EXPECT_TRUE(is_accepted(request, access_key_id, payload_hash, secret, path));
  if (testing::Test::HasFailure()) return 0;

  int changes = 0;
  const auto refused = [&](const HttpRequest& changed, std::string_view what, const std::string& hash) {
    ++changes;
    EXPECT_FALSE(is_accepted(changed, access_key_id, hash, secret, path))
        << what << ": " << changed.method << ' ' << changed.path << '?' << changed.query;
  };
  // x is a white space nowhere, a separator nowhere and half of no escape: the meaning changes with it.
  const auto each_byte = [&](std::string_view what, auto member) {
    HttpRequest changed = request;
    std::string& text = member(changed);
    const std::string original = text;
    for (std::size_t i = 0; i < original.size(); ++i) {
      text[i] = original[i] == 'x' ? 'y' : 'x';
      refused(changed, what, payload_hash);
      text[i] = original[i];
    }
    text = original + "x";
    refused(changed, what, payload_hash);
    if (original.size() > 1) {
      text = original.substr(1);
      refused(changed, what, payload_hash);
    }
  };
  each_byte("method", [](HttpRequest& r) -> std::string& { return r.method; });
  // What a rule drops from a path is not signed: `/a/../b` is `/b`.
  const bool drops =
      path == PathRule::normalize_and_encode_again &&
      (request.path.find("//") != std::string::npos || request.path.find("/.") != std::string::npos);
  if (!drops) each_byte("path", [](HttpRequest& r) -> std::string& { return r.path; });
  each_byte("query", [](HttpRequest& r) -> std::string& { return r.query; });

  std::vector<std::string> names = (*claim)->signed_headers;
  if (!(*claim)->presigned) names.emplace_back("authorization");
  for (const auto& name : names) {
    if (!request.headers.contains(name)) continue;  // Host of the origin
    const std::string value(request.headers.get(name));
    const auto with = [&](const std::string& changed_value) {
      HttpRequest changed = request;
      changed.headers.remove(name);
      bool first = true;
      for (const auto& field : request.headers) {
        if (!iequals(field.name, name)) continue;
        changed.headers.add(field.name, first ? changed_value : field.value);
        first = false;
      }
      refused(changed, name, payload_hash);
    };
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::string changed = value;
      changed[i] = changed[i] == 'x' ? 'y' : 'x';
      with(changed);
    }
    with(value + "x");
    HttpRequest twice = request;
    twice.headers.add(name, "x");
    refused(twice, name + " twice", payload_hash);
    HttpRequest without = request;
    without.headers.remove(name);
    without.origin.host.clear();
    refused(without, name + " removed", payload_hash);
  }

  for (std::size_t i = 0; i < payload_hash.size(); ++i) {
    std::string changed = payload_hash;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    refused(request, "payload hash", changed);
  }
  HttpRequest more = request;
  more.query += more.query.empty() ? "x" : "&x";
  refused(more, "one more parameter", payload_hash);
  ++changes;
  EXPECT_FALSE(is_accepted(request, access_key_id, payload_hash, Secret("another secret"), path));
  return changes;
}

}  // namespace gannet::core
