#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <gannet/http.hpp>
#include <gannet/result.hpp>
#include <gannet/s3_addressing.hpp>

#include "core/partitions.hpp"

/// Where S3's requests go: buckets in the host's name or in the path, access points, Object Lambda, Outposts.
namespace gannet::core {

/// What the user says of S3's endpoints.
struct S3Choice {
  std::string region;
  std::optional<std::string> custom_url{};
  S3Addressing addressing = S3Addressing::automatic;
  bool fips = false;
  bool dual_stack = false;
  bool accelerate = false;
  bool use_arn_region = false;    ///< An ARN may name another region than `region`.
  bool us_east_1_global = false;  ///< us-east-1 is `s3.amazonaws.com`, as of old.
  bool no_multi_region = false;   ///< Multi-Region Access Points are refused.
};

/// What an operation wants of them.
struct S3Purpose {
  bool object_lambda = false;    ///< WriteGetObjectResponse: goes to S3 Object Lambda.
  bool express_control = false;  ///< For a directory bucket it goes to the S3 Express control endpoint.
  bool access_points = true;     ///< It may be done on an access point.
};

/// Where a request goes and what it is signed for.
struct S3Place {
  Origin origin;
  std::string path;  ///< Before the key's, percent-encoded, without a trailing slash.
  std::string region;
  std::string_view signing_name;
};

/// S3's rules under one choice. Immutable.
class S3Endpoints {
 public:
  /// Errors are of kind `configuration`: a region or URL that is none, choices that exclude each other.
  static Result<S3Endpoints> make(S3Choice choice);

  /// The place of `bucket`: a name, an ARN, or "" for none.
  ///
  /// A name goes into the host by `S3Choice::addressing` where it can: `automatic` at AWS's own endpoints,
  /// `virtual_host` also at the user's own; never before an address, and with dots only without TLS. Errors
  /// are of kind `validation` where the name or ARN is at fault (also one that needs what is not offered
  /// here: SigV4a or S3 Express sessions) and `configuration` where a setting is.
  [[nodiscard]] Result<S3Place> place(std::string_view bucket, S3Purpose purpose = {}) const;

 private:
  S3Endpoints(S3Choice choice, std::optional<Url> custom);

  [[nodiscard]] Result<S3Place> named(std::string_view bucket) const;
  [[nodiscard]] Result<S3Place> arn(std::string_view bucket, S3Purpose purpose) const;
  [[nodiscard]] Result<S3Place> object_lambda() const;
  [[nodiscard]] Result<S3Place> express(std::string_view bucket, S3Purpose purpose) const;
  [[nodiscard]] Result<S3Place> outposts_alias(std::string_view bucket) const;
  [[nodiscard]] S3Place in_host(std::string_view bucket) const;
  [[nodiscard]] S3Place in_path(std::string_view bucket) const;

  S3Choice choice_;
  std::optional<Url> custom_;
  const Partition* partition_;
  std::string host_;            ///< Of plain requests: "s3.eu-west-1.amazonaws.com".
  std::string signing_region_;  ///< `region`, but us-east-1 for the pseudo region aws-global.
};

}  // namespace gannet::core
