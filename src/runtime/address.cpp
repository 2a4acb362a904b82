#include "runtime/address.hpp"

#include <optional>
#include <string>
#include <utility>

#include "core/account_endpoints.hpp"
#include "core/host_names.hpp"
#include "runtime/call.hpp"
#include "runtime/client_state.hpp"

namespace gannet::runtime {
namespace {

std::optional<std::string> custom_url(const Service& service, const Config& config) {
  const auto own = config.service_endpoint_urls.find(service.id);
  return own == config.service_endpoint_urls.end() ? config.endpoint_url : own->second;
}

core::EndpointFacts facts_of(const Service& service) {
  return {.prefix = service.endpoint_prefix,
          .uncommon = service.uncommon_endpoints,
          .account_host = service.account_host};
}

core::EndpointChoice choice_of(const Config& config) {
  const EndpointSettings& settings = config.endpoints;
  return {.region = config.region,
          .custom_url = {},
          .fips = settings.use_fips.value_or(false),
          .dual_stack = settings.use_dual_stack.value_or(false),
          .global = settings.sts_global.value_or(false)};
}

core::S3Choice s3_choice_of(const Config& config) {
  const EndpointSettings& settings = config.endpoints;
  return {
      .region = config.region,
      .custom_url = {},
      .addressing = config.s3_addressing,
      .fips = settings.use_fips.value_or(false),
      .dual_stack = settings.s3_use_dual_stack.value_or(settings.use_dual_stack.value_or(false)),
      .accelerate = settings.s3_use_accelerate.value_or(false),
      .use_arn_region = settings.s3_use_arn_region.value_or(false),
      .us_east_1_global = settings.s3_us_east_1_global.value_or(false),
      .no_multi_region = settings.s3_disable_multi_region_access_points.value_or(false),
  };
}

Result<void> address_regional(const core::Endpoint& endpoint, Call& call) {
  if (endpoint.region.empty() && !call.operation->sent_unsigned) return std::unexpected(core::no_region());
  call.request.origin = endpoint.origin;
  if (!endpoint.path.empty()) call.request.path.insert(0, endpoint.path);
  call.signing_region = endpoint.region;
  call.signing_name = call.operation->service->signing_name;
  return {};
}

Result<void> address_s3(const core::S3Endpoints& endpoints, Call& call) {
  auto place = endpoints.place(call.bucket, call.operation->s3_purpose);
  if (!place) return std::unexpected(std::move(place.error()));
  call.request.origin = std::move(place->origin);
  // Without a key, the bucket's path is all there is.
  const bool bucket_itself = !call.bucket.empty() && !place->path.empty() && call.request.path == "/";
  call.request.path = bucket_itself ? std::move(place->path) : std::move(place->path) + call.request.path;
  call.signing_region = std::move(place->region);
  call.signing_name = place->signing_name;
  return {};
}

}  // namespace

Endpoints endpoints_of(const Service& service, const Config& config) {
  if (service.s3) {
    auto choice = s3_choice_of(config);
    choice.custom_url = custom_url(service, config);
    return core::S3Endpoints::make(std::move(choice));
  }
  auto choice = choice_of(config);
  choice.custom_url = custom_url(service, config);
  return core::regional_endpoint(facts_of(service), choice);
}

Result<void> address(const ClientState& client, Call& call) {
  Result<void> done;
  if (const auto* s3 = std::get_if<Result<core::S3Endpoints>>(&client.endpoints)) {
    if (!*s3) return std::unexpected(s3->error());
    done = address_s3(**s3, call);
  } else {
    const auto& regional = std::get<Result<core::Endpoint>>(client.endpoints);
    if (!regional) return std::unexpected(regional.error());
    done = address_regional(*regional, call);
  }
  if (done && !call.host_prefix.empty()) core::prefix_host(call.request.origin, call.host_prefix);
  return done;
}

Result<void> address_account(const ClientState& client, Call& call, const Credentials& who) {
  const auto mode = client.config.endpoints.account_id_mode.value_or(AccountIdEndpointMode::disabled);
  if (mode == AccountIdEndpointMode::disabled || client.service->account_host.empty()) return {};
  const auto& regional = std::get<Result<core::Endpoint>>(client.endpoints);
  if (regional->custom) return {};
  auto host = core::account_host(facts_of(*client.service), choice_of(client.config), mode, who.account_id,
                                 call.resource_arn);
  if (!host) return std::unexpected(std::move(host.error()));
  std::string wanted = *host ? std::move(**host) : regional->origin.host;
  if (wanted == call.request.origin.host) return {};
  call.request.origin.host = std::move(wanted);
  call.request.headers.remove("host");  // of an earlier attempt's signature
  return {};
}

}  // namespace gannet::runtime
