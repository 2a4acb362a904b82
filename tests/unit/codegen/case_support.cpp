#include "unit/codegen/case_support.hpp"

#include <algorithm>
#include <iostream>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/xml.hpp"
#include "runtime/compression.hpp"

namespace gannet::cases {
namespace {

constexpr std::string_view zero_token = "00000000-0000-4000-8000-000000000000";

/// `text` with a random token of ours as zeros, if that is what `expected` has.
std::string with_zero_token(const std::string& text, const std::string& expected) {
  if (expected.find(zero_token) == std::string::npos) return text;
  static const std::regex token("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  return std::regex_replace(text, token, std::string(zero_token));
}

/// A header's list with no blanks after its commas: they mean nothing.
std::string unspaced(std::string text) {
  for (auto comma = text.find(", "); comma != std::string::npos; comma = text.find(", "))
    text.erase(comma + 1, 1);
  return text;
}

/// Members sorted, numbers by value.
std::string canonical(core::JsonValue value) {
  if (value.is_object()) {
    std::map<std::string, std::string> members;
    for (auto member = value.begin(), end = value.end(); member != end; ++member) {
      members[std::string(member.key())] = canonical(member.value());
    }
    std::string text = "{";
    for (const auto& [key, each] : members) text += key + ":" + each + ",";
    return text + "}";
  }
  if (value.is_array()) {
    std::string text = "[";
    for (const core::JsonValue each : value) text += canonical(each) + ",";
    return text + "]";
  }
  if (const auto number = value.number()) return std::to_string(*number);
  return value.to_json();
}

/// White space between elements does not count, nor does the order of attributes, or of elements of different
/// names.
std::string canonical(const core::XmlElement& element) {
  std::map<std::string, std::string> attributes(element.attributes.begin(), element.attributes.end());
  std::string text = "<" + element.name;
  for (const auto& [name, value] : attributes) text += " " + name + "='" + value + "'";
  text += ">";
  if (element.children.empty()) text += element.text;
  std::multimap<std::string_view, const core::XmlElement*> children;
  for (const core::XmlElement& child : element.children) children.emplace(child.name, &child);
  std::map<std::string_view, std::multiset<std::string>> entries;
  for (const auto& [name, child] : children) {
    // What may be a map's entry: their order means nothing.
    if (child->children.size() == 2) {
      entries[name].insert(canonical(*child));
    } else {
      text += canonical(*child);
    }
  }
  for (const auto& [name, texts] : entries) {
    for (const std::string& each : texts) text += each;
  }
  return text + "</>";
}

std::string canonical_xml(const std::string& text) {
  const auto root = core::parse_xml(text);
  return root ? canonical(*root) : "not XML: " + text;
}

std::multiset<std::string> parameters(std::string_view query) {
  std::multiset<std::string> found;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    found.emplace(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return found;
}

std::vector<CaseFile>& files() {
  static std::vector<CaseFile> all;
  return all;
}

const testing::TestSuite* suite_of(const CaseFile& file) {
  const auto& tests = *testing::UnitTest::GetInstance();
  for (int i = 0; i < tests.total_test_suite_count(); ++i) {
    if (file.suite == tests.GetTestSuite(i)->name()) return tests.GetTestSuite(i);
  }
  return nullptr;
}

/// Says at a run's end what came of the cases, if all of them were in it.
struct Counts : testing::Environment {
  void TearDown() override {
    int passed = 0;
    int failed = 0;
    std::size_t left_out = 0;
    std::string lines;
    for (const CaseFile& file : files()) {
      const testing::TestSuite* suite = suite_of(file);
      if (suite == nullptr || suite->test_to_run_count() != suite->total_test_count()) return;
      passed += suite->successful_test_count();
      failed += suite->failed_test_count();
      left_out += file.left_out.size();
      lines += "  " + file.name + ": " + std::to_string(suite->successful_test_count()) + " of " +
               std::to_string(static_cast<std::size_t>(suite->total_test_count()) + file.left_out.size()) +
               " passed\n";
      for (const auto& [id, reason] : file.left_out) lines += "    left out: " + id + ": " + reason + '\n';
    }
    std::cout << lines << "Protocol cases: " << passed << " passed, " << failed << " failed, " << left_out
              << " left out, " << static_cast<std::size_t>(passed + failed) + left_out << " in all\n";
  }
};

}  // namespace

std::string canonical_json(const std::string& text) {
  const auto document = core::JsonDocument::parse(text);
  return document ? canonical(document->root()) : "not JSON: " + text;
}

void expect_request(const runtime::Call& given, const ExpectedRequest& expected) {
  runtime::Call call = given;
  runtime::compress(call, Config());  // The cases' requests are as they are sent.
  EXPECT_EQ(call.request.method, expected.method);
  const auto question = expected.uri.find('?');
  EXPECT_EQ(call.request.path, expected.uri.substr(0, question));
  const std::string query = question == std::string::npos ? "" : expected.uri.substr(question + 1);
  EXPECT_EQ(parameters(with_zero_token(call.request.query, query)), parameters(query));
  EXPECT_EQ(call.bucket, expected.bucket);
  EXPECT_EQ(call.host_prefix, expected.host_prefix);
  for (const auto& [name, value] : expected.headers) {
    EXPECT_TRUE(call.request.headers.contains(name)) << name;
    const std::string found(call.request.headers.get(name));
    EXPECT_EQ(unspaced(with_zero_token(found, value)), unspaced(value)) << name;
  }
  for (const std::string& name : expected.required) {
    // The transport's matter, which needs to know the body's length for it.
    const bool there =
        name == "Content-Length" ? call.body.size().has_value() : call.request.headers.contains(name);
    EXPECT_TRUE(there) << name;
  }
  for (const std::string& name : expected.forbidden)
    EXPECT_FALSE(call.request.headers.contains(name)) << name;
  if (!expected.body) return;
  const auto bytes = call.body.in_memory();
  ASSERT_TRUE(bytes);
  const std::string body = with_zero_token(std::string(as_text(*bytes)), *expected.body);
  const std::string_view type = call.request.headers.get("Content-Type");
  if (type.starts_with("application/x-amz-json")) {
    EXPECT_EQ(canonical_json(body), canonical_json(expected.body->empty() ? "{}" : *expected.body));
  } else if (type == "application/xml" && !body.empty()) {
    EXPECT_EQ(canonical_xml(body), canonical_xml(*expected.body));
  } else if (type.starts_with("application/x-www-form-urlencoded")) {
    EXPECT_EQ(parameters(body), parameters(*expected.body));
  } else {
    EXPECT_EQ(body, *expected.body);
  }
}

bool count(CaseFile file) {
  if (files().empty()) testing::AddGlobalTestEnvironment(new Counts);  // GoogleTest deletes it.
  files().push_back(std::move(file));
  return true;
}

const std::vector<CaseFile>& counted() {
  return files();
}

}  // namespace gannet::cases
