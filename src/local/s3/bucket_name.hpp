#pragma once

#include <string_view>

namespace gannet::local::s3 {

/// Whether a bucket may be called so ("General purpose bucket naming rules" of S3's guide).
bool is_bucket_name(std::string_view name) noexcept;

}  // namespace gannet::local::s3
