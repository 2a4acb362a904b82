#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <gannet/http.hpp>
#include <gannet/result.hpp>

/// Where requests of most services go: AWS's regional endpoints, or endpoints of the user's own. S3 has rules
/// of its own (s3_endpoints.hpp).
namespace gannet::core {

/// Where a service's endpoint is another than `https://PREFIX[-fips].REGION.SUFFIX`, signed for REGION: see
/// codegen/gannet_codegen/endpoint_rules.py.
struct UncommonEndpoint {
  std::string_view where;  ///< A region, or the id of a partition; a region's goes before its partition's.
  bool fips = false;
  bool dual_stack = false;
  bool global = false;                ///< For who asks for the service's older, global endpoint.
  std::string_view url{};             ///< With "{Region}" for the region's name. Empty: there is none.
  std::string_view signing_region{};  ///< Empty: the region.
};

/// What a service says of its endpoints.
struct EndpointFacts {
  std::string_view prefix;
  std::span<const UncommonEndpoint> uncommon{};
  std::string_view account_host{};  ///< See account_endpoints.hpp; empty: accounts have none of their own.
};

/// What the user says of them.
struct EndpointChoice {
  std::string_view region;
  std::optional<std::string> custom_url{};
  bool fips = false;
  bool dual_stack = false;
  bool global = false;
};

/// A service in a region.
struct Endpoint {
  Origin origin;
  std::string path;  ///< Before every request's path, percent-encoded, without a trailing slash; "" for none.
  std::string region;   ///< To sign for; "" where a custom endpoint was given without one.
  bool custom = false;  ///< The user's own, not AWS's.
};

/// Errors are of kind `configuration`: a region that is missing (but with a URL) or no host label, a URL that
/// is none, a URL together with FIPS or dual-stack, or an endpoint that the service or partition does not
/// have. A URL that holds a user name is not quoted: there may be a password.
Result<Endpoint> regional_endpoint(const EndpointFacts& service, const EndpointChoice& choice);

/// That no region is set, and what to do.
Error no_region();
/// Whether `region` may stand in a host name; empty counts as good.
Result<void> check_region(std::string_view region);
/// "'URL' ", to name a URL that a user has given; "" if there may be a password in it.
std::string quoted_url(std::string_view url);
/// The URL of a user's own endpoint.
Result<Url> custom_endpoint(const std::string& url);

}  // namespace gannet::core
