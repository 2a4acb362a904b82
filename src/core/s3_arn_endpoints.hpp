#pragma once

#include <optional>
#include <string_view>

#include "core/s3_endpoints.hpp"

namespace gannet::core {

/// The place of what an ARN stands for: an access point, one of S3 Object Lambda or of S3 on Outposts.
/// `custom` is the user's own endpoint. Errors as `S3Endpoints::place`.
Result<S3Place> s3_arn_endpoint(const S3Choice& choice, const std::optional<Url>& custom,
                                std::string_view text, bool access_points);

}  // namespace gannet::core
