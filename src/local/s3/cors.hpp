#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/http.hpp>

#include "local/s3/failure.hpp"

/// Cross-origin requests, as browsers make them ("Using cross-origin resource sharing" of S3's guide).
namespace gannet::local::s3 {

struct CorsRule {
  std::string id{};
  std::vector<std::string> origins{};  ///< Each with at most one `*`.
  std::vector<std::string> methods{};
  std::vector<std::string> headers{};  ///< Each with at most one `*`.
  std::vector<std::string> exposed{};
  std::optional<std::uint64_t> max_age{};  ///< Seconds
};

/// Reads a CORSConfiguration document.
Outcome<std::vector<CorsRule>> parse_cors(std::string_view document);
std::string cors_document(const std::vector<CorsRule>& rules);

/// What a browser asks.
struct CorsQuestion {
  std::string origin{};
  std::string method{};                ///< Of the request to come, or of this one.
  std::vector<std::string> headers{};  ///< Of a preflight.
  bool preflight = false;
};

/// The headers that let the page see the answer; nothing where no rule does.
std::optional<Headers> cors_headers(const std::vector<CorsRule>& rules, const CorsQuestion& question);
/// The same for a bucket without a configuration. AWS refuses there; the local cloud lets every page through,
/// so that uploads by presigned URL work from whatever port a page is served at. A signature is needed all
/// the same.
Headers permissive_cors_headers(const CorsQuestion& question);

/// The comma-separated names in a header.
std::vector<std::string> split_list(std::string_view text);

}  // namespace gannet::local::s3
