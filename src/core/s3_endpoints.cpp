#include "core/s3_endpoints.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "core/endpoints.hpp"
#include "core/host_names.hpp"
#include "core/s3_arn_endpoints.hpp"

namespace gannet::core {
namespace {

constexpr std::string_view pseudo_region = "aws-global";

std::unexpected<Error> excluded(std::string message) {
  return fail(ErrorKind::configuration, "InvalidEndpoint", std::move(message));
}

Result<void> check(const S3Choice& choice, const Partition& partition) {
  if (choice.accelerate && choice.fips) {
    return excluded(
        "S3 Accelerate has no FIPS endpoints: unset use_accelerate_endpoint or AWS_USE_FIPS_ENDPOINT");
  }
  if (choice.custom_url && (choice.fips || choice.dual_stack || choice.accelerate)) {
    const std::string_view other = choice.dual_stack ? "dual-stack endpoints (AWS_USE_DUALSTACK_ENDPOINT)"
                                   : choice.fips     ? "FIPS endpoints (AWS_USE_FIPS_ENDPOINT)"
                                                     : "S3 Accelerate (use_accelerate_endpoint)";
    return excluded("an endpoint URL cannot be used together with " + std::string(other) +
                    ": unset one of them");
  }
  // China is marked as having FIPS endpoints, but S3's are not there.
  if (choice.fips && (!partition.supports_fips || partition.id == "aws-cn")) {
    return excluded("S3 has no FIPS endpoints in the partition " + std::string(partition.id) +
                    ": unset AWS_USE_FIPS_ENDPOINT");
  }
  return {};
}

/// "s3.eu-west-1.amazonaws.com": the host that buckets stand before, accelerated or not.
std::string plain_host(const S3Choice& choice, const Partition& partition, bool accelerated) {
  const bool pseudo = choice.region == pseudo_region;
  std::string host(accelerated ? "s3-accelerate" : choice.fips ? "s3-fips" : "s3");
  if (choice.dual_stack) host.append(".dualstack");
  // The region stays away from accelerated hosts and from S3's oldest one.
  const bool old = !choice.fips && !choice.dual_stack &&
                   (pseudo || (choice.us_east_1_global && choice.region == "us-east-1"));
  const bool regional = accelerated ? pseudo && choice.dual_stack : !old;
  if (regional) host.append(".").append(pseudo ? "us-east-1" : choice.region);
  return host.append(".").append(partition.dns_suffix);
}

Origin secure(std::string host) {
  return {.tls = true, .host = std::move(host), .port = 443};
}

}  // namespace

S3Endpoints::S3Endpoints(S3Choice choice, std::optional<Url> custom)
    : choice_(std::move(choice)),
      custom_(std::move(custom)),
      partition_(&partition_of(choice_.region)),
      host_(plain_host(choice_, *partition_, false)),
      signing_region_(choice_.region == pseudo_region ? "us-east-1" : choice_.region) {}

Result<S3Endpoints> S3Endpoints::make(S3Choice choice) {
  if (choice.region.empty()) return std::unexpected(no_region());
  if (auto good = check_region(choice.region); !good) return std::unexpected(std::move(good.error()));
  if (auto good = check(choice, partition_of(choice.region)); !good)
    return std::unexpected(std::move(good.error()));
  std::optional<Url> custom;
  if (choice.custom_url) {
    auto url = custom_endpoint(*choice.custom_url);
    if (!url) return std::unexpected(std::move(url.error()));
    custom = std::move(*url);
  }
  return S3Endpoints(std::move(choice), std::move(custom));
}

Result<S3Place> S3Endpoints::place(std::string_view bucket, S3Purpose purpose) const {
  if (bucket.ends_with("--x-s3") || bucket.ends_with("--xa-s3")) return express(bucket, purpose);
  if (bucket.ends_with("--op-s3") && bucket.size() >= 50) return outposts_alias(bucket);
  if (bucket.starts_with("arn:")) return arn(bucket, purpose);
  if (!bucket.empty()) return named(bucket);
  if (purpose.object_lambda) return object_lambda();
  if (purpose.express_control) return express(bucket, purpose);
  if (custom_) {
    return S3Place{
        .origin = custom_->origin, .path = custom_->path, .region = signing_region_, .signing_name = "s3"};
  }
  return S3Place{.origin = secure(host_), .path = {}, .region = signing_region_, .signing_name = "s3"};
}

Result<S3Place> S3Endpoints::named(std::string_view bucket) const {
  if (bucket.find('/') != std::string_view::npos || bucket == "." || bucket == "..") {
    return fail(
        ErrorKind::validation, "InvalidBucketName",
        "'" + std::string(bucket) + "' cannot be a bucket's name; give the name alone, the key apart");
  }
  if (choice_.accelerate && partition_->id == "aws-cn") {
    return excluded("S3 Accelerate is not offered in the partition aws-cn: unset use_accelerate_endpoint");
  }
  if (choice_.accelerate && choice_.addressing == S3Addressing::path) {
    return excluded(
        "S3 Accelerate wants buckets in the host's name: unset use_accelerate_endpoint or set "
        "addressing_style to auto");
  }
  const bool wanted = choice_.addressing == S3Addressing::virtual_host ||
                      (choice_.addressing == S3Addressing::automatic && !custom_);
  const bool no_certificate = custom_ && !custom_->origin.tls;
  if (wanted && is_virtual_hostable_bucket(bucket, no_certificate) &&
      !(custom_ && is_address(custom_->origin.host))) {
    return in_host(bucket);
  }
  if (choice_.accelerate) {
    return fail(
        ErrorKind::validation, "InvalidBucketName",
        "the bucket '" + std::string(bucket) +
            "' cannot be used with S3 Accelerate, which wants names of lower-case letters, digits and "
            "hyphens alone: unset use_accelerate_endpoint");
  }
  return in_path(bucket);
}

S3Place S3Endpoints::in_host(std::string_view bucket) const {
  S3Place place{.origin = {}, .path = {}, .region = signing_region_, .signing_name = "s3"};
  std::string host;
  const std::string accelerated = choice_.accelerate ? plain_host(choice_, *partition_, true) : std::string();
  const std::string& behind = custom_ ? custom_->origin.host : choice_.accelerate ? accelerated : host_;
  host.reserve(bucket.size() + 1 + behind.size());
  host.append(bucket).append(".").append(behind);
  if (custom_) {
    place.origin = {.tls = custom_->origin.tls, .host = std::move(host), .port = custom_->origin.port};
    place.path = custom_->path;
  } else {
    place.origin = secure(std::move(host));
  }
  return place;
}

S3Place S3Endpoints::in_path(std::string_view bucket) const {
  S3Place place{.origin = custom_ ? custom_->origin : secure(host_),
                .path = custom_ ? custom_->path : std::string(),
                .region = signing_region_,
                .signing_name = "s3"};
  place.path += '/';
  append_uri_encoded(place.path, bucket);
  return place;
}

Result<S3Place> S3Endpoints::arn(std::string_view bucket, S3Purpose purpose) const {
  return s3_arn_endpoint(choice_, custom_, bucket, purpose.access_points);
}

Result<S3Place> S3Endpoints::object_lambda() const {
  if (choice_.dual_stack || choice_.accelerate) {
    return excluded(choice_.dual_stack
                        ? "S3 Object Lambda has no dual-stack endpoints: unset AWS_USE_DUALSTACK_ENDPOINT"
                        : "S3 Object Lambda has no accelerated endpoints: unset use_accelerate_endpoint");
  }
  S3Place place{.origin = {}, .path = {}, .region = choice_.region, .signing_name = "s3-object-lambda"};
  if (custom_) {
    place.origin = custom_->origin;
    place.path = custom_->path;
  } else {
    std::string host(choice_.fips ? "s3-object-lambda-fips." : "s3-object-lambda.");
    place.origin = secure(host.append(choice_.region).append(".").append(partition_->dns_suffix));
  }
  return place;
}

// Directory buckets themselves are seen to at a control endpoint, signed as usual. What is in them is reached
// by sessions of their own (CreateSession), which are not offered here.
Result<S3Place> S3Endpoints::express(std::string_view bucket, S3Purpose purpose) const {
  const bool named = !bucket.empty();
  if (named && choice_.accelerate) {
    return excluded("S3 Express has no accelerated endpoints: unset use_accelerate_endpoint");
  }
  if (named && (!purpose.express_control || custom_ || bucket.ends_with("--xa-s3"))) {
    return fail(ErrorKind::validation, "UnsupportedBucket",
                "the bucket '" + std::string(bucket) +
                    "' is a directory bucket of S3 Express, whose objects are reached by sessions "
                    "(CreateSession), which are not supported: use a general purpose bucket");
  }
  S3Place place{.origin = {}, .path = {}, .region = choice_.region, .signing_name = "s3express"};
  if (custom_) {
    place.origin = custom_->origin;
    place.path = custom_->path;
    return place;
  }
  std::string host(choice_.fips ? "s3express-control-fips." : "s3express-control.");
  if (choice_.dual_stack) host.append("dualstack.");
  place.origin = secure(host.append(choice_.region).append(".").append(partition_->dns_suffix));
  if (named) {
    place.path = "/";
    append_uri_encoded(place.path, bucket);
  }
  return place;
}

// An alias of an access point on an outpost: the outpost's id and the hardware's kind are in the name,
// counted from its end.
Result<S3Place> S3Endpoints::outposts_alias(std::string_view bucket) const {
  const auto from_end = [&](std::size_t first, std::size_t last) {
    return bucket.substr(bucket.size() - last, last - first);
  };
  const auto bad = [&](std::string_view what) {
    return fail(ErrorKind::validation, "InvalidBucketName",
                "the bucket '" + std::string(bucket) + "' is no alias of an access point on an outpost: " +
                    std::string(what) + "; copy the alias as S3 gives it");
  };
  const auto hardware = from_end(49, 50);
  const auto outpost = from_end(32, 49);
  if (!is_host_label(outpost)) return bad("its outpost id may hold letters, digits and hyphens alone");
  if (!is_virtual_hostable_bucket(bucket, false)) return bad("it cannot stand in a host's name");
  if (hardware != "e" && hardware != "o") return bad("its hardware type is neither 'e' nor 'o'");
  std::string host(bucket);
  host.append(hardware == "e" ? ".ec2" : ".op-").append(hardware == "e" ? "" : outpost).append(".");
  S3Place place{.origin = {}, .path = {}, .region = choice_.region, .signing_name = "s3-outposts"};
  if (from_end(8, 12) == "beta") {
    if (!custom_) return bad("it belongs to a beta, which wants an endpoint URL (AWS_ENDPOINT_URL_S3)");
    if (is_address(custom_->origin.host)) return bad("its endpoint URL needs a host's name, not an address");
    place.origin = outposts_origin(std::move(host), custom_->origin);
    return place;
  }
  host.append("s3-outposts.").append(choice_.region).append(".").append(partition_->dns_suffix);
  place.origin = secure(std::move(host));
  return place;
}

}  // namespace gannet::core
