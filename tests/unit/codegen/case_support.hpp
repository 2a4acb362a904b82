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
  std::vector<std::string> forbidden{};  ///< Headers that must not be there.
  std::string host_prefix{};
  std::optional<std::string> body{};
};

/// Bodies are compared as what they are: JSON and XML as documents, forms as sets of parameters, anything
/// else byte for byte. A random client token of ours counts as the zeros that the cases have for it.
void expect_request(const runtime::Call& call, const ExpectedRequest& expected);

/// Prints how many cases there were, and which were left out and why; fails where those are more than one in
/// ten.
void report(std::string_view name, int tested,
            const std::vector<std::pair<std::string, std::string>>& left_out);

}  // namespace gannet::cases
