#include "core/s3_arn_endpoints.hpp"

#include <utility>

#include "core/arn.hpp"
#include "core/host_names.hpp"

namespace gannet::core {
namespace {

std::unexpected<Error> bad_arn(std::string_view text, std::string_view what) {
  std::string message("the bucket '");
  message.append(text).append("' cannot be used: ").append(what);
  return fail(ErrorKind::validation, "InvalidArn", std::move(message));
}

std::unexpected<Error> excluded(std::string_view what, std::string_view setting) {
  std::string message(what);
  message.append(": unset ").append(setting);
  return fail(ErrorKind::configuration, "InvalidEndpoint", std::move(message));
}

/// Which of the kinds of endpoints there are none of.
struct Lacks {
  bool dual_stack = false;
  bool fips = false;
  bool accelerate = true;
};

Result<void> check_kinds(const S3Choice& choice, std::string_view what, Lacks lacks) {
  const std::string thing(what);
  if (lacks.dual_stack && choice.dual_stack)
    return excluded(thing + " have no dual-stack endpoints", "AWS_USE_DUALSTACK_ENDPOINT");
  if (lacks.fips && choice.fips) return excluded(thing + " have no FIPS endpoints", "AWS_USE_FIPS_ENDPOINT");
  if (lacks.accelerate && choice.accelerate)
    return excluded(thing + " have no accelerated endpoints", "use_accelerate_endpoint");
  return {};
}

/// An ARN, the text it was read from and the user's choice: what every kind of ARN is checked with.
struct Question {
  const S3Choice& choice;
  const std::optional<Url>& custom;
  std::string_view text;
  Arn arn;
  bool access_points;
};

/// Checks the ARN's region and account beside the client's.
Result<const Partition*> check_region_and_account(const Question& question) {
  const auto& [choice, custom, text, arn, access_points] = question;
  if (!choice.use_arn_region && arn.region != choice.region) {
    std::string message("it is in the region '");
    message.append(arn.region).append("', the client in '").append(choice.region);
    message.append("': set AWS_S3_USE_ARN_REGION=true to follow ARNs into other regions");
    return fail(ErrorKind::configuration, "InvalidArn",
                "the bucket '" + std::string(text) + "' cannot be used: " + message);
  }
  const Partition& its = partition_of(arn.region);
  const Partition& ours = partition_of(choice.region);
  if (its.id != ours.id) {
    std::string message("it is in the partition ");
    message.append(its.id)
        .append(", the client in ")
        .append(ours.id)
        .append(": make a client for its region");
    return bad_arn(text, message);
  }
  if (!are_host_labels(arn.region)) return bad_arn(text, "its region is not one");
  if (arn.account_id.empty()) return bad_arn(text, "it lacks the account id");
  if (!is_host_label(arn.account_id))
    return bad_arn(text, "its account id may hold letters, digits and hyphens alone");
  return &its;
}

/// `NAME-ACCOUNT.` before the host of the user's endpoint, or before `host`.
S3Place access_point_at(const Question& question, std::string_view name, std::string host,
                        std::string_view signing_name) {
  std::string whole(name);
  whole.append("-").append(question.arn.account_id).append(".");
  S3Place place{
      .origin = {}, .path = {}, .region = std::string(question.arn.region), .signing_name = signing_name};
  if (question.custom) {
    const Origin& origin = question.custom->origin;
    place.origin = {.tls = origin.tls, .host = whole + origin.host, .port = origin.port};
    place.path = question.custom->path;
  } else {
    place.origin = {.tls = true, .host = whole + host, .port = 443};
  }
  return place;
}

Result<void> check_access_point(const Question& question, std::string_view name) {
  if (!question.access_points)
    return bad_arn(question.text, "this operation is not for access points; name the bucket itself");
  if (question.arn.resource_part(2))
    return bad_arn(question.text, "after `accesspoint` it must have one name and nothing more");
  if (!is_host_label(name))
    return bad_arn(question.text, "the access point's name may hold letters, digits and hyphens alone");
  return {};
}

Result<S3Place> object_lambda(const Question& question) {
  const auto& [choice, custom, text, arn, access_points] = question;
  if (arn.resource_part(0) != "accesspoint")
    return bad_arn(text, "of S3 Object Lambda there are access points only (`accesspoint/NAME`)");
  const auto name = arn.resource_part(1).value_or("");
  if (name.empty()) return bad_arn(text, "it names no access point (`accesspoint/NAME`)");
  const auto kinds = check_kinds(choice, "S3 Object Lambda's access points", {.dual_stack = true});
  if (!kinds) return std::unexpected(kinds.error());
  if (arn.region.empty()) return bad_arn(text, "it lacks the region");
  if (auto good = check_access_point(question, name); !good) return std::unexpected(std::move(good.error()));
  const auto partition = check_region_and_account(question);
  if (!partition) return std::unexpected(partition.error());
  std::string host(choice.fips ? "s3-object-lambda-fips." : "s3-object-lambda.");
  host.append(arn.region).append(".").append((*partition)->dns_suffix);
  return access_point_at(question, name, std::move(host), "s3-object-lambda");
}

/// An ARN without a region is of a Multi-Region Access Point.
std::unexpected<Error> multi_region(const Question& question, std::string_view name) {
  const auto& [choice, custom, text, arn, access_points] = question;
  const auto kinds = check_kinds(choice, "Multi-Region Access Points", {.dual_stack = true, .fips = true});
  if (!are_host_labels(name)) return bad_arn(text, "the access point's name is not one");
  if (!kinds) return std::unexpected(kinds.error());
  if (choice.no_multi_region) {
    return bad_arn(text,
                   "Multi-Region Access Points are disabled (AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS)");
  }
  const Partition& ours = partition_of(choice.region);
  if (ours.id != arn.partition) {
    std::string message("it is in the partition ");
    message.append(arn.partition).append(", the client in ").append(ours.id);
    return bad_arn(text, message);
  }
  return fail(ErrorKind::validation, "UnsupportedBucket",
              "the bucket '" + std::string(text) +
                  "' is a Multi-Region Access Point, whose requests need SigV4a signatures, which are not "
                  "supported: name an access point or bucket of one region");
}

Result<S3Place> access_point(const Question& question) {
  const auto& [choice, custom, text, arn, access_points] = question;
  const auto name = arn.resource_part(1).value_or("");
  if (name.empty()) return bad_arn(text, "it names no access point (`accesspoint/NAME`)");
  if (arn.region.empty()) return multi_region(question, name);
  if (auto good = check_access_point(question, name); !good) return std::unexpected(std::move(good.error()));
  const auto partition = check_region_and_account(question);
  if (!partition) return std::unexpected(partition.error());
  if (arn.service != "s3")
    return bad_arn(text, "its service is neither s3, s3-object-lambda nor s3-outposts");
  if (auto good = check_kinds(choice, "access points", {}); !good)
    return std::unexpected(std::move(good.error()));
  std::string host(choice.fips ? "s3-accesspoint-fips." : "s3-accesspoint.");
  if (choice.dual_stack) host.append("dualstack.");
  host.append(arn.region).append(".").append((*partition)->dns_suffix);
  return access_point_at(question, name, std::move(host), "s3");
}

Result<S3Place> outpost(const Question& question) {
  const auto& [choice, custom, text, arn, access_points] = question;
  const auto kinds = check_kinds(choice, "S3 on Outposts", {.dual_stack = true, .fips = true});
  if (!kinds) return std::unexpected(kinds.error());
  const auto id = arn.resource_part(1).value_or("");
  const auto name = arn.resource_part(3).value_or("");
  if (arn.resource_part(4) || arn.resource_part(2).value_or("") != "accesspoint" || name.empty())
    return bad_arn(text, "of an outpost it must name an access point: `outpost/ID/accesspoint/NAME`");
  if (!is_host_label(id)) return bad_arn(text, "the outpost's id may hold letters, digits and hyphens alone");
  const auto partition = check_region_and_account(question);
  if (!partition) return std::unexpected(partition.error());
  if (!is_host_label(name))
    return bad_arn(text, "the access point's name may hold letters, digits and hyphens alone");

  std::string host(name);
  host.append("-").append(arn.account_id).append(".").append(id).append(".");
  S3Place place{.origin = {}, .path = {}, .region = std::string(arn.region), .signing_name = "s3-outposts"};
  if (custom) {
    place.origin = outposts_origin(std::move(host), custom->origin);
  } else {
    host.append("s3-outposts.").append(arn.region).append(".").append((*partition)->dns_suffix);
    place.origin = {.tls = true, .host = std::move(host), .port = 443};
  }
  return place;
}

}  // namespace

Origin outposts_origin(std::string labels, const Origin& custom) {
  const bool standard_port = custom.port == (custom.tls ? 443 : 80);
  return {.tls = true,
          .host = std::move(labels) + custom.host,
          .port = standard_port ? std::uint16_t{443} : custom.port};
}

Result<S3Place> s3_arn_endpoint(const S3Choice& choice, const std::optional<Url>& custom,
                                std::string_view text, bool access_points) {
  const auto arn = parse_arn(text);
  if (!arn) {
    return bad_arn(text, "it is no ARN: one has the form arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE");
  }
  if (choice.addressing == S3Addressing::path) {
    return fail(ErrorKind::configuration, "InvalidEndpoint",
                "the bucket '" + std::string(text) +
                    "' is an ARN, which cannot go into the path: set addressing_style to auto");
  }
  if (custom && is_address(custom->origin.host)) {
    return fail(ErrorKind::configuration, "InvalidEndpoint",
                "the bucket '" + std::string(text) +
                    "' is an ARN, for which the endpoint URL needs a host's name, not an address");
  }
  const Question question{choice, custom, text, *arn, access_points};
  if (arn->service == "s3-object-lambda") return object_lambda(question);
  if (arn->resource_part(0) == "accesspoint") return access_point(question);
  if (arn->service == "s3-outposts") return outpost(question);
  return bad_arn(text, "it is no ARN of an access point; name a bucket by its name");
}

}  // namespace gannet::core
