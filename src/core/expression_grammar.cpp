#include "core/expression_grammar.hpp"

#include <cstddef>
#include <optional>
#include <utility>

#include "core/expression_tokens.hpp"

namespace gannet::core::expression {

namespace {

constexpr std::size_t maximum_size = 4096;
// Whatever nests deeper than the allowed number of operators has too many of them, or parentheses that do
// nothing.
constexpr std::size_t maximum_nesting = maximum_operators + 2;

bool has_size_allowed(std::string_view text, bool says_size, Refusal& refusal) {
  if (text.empty()) return refusal.invalid("The expression can not be empty;");
  if (text.size() <= maximum_size) return true;
  std::string reason = "Expression size has exceeded the maximum allowed size;";
  if (says_size) reason += " expression size: " + std::to_string(text.size());
  return refusal.invalid(reason);
}

/// What stands between two parentheses: only what follows them tells an operand from a condition.
struct Term {
  std::optional<RawOperand> operand;
  RawCondition condition;  ///< Where there is no operand.
  bool in_parentheses = false;
};

/// Every function takes tokens and says whether it could; after a failure the refusal tells why, and nothing
/// else counts.
class Parser {
 public:
  Parser(std::string_view text, Refusal& refusal) : text_(text), refusal_(refusal) {
    current_ = next_token(text_, 0);
  }

  bool condition(RawCondition& out) {
    Term term;
    if (!alternatives(term, false)) return false;
    out = std::move(term.condition);
    return ended();
  }

  bool update(RawUpdate& out) {
    do {
      if (!clause(out.clauses.emplace_back())) return false;
    } while (current_.kind != TokenKind::end);
    return true;
  }

  bool projection(std::vector<DocumentPath>& out) { return paths(out) && ended(); }

 private:
  // OR binds less than AND, that less than NOT. A term that is an operand comes only where `operand_allowed`,
  // which is just behind a parenthesis.
  bool alternatives(Term& out, bool operand_allowed) {
    return chain(out, operand_allowed, TokenKind::keyword_or, Condition::Kind::any, &Parser::conjunction);
  }
  bool conjunction(Term& out, bool operand_allowed) {
    return chain(out, operand_allowed, TokenKind::keyword_and, Condition::Kind::all, &Parser::term);
  }
  bool chain(Term& out, bool operand_allowed, TokenKind keyword, Condition::Kind kind,
             bool (Parser::*part)(Term&, bool)) {
    if (!(this->*part)(out, operand_allowed)) return false;
    if (out.operand || current_.kind != keyword) return true;
    RawCondition joined;
    joined.kind = kind;
    joined.conditions.push_back(std::move(out.condition));
    while (current_.kind == keyword) {
      advance();
      Term next;
      if (!(this->*part)(next, false)) return false;
      joined.conditions.push_back(std::move(next.condition));
    }
    out.condition = std::move(joined);
    out.in_parentheses = false;
    return true;
  }

  bool term(Term& out, bool operand_allowed) {
    if (current_.kind == TokenKind::keyword_not) return negation(out);
    if (is('(')) {
      if (!in_parentheses(out)) return false;
      if (!out.operand) return true;
    } else {
      RawOperand first;
      if (!operand(first)) return false;
      out.operand = std::move(first);
    }
    return predicate(out, operand_allowed);
  }

  bool negation(Term& out) {
    if (++negations_ > maximum_nesting) return refusal_.too_many_operators();
    advance();
    Term negated;
    if (!term(negated, false)) return false;
    out.condition.kind = Condition::Kind::negation;
    out.condition.conditions.push_back(std::move(negated.condition));
    --negations_;
    return true;
  }

  bool in_parentheses(Term& out) {
    if (!open_parenthesis() || !alternatives(out, true)) return false;
    const bool twice = std::exchange(out.in_parentheses, true);
    if (!close_parenthesis()) return false;
    if (!twice) return true;
    // Around an operand they are refused once it is known to be one.
    redundant_ = out.operand.has_value();
    return redundant_ || redundant();
  }

