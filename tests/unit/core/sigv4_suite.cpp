// The signing suite that AWS publishes with its C SDK, read from outside the repository.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/sigv4.hpp"
#include "core/timestamps.hpp"
#include "unit/core/tampering.hpp"

namespace gannet::core {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string without_line_ends(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

struct Message {
  HttpRequest request;
  std::string body;
};

/// A raw request: a line, headers (one that begins with a space continues the one before), an empty line, the
/// body.
Message parse_message(std::string_view text) {
  Message message;
  const auto next_line = [&text] {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  const auto first = next_line();
  const auto target = first.substr(first.find(' ') + 1, first.rfind(' ') - first.find(' ') - 1);
  message.request.method = first.substr(0, first.find(' '));
  message.request.path = target.substr(0, target.find('?'));
  if (target.find('?') != target.npos) message.request.query = target.substr(target.find('?') + 1);
  message.request.origin = {.tls = true, .host = {}, .port = 443};

  std::vector<Header> fields;
  for (auto line = next_line(); !line.empty(); line = next_line()) {
    if (line.front() == ' ' || line.front() == '\t') {
      fields.back().value += line;
    } else {
      const auto colon = line.find(':');
      fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    }
  }
  for (const auto& field : fields) {
    if (iequals(field.name, "host")) message.request.origin.host = field.value;
    message.request.headers.add(field.name, field.value);
  }
  message.body = text;
  return message;
}

struct Context {
  Credentials who;
  std::string region, service;
  Timestamp time;
  std::chrono::seconds expires{0};
  SigningOptions options;
};

Context parse_context(const std::string& text) {
  auto document = JsonDocument::parse(text);
  EXPECT_TRUE(document.has_value()) << text;
  const auto root = document->root();
  const auto flag = [&root](std::string_view name) {
    const auto member = root.find(name);
    return member && member->boolean().value_or(false);
  };
  const auto word = [](std::optional<JsonValue> value) {
    return value ? std::string(value->string().value_or("")) : std::string();
  };
  const auto credentials = *root.find("credentials");
  Context context;
  context.who = {.access_key_id = word(credentials.find("access_key_id")),
                 .secret_access_key = Secret(word(credentials.find("secret_access_key"))),
                 .session_token = Secret(word(credentials.find("token"))),
                 .expiration = {}};
  context.region = word(root.find("region"));
  context.service = word(root.find("service"));
  context.time = parse_iso8601(word(root.find("timestamp"))).value();
  context.expires = std::chrono::seconds(root.find("expiration_in_seconds")->integer().value());
  context.options.path = flag("normalize") ? PathRule::normalize_and_encode_again : PathRule::encode_again;
  context.options.content_sha256_header = flag("sign_body");
  context.options.session_token_unsigned = flag("omit_session_token");
  return context;
}

std::string canonical_of(const HttpRequest& request, const ClaimedSignature& claim,
                         std::string_view payload_hash, PathRule path) {
  const std::vector<std::string_view> names(claim.signed_headers.begin(), claim.signed_headers.end());
  return canonical_request(request, names, payload_hash, path);
}

std::vector<std::string> sorted_fields(const Headers& headers) {
  std::vector<std::string> lines;
  for (const auto& field : headers) {
    std::string line = field.name + ":" + field.value;
    std::transform(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(field.name.size()), line.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    lines.push_back(line);
  }
  std::ranges::sort(lines);
  return lines;
}

std::vector<std::string> sorted_pairs(std::string_view query) {
  std::vector<std::string> pairs;
  const auto parsed = parse_query(query).value();
  for (const auto& [name, value] : parsed) pairs.push_back(name + "=" + value);
  std::ranges::sort(pairs);
  return pairs;
}

void run_header_form(const std::filesystem::path& folder) {
  auto [request, body] = parse_message(read_text(folder / "request.txt"));
  const auto context = parse_context(read_text(folder / "context.json"));
  const SigningScope where{context.region, context.service};
  const auto hash = sha256_hex(body);
  SigningKeyCache keys;
  sign(request, hash, context.who, where, context.time, keys, context.options);

  const auto claim = parse_signature(request);
  ASSERT_TRUE(claim.has_value()) << claim.error().message;
  ASSERT_TRUE(claim->has_value());
  const auto canonical = canonical_of(request, **claim, hash, context.options.path);
  EXPECT_EQ(canonical, read_text(folder / "header-canonical-request.txt"));
  EXPECT_EQ(string_to_sign(canonical, context.time, where), read_text(folder / "header-string-to-sign.txt"));
  EXPECT_EQ((*claim)->signature, without_line_ends(read_text(folder / "header-signature.txt")));
  EXPECT_EQ(sorted_fields(request.headers),
            sorted_fields(parse_message(read_text(folder / "header-signed-request.txt")).request.headers));
  if (context.options.session_token_unsigned) {
    EXPECT_TRUE(
        verify_signature(request, **claim, hash, context.who.secret_access_key, context.options.path));
  } else {
    expect_every_change_is_noticed(request, context.who.access_key_id, hash, context.who.secret_access_key,
                                   context.options.path);
  }
}

void run_query_form(const std::filesystem::path& folder) {
  const auto [request, body] = parse_message(read_text(folder / "request.txt"));
  const auto context = parse_context(read_text(folder / "context.json"));
  const SigningScope where{context.region, context.service};
  const auto hash = sha256_hex(body);
  SigningKeyCache keys;
  const auto url =
      presign(request, hash, context.who, where, context.time, context.expires, keys, context.options);

  const auto expected = parse_message(read_text(folder / "query-signed-request.txt")).request;
  const auto question = url.find('?');
  EXPECT_EQ(url.substr(0, question), "https://" + request.origin.host + expected.path);
  auto sent = request;
  sent.query = url.substr(question + 1);
  EXPECT_EQ(sorted_pairs(sent.query), sorted_pairs(expected.query));

  const auto claim = parse_signature(sent);
  ASSERT_TRUE(claim.has_value()) << claim.error().message;
  ASSERT_TRUE(claim->has_value());
  EXPECT_EQ((*claim)->signature, without_line_ends(read_text(folder / "query-signature.txt")));
  EXPECT_EQ((*claim)->expires, context.expires);

  auto unsigned_request = sent;
  unsigned_request.query = without_signature(sent.query);
  // What is added after signing is not in the canonical request, and makes the claim unverifiable by design.
  if (context.options.session_token_unsigned) {
    unsigned_request.query.resize(unsigned_request.query.find("&X-Amz-Security-Token="));
    EXPECT_FALSE(verify_signature(sent, **claim, hash, context.who.secret_access_key, context.options.path));
  } else {
    expect_every_change_is_noticed(sent, context.who.access_key_id, hash, context.who.secret_access_key,
                                   context.options.path);
  }
  const auto canonical = canonical_of(unsigned_request, **claim, hash, context.options.path);
  EXPECT_EQ(canonical, read_text(folder / "query-canonical-request.txt"));
  EXPECT_EQ(string_to_sign(canonical, context.time, where), read_text(folder / "query-string-to-sign.txt"));
}

TEST(Sigv4Suite, agrees_with_every_case_that_aws_publishes) {
  const char* const vectors = std::getenv("GANNET_TEST_VECTORS");
  if (vectors == nullptr) {
    GTEST_SKIP()
        << "Set GANNET_TEST_VECTORS to the folder that holds sigv4/, AWS's signing suite, to run its cases.";
  }
  int cases = 0;
  for (const auto& folder : std::filesystem::directory_iterator(std::filesystem::path(vectors) / "sigv4")) {
    SCOPED_TRACE(folder.path().filename().string());
    run_header_form(folder.path());
    run_query_form(folder.path());
    cases += 2;
  }
  std::cout << "AWS's signing suite: " << cases << " cases ran\n";
  RecordProperty("cases", cases);
  EXPECT_EQ(cases, 76);
}

}  // namespace
}  // namespace gannet::core
