#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/call.hpp"

/// What the generated tests of serializers and parsers compare with.
namespace gannet::cases {

struct ExpectedRequest {
  std::string method{};
  std::string uri{};  ///< Path and query; the query's parameters in any order.
  std::string bucket{};
  std::map<std::string, std::string> headers{};
  std::vector<std::string> required{};   ///< Headers that must be there, whatever they hold.
  std::vector<std::string> forbidden{};  ///< Headers that must not be there.
  std::string host_prefix{};
  std::optional<std::string> body{};
};

/// Bodies are compared as what they are: JSON and XML as documents, forms as sets of parameters, anything
/// else byte for byte. A random client token of ours counts as the zeros that the cases have for it.
void expect_request(const runtime::Call& call, const ExpectedRequest& expected);

/// A JSON text with its members sorted and its numbers by value, to be compared.
std::string canonical_json(const std::string& text);

/// The cases of one file: those of a test suite, and those that were left out, with the reason.
struct CaseFile {
  std::string name;   ///< "rest_xml_input"
  std::string suite;  ///< "RestXmlInput": one test a case.
  std::vector<std::pair<std::string, std::string>> left_out;
};
/// Files that were compiled in. Where a run has all of them in it, its last lines say how many cases passed
/// and which were left out.
bool count(CaseFile file);
const std::vector<CaseFile>& counted();

}  // namespace gannet::cases