  /// What follows an operand that begins a condition.
  bool predicate(Term& out, bool operand_allowed) {
    auto& condition = out.condition;
    if (current_.kind == TokenKind::comparator) {
      condition.kind = comparison_kind();
      advance();
      if (!first_operand(out) || !operand(condition.operands.emplace_back())) return false;
    } else if (current_.kind == TokenKind::keyword_between) {
      condition.kind = Condition::Kind::between;
      advance();
      if (!first_operand(out) || !operand(condition.operands.emplace_back())) return false;
      if (!take(TokenKind::keyword_and) || !operand(condition.operands.emplace_back())) return false;
    } else if (current_.kind == TokenKind::keyword_in) {
      condition.kind = Condition::Kind::in;
      advance();
      if (!first_operand(out) || !operands(condition.operands)) return false;
    } else if (operand_allowed && is(')')) {
      return true;
    } else if (out.operand->kind == RawOperand::Kind::call) {
      condition.form = RawCondition::Form::call;
      // The parentheses around it count: ((attribute_exists(a))) is refused, whichever way it is read.
      const auto parentheses = out.in_parentheses;
      if (!first_operand(out)) return false;
      out.in_parentheses = parentheses;
    } else {
      return unexpected();
    }
    return true;
  }

  bool first_operand(Term& out) {
    if (redundant_) return redundant();
    out.condition.operands.push_back(std::move(*out.operand));
    out.operand.reset();
    out.in_parentheses = false;
    return true;
  }

  bool operand(RawOperand& out) {
    if (is('(')) {
      if (!open_parenthesis() || !operand(out) || !close_parenthesis()) return false;
      return !std::exchange(out.in_parentheses, true) || redundant();
    }
    if (current_.kind == TokenKind::value_placeholder) {
      out.kind = RawOperand::Kind::value;
      out.text = take_text();
      return true;
    }
    const bool plain_name = current_.kind == TokenKind::name;
    const auto name = current_;
    if (!path(out.path)) return false;
    if (!plain_name || out.path.elements.size() != 1 || !is('(')) return true;
    out.kind = RawOperand::Kind::call;
    out.text = text_of(name);
    out.path.elements.clear();
    if (++calls_ > maximum_nesting) return refusal_.too_many_operators();
    if (!operands(out.arguments)) return false;
    --calls_;
    return true;
  }

  /// `(a, b, ...)`, at least one.
  bool operands(std::vector<RawOperand>& out) {
    if (!take('(')) return false;
    do {
      if (!operand(out.emplace_back())) return false;
    } while (take_if(','));
    return take(')');
  }

  bool path(DocumentPath& out) {
    if (!path_name(out)) return false;
    while (true) {
      if (take_if('.')) {
        if (current_.kind == TokenKind::value_placeholder) {
          // The service's grammar takes a value for a name here, and then looks for its name in vain.
          out.elements.push_back({.kind = PathElement::Kind::placeholder, .name = std::string(take_text())});
        } else if (!path_name(out)) {
          return false;
        }
      } else if (take_if('[')) {
        if (current_.kind != TokenKind::index) return unexpected();
        out.elements.push_back({.kind = PathElement::Kind::index, .name = std::string(take_text())});
        if (!take(']')) return false;
      } else {
        return true;
      }
    }
  }

  bool path_name(DocumentPath& out) {
    if (current_.kind != TokenKind::name && current_.kind != TokenKind::name_placeholder) return unexpected();
    const auto kind =
        current_.kind == TokenKind::name ? PathElement::Kind::name : PathElement::Kind::placeholder;
    out.elements.push_back({.kind = kind, .name = std::string(take_text())});
    return true;
  }

  bool paths(std::vector<DocumentPath>& out) {
    do {
      if (!path(out.emplace_back())) return false;
    } while (take_if(','));
    return true;
  }

  bool clause(RawUpdate::Clause& out) {
    switch (current_.kind) {
      case TokenKind::keyword_set:
        out.section = RawUpdate::Section::set;
        advance();
        return assignments(out.set);
      case TokenKind::keyword_remove:
        out.section = RawUpdate::Section::remove;
        advance();
        return paths(out.remove);
      case TokenKind::keyword_add:
      case TokenKind::keyword_delete:
        out.section =
            current_.kind == TokenKind::keyword_add ? RawUpdate::Section::add : RawUpdate::Section::erase;
        advance();
        return elements(out.elements);
      default:
        return unexpected();
    }
  }

