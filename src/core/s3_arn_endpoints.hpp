#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/s3_endpoints.hpp"

namespace gannet::core {

/// The place of what an ARN stands for: an access point, one of S3 Object Lambda or of S3 on Outposts.
/// `custom` is the user's own endpoint. Errors as `S3Endpoints::place`.
Result<S3Place> s3_arn_endpoint(const S3Choice& choice, const std::optional<Url>& custom,
                                std::string_view text, bool access_points);

/// `labels` before the host of the user's own endpoint, always by TLS and without its path: so have the SDKs'
/// rules S3 on Outposts.
Origin outposts_origin(std::string labels, const Origin& custom);

}  // namespace gannet::core
