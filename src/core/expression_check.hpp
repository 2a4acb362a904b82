#pragma once

#include <vector>

#include "core/expression.hpp"
#include "core/expression_grammar.hpp"
#include "core/expression_refusal.hpp"

namespace gannet::core::expression {

/// Whether names, functions, indexes and numbers of operands are as the service takes them; if not, `refusal`
/// has the reason. Puts the indexes' numbers into the paths.
bool check(RawCondition& condition, Refusal& refusal);
bool check(RawUpdate& update, Refusal& refusal);
bool check(std::vector<DocumentPath>& paths, Refusal& refusal);

}  // namespace gannet::core::expression