  bool assignments(std::vector<RawSet>& out) {
    do {
      auto& assignment = out.emplace_back();
      if (!path(assignment.path)) return false;
      if (current_.kind != TokenKind::comparator || text_of(current_) != "=") return unexpected();
      advance();
      if (!assigned(assignment.value)) return false;
    } while (take_if(','));
    return true;
  }

  /// `operand`, or a sum or difference of two, which parentheses may enclose as a whole.
  bool assigned(RawOperand& out) {
    if (is('(')) {
      if (!open_parenthesis() || !assigned(out) || !close_parenthesis()) return false;
      if (std::exchange(out.in_parentheses, true)) return redundant();
      if (out.kind == RawOperand::Kind::plus || out.kind == RawOperand::Kind::minus) return true;
    } else if (!operand(out)) {
      return false;
    }
    if (!is('+') && !is('-')) return true;
    RawOperand both;
    both.kind = is('+') ? RawOperand::Kind::plus : RawOperand::Kind::minus;
    advance();
    both.arguments.push_back(std::move(out));
    if (!operand(both.arguments.emplace_back())) return false;
    out = std::move(both);
    return true;
  }

  bool elements(std::vector<SetElementsAction>& out) {
    do {
      auto& action = out.emplace_back();
      if (!path(action.path)) return false;
      if (current_.kind != TokenKind::value_placeholder) return unexpected();
      action.value.name = take_text();
    } while (take_if(','));
    return true;
  }

  bool ended() { return current_.kind == TokenKind::end || unexpected(); }
  bool redundant() { return refusal_.invalid("The expression has redundant parentheses;"); }

  // Tokens.

  [[nodiscard]] std::string_view text_of(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }
  [[nodiscard]] bool is(char symbol) const {
    return current_.kind == TokenKind::symbol && text_[current_.begin] == symbol;
  }
  void advance() {
    previous_ = current_.begin;
    current_ = next_token(text_, current_.end);
  }
  std::string_view take_text() {
    const auto text = text_of(current_);
    advance();
    return text;
  }
  bool take_if(char symbol) {
    if (!is(symbol)) return false;
    advance();
    return true;
  }
  bool take(char symbol) { return take_if(symbol) || unexpected(); }
  bool take(TokenKind kind) {
    if (current_.kind != kind) return unexpected();
    advance();
    return true;
  }
  bool open_parenthesis() {
    if (++parentheses_ > maximum_nesting)
      return refusal_.invalid("The expression has redundant parentheses;");
    return take('(');
  }
  bool close_parenthesis() {
    --parentheses_;
    return take(')');
  }
  [[nodiscard]] Condition::Kind comparison_kind() const {
    const auto comparator = text_of(current_);
    if (comparator == "=") return Condition::Kind::equal;
    if (comparator == "<>") return Condition::Kind::not_equal;
    if (comparator == "<") return Condition::Kind::less;
    if (comparator == "<=") return Condition::Kind::less_equal;
    if (comparator == ">") return Condition::Kind::greater;
    return Condition::Kind::greater_equal;
  }

  bool unexpected() {
    const auto near_end =
        current_.kind == TokenKind::end ? text_.size() : next_token(text_, current_.end).end;
    const auto near = text_.substr(previous_, near_end - previous_);
    const auto token = current_.kind == TokenKind::end ? std::string_view("<EOF>") : text_of(current_);
    return refusal_.invalid("Syntax error; token: \"" + std::string(token) + "\", near: \"" +
                            std::string(near) + '"');
  }

  std::string_view text_;
  Refusal& refusal_;
  Token current_{};
  std::size_t previous_ = 0;  ///< Where the token before the current one begins.
  std::size_t parentheses_ = 0;
  std::size_t negations_ = 0;
  std::size_t calls_ = 0;
  bool redundant_ = false;  ///< The operand just read is in two pairs of parentheses.
};

}  // namespace

bool read(std::string_view text, Refusal& refusal, RawCondition& out) {
  return has_size_allowed(text, true, refusal) && Parser(text, refusal).condition(out);
}

bool read(std::string_view text, Refusal& refusal, RawUpdate& out) {
  return has_size_allowed(text, false, refusal) && Parser(text, refusal).update(out);
}

bool read(std::string_view text, Refusal& refusal, std::vector<DocumentPath>& out) {
  return has_size_allowed(text, false, refusal) && Parser(text, refusal).projection(out);
}

}  // namespace gannet::core::expression
