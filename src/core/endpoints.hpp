#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <gannet/http.hpp>
#include <gannet/result.hpp>
#include <gannet/s3_addressing.hpp>

/// Where requests go: AWS's regional endpoints, endpoints of the user's own, and S3's two ways to name a
/// bucket.
namespace gannet::core {

/// A service in a region, before any bucket.
struct Endpoint {
  Origin origin;
  std::string path;  ///< Before every request's path, percent-encoded, without a trailing slash; "" for none.
  std::string region;   ///< To sign for.
  bool custom = false;  ///< From the user, not from the region.
};

/// What hosts of a region end in: "amazonaws.com", "amazonaws.com.cn" in China ...
std::string_view dns_suffix(std::string_view region) noexcept;

/// `https://PREFIX.REGION.SUFFIX`, or `custom_url` where there is one. Errors are of kind `configuration`: a
/// region that is missing or no host label, a URL that is none.
Result<Endpoint> regional_endpoint(std::string_view endpoint_prefix, std::string_view region,
                                   const std::optional<std::string>& custom_url);

/// Whether `bucket` may stand before S3's host name; dots only where no certificate has to match it.
bool is_virtual_hostable_bucket(std::string_view bucket, bool allow_dots) noexcept;

/// Where requests for a bucket go. With `virtual_host` true the bucket has become part of `origin.host`, else
/// it is the first segment of `path`.
struct BucketEndpoint {
  Origin origin;
  std::string path;
  bool virtual_host = false;
};

/// Puts `bucket` into host or path. `automatic`: into the host at AWS's own endpoints where the name allows
/// it, else into the path. `virtual_host`: also at endpoints of the user's own; a name that cannot stand in a
/// host, or a host that is an address, still gives a path. Errors are of kind `validation`: ARNs, which are
/// not supported yet, and names that cannot be a bucket's.
Result<BucketEndpoint> bucket_endpoint(const Endpoint& endpoint, std::string_view bucket,
                                       S3Addressing addressing);

/// `prefix` before the host, unless that is an address.
void prefix_host(Origin& origin, std::string_view prefix);

}  // namespace gannet::core
