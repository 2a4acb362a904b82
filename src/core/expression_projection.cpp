#include <string_view>
#include <vector>

#include "core/expression.hpp"
#include "core/expression_check.hpp"
#include "core/expression_grammar.hpp"
#include "core/expression_refusal.hpp"

namespace gannet::core {

Result<std::vector<DocumentPath>> parse_projection(std::string_view text) {
  expression::Refusal refusal("ProjectionExpression");
  std::vector<DocumentPath> paths;
  if (!expression::read(text, refusal, paths) || !expression::check(paths, refusal)) return refusal.take();
  return paths;
}

}  // namespace gannet::core
