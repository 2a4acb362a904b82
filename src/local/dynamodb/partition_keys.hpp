#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "local/dynamodb/operations.hpp"

namespace gannet::local::dynamodb {

/// The texts of the partition keys of all items that a request is about (a number's digits as the service
/// spells them, the base64 of bytes): of a query the one it asks for, of a scan none. Also none where the
/// request is not one that the operation takes.
std::vector<std::string> partition_keys(Engine& engine, std::string_view operation, std::string_view body);

}  // namespace gannet::local::dynamodb
