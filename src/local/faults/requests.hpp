#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gannet/http.hpp>
#include <gannet/local_faults.hpp>

#include "local/http/route.hpp"

/// What a fault rule may ask of a request: its operation, and the keys that it is about.
namespace gannet::local {

/// Whether the service, or for `any` one of them, has an operation of that name.
bool is_operation(FaultService service, std::string_view name);

/// Whether DynamoDB refuses the operation where a transaction has the item.
bool may_conflict(std::string_view operation);

/// `body` is the request's, except for S3, of which the head says it all; "" where there is none.
std::string operation_of(const HttpRequest& head, ServiceKind service, std::string_view body);

/// The object's key; no keys where the request is about a bucket or many objects.
std::vector<std::string> s3_keys_of(const HttpRequest& head);
/// The names of the secrets in a request to Secrets Manager, also where it has their ARNs.
std::vector<std::string> secret_names_of(std::string_view body);

}  // namespace gannet::local
