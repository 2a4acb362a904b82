#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"
#include "local/secretsmanager/input.hpp"
#include "local/secretsmanager/store.hpp"

namespace gannet::local::secretsmanager {

/// One of ListSecrets' or BatchGetSecretValue's filters: a secret passes if one of the values matches; a
/// value that begins with `!` matches what the rest of it does not.
struct Filter {
  std::string key{};
  std::vector<std::string> values{};
};

/// Reads the member `Filters`; what is wrong with it is left in `input`.
std::vector<Filter> read_filters(Input& input);

/// Whether the secret passes all of them.
bool passes(const std::vector<Filter>& filters, const SecretRow& secret, const Tags& tags,
            std::string_view region);

/// The words of a name or a description: parted at `/-_+=.@` (where only one of these is in it), at white
/// space and before capitals, as the service's search has it.
std::vector<std::string> words(std::string_view text);

}  // namespace gannet::local::secretsmanager
