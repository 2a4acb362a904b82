#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/expression.hpp"
#include "core/expression_refusal.hpp"

/// What the grammar of expressions gives: names and functions are not checked yet.
namespace gannet::core::expression {

/// An operand of any expression, or what SET assigns.
struct RawOperand {
  enum class Kind : std::uint8_t { path, value, call, plus, minus };
  Kind kind = Kind::path;
  DocumentPath path{};
  std::string text{};  ///< Of a value ":v", of a call the function's name.
  std::vector<RawOperand> arguments{};
  bool in_parentheses = false;
};

struct RawCondition {
  enum class Form : std::uint8_t { typed, call };
  Form form = Form::typed;
  Condition::Kind kind =
      Condition::Kind::all;  ///< Of Form::typed; of a call the only operand says what it is.
  std::vector<RawOperand> operands{};
  std::vector<RawCondition> conditions{};
};

struct RawSet {
  DocumentPath path;
  RawOperand value;
};

struct RawUpdate {
  enum class Section : std::uint8_t { set, remove, add, erase };
  struct Clause {
    Section section;
    std::vector<RawSet> set{};
    std::vector<DocumentPath> remove{};
    std::vector<SetElementsAction> elements{};
  };
  std::vector<Clause> clauses;
};

/// Whether `text` is such an expression, of an allowed size. If not, `refusal` has the reason and `out`
/// counts for nothing.
bool read(std::string_view text, Refusal& refusal, RawCondition& out);
bool read(std::string_view text, Refusal& refusal, RawUpdate& out);
bool read(std::string_view text, Refusal& refusal, std::vector<DocumentPath>& out);

}  // namespace gannet::core::expression
