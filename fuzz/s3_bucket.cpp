// Any bytes as a bucket, also as an ARN, under several settings: a place is one that a request can be sent
// to, and an error says something.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "core/arn.hpp"
#include "core/s3_endpoints.hpp"

namespace {

using namespace gannet;
using namespace gannet::core;

/// Nothing that a bucket's text could smuggle into the host or path.
bool is_sendable(const S3Place& place) {
  for (const char c : place.origin.host) {
    const bool good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!good) return false;
  }
  for (const char c : place.path) {
    if (c <= ' ' || c == '?' || c == '#' || c == '\x7f') return false;
  }
  return !place.region.empty() && !place.signing_name.empty() && !place.path.ends_with('/');
}

const S3Endpoints* endpoints_of(std::uint8_t settings) {
  static const auto made = [] {
    std::vector<Result<S3Endpoints>> all;
    for (int i = 0; i < 128; ++i) {
      S3Choice choice{.region = (i & 1) != 0 ? "us-east-1" : "cn-north-1"};
      if ((i & 2) != 0) choice.custom_url = "https://store.example/base";
      choice.fips = (i & 4) != 0;
      choice.dual_stack = (i & 8) != 0;
      choice.accelerate = (i & 16) != 0;
      choice.use_arn_region = (i & 32) != 0;
      choice.addressing = (i & 64) != 0 ? S3Addressing::virtual_host : S3Addressing::automatic;
      all.push_back(S3Endpoints::make(choice));
    }
    return all;
  }();
  const auto& one = made[settings % 128];
  return one ? &*one : nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bucket(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (const auto arn = parse_arn(bucket)) {
    std::size_t parts = 0;
    while (arn->resource_part(parts)) ++parts;
    if (parts == 0 || parts > bucket.size()) std::abort();
  }
  const S3Endpoints* endpoints = endpoints_of(data[0]);
  if (endpoints == nullptr) return 0;
  const S3Purpose purpose{.object_lambda = (data[1] & 1) != 0,
                          .express_control = (data[1] & 2) != 0,
                          .access_points = (data[1] & 4) != 0};
  const auto place = endpoints->place(bucket, purpose);
  if (place ? !is_sendable(*place) : place.error().message.empty()) std::abort();
  return 0;
}
