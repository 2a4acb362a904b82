#include "core/expression.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "core/utf8.hpp"

namespace gannet::core {

namespace {

constexpr std::size_t maximum_size = 4096;
constexpr std::size_t maximum_operators = 300;
constexpr std::size_t maximum_list_operands = 100;
constexpr std::size_t maximum_path_levels = 32;
// Whatever nests deeper than the allowed number of operators has too many of them, or parentheses that do
// nothing.
constexpr std::size_t maximum_nesting = maximum_operators + 2;

// ---- Tokens ----

enum class TokenKind : std::uint8_t {
  name,
  name_placeholder,
  value_placeholder,
  index,
  symbol,
  comparator,
  keyword_and,
  keyword_or,
  keyword_not,
  keyword_between,
  keyword_in,
  keyword_set,
  keyword_remove,
  keyword_add,
  keyword_delete,
  unknown,
  end,
};

struct Token {
  TokenKind kind;
  std::size_t begin;
  std::size_t end;
};

bool is_letter(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

bool is_digit(char character) noexcept {
  return character >= '0' && character <= '9';
}

bool is_word_character(char character) noexcept {
  return is_letter(character) || is_digit(character) || character == '_';
}

bool is_space(char character) noexcept {
  return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

TokenKind kind_of_word(std::string_view word) noexcept {
  constexpr std::array<std::pair<std::string_view, TokenKind>, 9> keywords = {{
      {"and", TokenKind::keyword_and},
      {"or", TokenKind::keyword_or},
      {"not", TokenKind::keyword_not},
      {"between", TokenKind::keyword_between},
      {"in", TokenKind::keyword_in},
      {"set", TokenKind::keyword_set},
      {"remove", TokenKind::keyword_remove},
      {"add", TokenKind::keyword_add},
      {"delete", TokenKind::keyword_delete},
  }};
  for (const auto& [keyword, kind] : keywords) {
    const auto same = [](char left, char right) { return (left | 0x20) == right; };
    if (std::ranges::equal(word, keyword, same)) return kind;
  }
  return TokenKind::name;
}

Token next_token(std::string_view text, std::size_t from) noexcept {
  auto begin = from;
  while (begin < text.size() && is_space(text[begin])) ++begin;
  if (begin == text.size()) return {TokenKind::end, begin, begin};

  const auto word_end = [text](std::size_t position) {
    while (position < text.size() && is_word_character(text[position])) ++position;
    return position;
  };
  const auto character = text[begin];
  if (is_letter(character)) {
    const auto end = word_end(begin + 1);
    return {kind_of_word(text.substr(begin, end - begin)), begin, end};
  }
  switch (character) {
    case '#':
    case ':': {
      const auto end = word_end(begin + 1);
      if (end == begin + 1) return {TokenKind::unknown, begin, end};
      return {character == '#' ? TokenKind::name_placeholder : TokenKind::value_placeholder, begin, end};
    }
    case '=':
      return {TokenKind::comparator, begin, begin + 1};
    case '<':
    case '>': {
      const auto follows = begin + 1 < text.size() ? text[begin + 1] : '\0';
      const bool two = follows == '=' || (character == '<' && follows == '>');
      return {TokenKind::comparator, begin, begin + (two ? 2U : 1U)};
    }
    case '(':
    case ')':
    case '[':
    case ']':
    case '.':
    case ',':
    case '+':
    case '-':
      return {TokenKind::symbol, begin, begin + 1};
    default:
      break;
  }
  if (is_digit(character)) {
    // No number but zero begins with a zero.
    auto end = begin + 1;
    while (character != '0' && end < text.size() && is_digit(text[end])) ++end;
    return {TokenKind::index, begin, end};
  }
  const auto length = std::max<std::size_t>(utf8_sequence_length(text.substr(begin)), 1);
  return {TokenKind::unknown, begin, begin + length};
}

// ---- What the grammar gives: names and functions are not checked yet ----

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

/// What stands between two parentheses: only what follows them tells an operand from a condition.
struct Term {
  std::optional<RawOperand> operand;
  RawCondition condition;  ///< Where there is no operand.
  bool in_parentheses = false;
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

std::string_view parameter_name(ConditionParameter parameter) noexcept {
  switch (parameter) {
    case ConditionParameter::condition:
      return "ConditionExpression";
    case ConditionParameter::filter:
      return "FilterExpression";
    case ConditionParameter::key_condition:
      return "KeyConditionExpression";
  }
  return "";
}

/// Keeps the first error.
class Refusal {
 public:
  explicit Refusal(std::string_view parameter) : parameter_(parameter) {}

  /// "Invalid ConditionExpression: " and what is wrong.
  bool invalid(std::string_view reason) {
    return whole("Invalid " + std::string(parameter_) + ": " + std::string(reason));
  }
  bool whole(std::string message) {
    if (message_.empty()) message_ = std::move(message);
    return false;
  }
  [[nodiscard]] std::unexpected<Error> take() {
    return fail(ErrorKind::validation, "ValidationException", std::move(message_));
  }

 private:
  std::string_view parameter_;
  std::string message_;
};

// ---- The grammar ----

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
    if (++negations_ > maximum_nesting) return too_many_operators();
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
    if (++calls_ > maximum_nesting) return too_many_operators();
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
  bool too_many_operators() {
    return refusal_.invalid("The expression contains too many operators; operator count: " +
                            std::to_string(maximum_operators + 1));
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

// ---- Names and functions ----

struct Function {
  enum class Role : std::uint8_t { condition, operand, update_operand, update_value };
  std::string_view name;
  Role role;
  std::size_t operands;
  Condition::Kind kind = Condition::Kind::all;  ///< Of Role::condition.
};

constexpr std::array<Function, 8> functions = {{
    {"attribute_exists", Function::Role::condition, 1, Condition::Kind::attribute_exists},
    {"attribute_not_exists", Function::Role::condition, 1, Condition::Kind::attribute_not_exists},
    {"attribute_type", Function::Role::condition, 2, Condition::Kind::attribute_type},
    {"begins_with", Function::Role::condition, 2, Condition::Kind::begins_with},
    {"contains", Function::Role::condition, 2, Condition::Kind::contains},
    {"size", Function::Role::operand, 1},
    {"if_not_exists", Function::Role::update_operand, 2},
    {"list_append", Function::Role::update_value, 2},
}};

/// For a call whose name has been checked; the last function otherwise.
const Function& function_named(std::string_view name) noexcept {
  const auto found = std::ranges::find(functions, name, &Function::name);
  return found == functions.end() ? functions.back() : *found;
}

/// Checks what needs no value, in the order in which the service does.
class Checker {
 public:
  explicit Checker(Refusal& refusal) : refusal_(refusal) {}

  bool check(RawCondition& condition) {
    return names(condition) && operand_numbers(condition) && operator_count() && operand_kinds(condition);
  }

  bool check(RawUpdate& update) {
    std::array<bool, 4> seen{};
    for (auto& clause : update.clauses) {
      if (!names(clause)) return false;
      if (std::exchange(seen[static_cast<std::size_t>(clause.section)], true))
        return repeated(clause.section);
    }
    const auto every_value = [&update](auto&& check) {
      return std::ranges::all_of(update.clauses, [&](const auto& clause) {
        return std::ranges::all_of(clause.set,
                                   [&](const auto& assignment) { return check(assignment.value); });
      });
    };
    return every_value([this](const RawOperand& value) { return operand_numbers(value); }) &&
           every_value([this](const RawOperand& value) { return operand_kinds(value); });
  }

  bool names(DocumentPath& path) {
    for (auto& element : path.elements) {
      if (element.kind == PathElement::Kind::name && is_reserved_word(element.name)) {
        return refusal_.invalid("Attribute name is a reserved keyword; reserved keyword: " + element.name);
      }
      if (element.kind == PathElement::Kind::placeholder && element.name.front() == ':') {
        return refusal_.invalid(
            "An expression attribute name used in the document path is not defined; attribute name: " +
            element.name);
      }
      if (element.kind == PathElement::Kind::index && !index(element)) return false;
    }
    if (path.elements.size() > maximum_path_levels) {
      return refusal_.invalid("The document path has too many nesting levels; nesting levels: " +
                              std::to_string(path.elements.size()));
    }
    return true;
  }

 private:
  bool index(PathElement& element) {
    std::int32_t number = 0;
    const auto* end = element.name.data() + element.name.size();
    if (std::from_chars(element.name.data(), end, number).ec != std::errc{}) {
      return refusal_.invalid("List index is not within the allowable range; index: [" + element.name + "]");
    }
    element.index = static_cast<std::size_t>(number);
    element.name.clear();
    return true;
  }

  bool names(RawCondition& condition) {
    using Kind = Condition::Kind;
    if (condition.form == RawCondition::Form::call) {
      return call_names(condition.operands.front(), {Function::Role::condition});
    }
    const bool joins = condition.kind == Kind::all || condition.kind == Kind::any;
    operators_ += joins ? condition.conditions.size() - 1 : 1;
    return std::ranges::all_of(condition.operands,
                               [this](auto& operand) { return operand_names(operand); }) &&
           std::ranges::all_of(condition.conditions, [this](auto& inner) { return names(inner); });
  }

  bool operand_names(RawOperand& operand) {
    if (operand.kind == RawOperand::Kind::call) return call_names(operand, {Function::Role::operand});
    return names(operand.path);
  }

  bool assigned_names(RawOperand& value) {
    if (value.kind == RawOperand::Kind::call) {
      return call_names(value, {Function::Role::update_operand, Function::Role::update_value});
    }
    if (value.kind == RawOperand::Kind::path) return names(value.path);
    return std::ranges::all_of(value.arguments,
                               [this](auto& operand) { return update_operand_names(operand); });
  }

  bool update_operand_names(RawOperand& operand) {
    if (operand.kind == RawOperand::Kind::call) return call_names(operand, {Function::Role::update_operand});
    return names(operand.path);
  }

  bool call_names(RawOperand& call, std::initializer_list<Function::Role> allowed) {
    ++operators_;
    const auto found = std::ranges::find(functions, call.text, &Function::name);
    if (found == functions.end()) return refusal_.invalid("Invalid function name; function: " + call.text);
    const auto is_updates = [](Function::Role role) {
      return role == Function::Role::update_operand || role == Function::Role::update_value;
    };
    const bool in_update = is_updates(*allowed.begin());
    if (is_updates(found->role) != in_update) {
      return refusal_.invalid(std::string("The function is not allowed in ") +
                              (in_update ? "an update" : "a condition") +
                              " expression; function: " + call.text);
    }
    if (std::ranges::find(allowed, found->role) == allowed.end()) {
      return refusal_.invalid("The function is not allowed to be used this way in an expression; function: " +
                              call.text);
    }
    return std::ranges::all_of(call.arguments, [&](auto& operand) {
      return in_update ? update_operand_names(operand) : operand_names(operand);
    });
  }

  bool names(RawUpdate::Clause& clause) {
    const auto path_names = [this](auto& action) { return names(action.path); };
    const auto set_names = [&](RawSet& action) { return path_names(action) && assigned_names(action.value); };
    return std::ranges::all_of(clause.set, set_names) &&
           std::ranges::all_of(clause.remove, [this](auto& path) { return names(path); }) &&
           std::ranges::all_of(clause.elements, path_names);
  }

  bool repeated(RawUpdate::Section section) {
    constexpr std::array<std::string_view, 4> words = {"SET", "REMOVE", "ADD", "DELETE"};
    return refusal_.invalid("The \"" + std::string(words[static_cast<std::size_t>(section)]) +
                            "\" section can only be used once in an update expression;");
  }

  bool operator_count() {
    if (operators_ <= maximum_operators) return true;
    return refusal_.invalid("The expression contains too many operators; operator count: " +
                            std::to_string(maximum_operators + 1));
  }

  bool operand_numbers(const RawCondition& condition) {
    if (condition.form == RawCondition::Form::typed && condition.kind == Condition::Kind::in &&
        condition.operands.size() - 1 > maximum_list_operands) {
      return refusal_.invalid("The IN operator is provided with too many operands; number of operands: " +
                              std::to_string(condition.operands.size() - 1));
    }
    return std::ranges::all_of(condition.operands,
                               [this](auto& operand) { return operand_numbers(operand); }) &&
           std::ranges::all_of(condition.conditions, [this](auto& inner) { return operand_numbers(inner); });
  }

  bool operand_numbers(const RawOperand& operand) {
    if (operand.kind == RawOperand::Kind::call &&
        operand.arguments.size() != function_named(operand.text).operands) {
      return refusal_.invalid(
          "Incorrect number of operands for operator or function; operator or function: " + operand.text +
          ", number of operands: " + std::to_string(operand.arguments.size()));
    }
    return std::ranges::all_of(operand.arguments,
                               [this](auto& argument) { return operand_numbers(argument); });
  }

  bool operand_kinds(const RawCondition& condition) {
    return std::ranges::all_of(condition.operands,
                               [this](auto& operand) { return operand_kinds(operand); }) &&
           std::ranges::all_of(condition.conditions, [this](auto& inner) { return operand_kinds(inner); });
  }

  bool operand_kinds(const RawOperand& operand) {
    if (!std::ranges::all_of(operand.arguments, [this](auto& argument) { return operand_kinds(argument); })) {
      return false;
    }
    if (operand.kind != RawOperand::Kind::call) return true;
    const auto& name = operand.text;
    const auto& arguments = operand.arguments;
    const auto is_number = [](const RawOperand& argument) { return argument.kind == RawOperand::Kind::call; };
    if (name == "attribute_exists" || name == "attribute_not_exists" || name == "if_not_exists") {
      if (arguments.front().kind == RawOperand::Kind::path) return true;
      return refusal_.invalid("Operator or function requires a document path; operator or function: " + name);
    }
    // What size gives is a number, and that has neither a size nor a beginning.
    if (name == "size" && is_number(arguments[0])) return wrong_type(name, "N");
    if (name == "begins_with" && std::ranges::any_of(arguments, is_number)) return wrong_type(name, "N");
    if (name == "attribute_type") {
      if (is_number(arguments[1])) return wrong_type(name, "N");
      if (arguments[1].kind != RawOperand::Kind::value) {
        return wrong_type(name, "{S,N,B,SS,NS,BS,M,L,NULL,BOOL}");
      }
    }
    return true;
  }

  bool wrong_type(const std::string& function, std::string_view type) {
    return refusal_.invalid("Incorrect operand type for operator or function; operator or function: " +
                            function + ", operand type: " + std::string(type));
  }

  Refusal& refusal_;
  std::size_t operators_ = 0;
};

// ---- From what was checked to what is given ----

Operand to_operand(RawOperand& raw) {
  if (raw.kind == RawOperand::Kind::path) return {.of = std::move(raw.path)};
  if (raw.kind == RawOperand::Kind::value) return {.of = ValuePlaceholder{std::move(raw.text)}};
  auto operand = to_operand(raw.arguments.front());
  operand.size = true;
  return operand;
}

Condition to_condition(RawCondition& raw) {
  Condition condition;
  condition.kind = raw.kind;
  auto* operands = &raw.operands;
  if (raw.form == RawCondition::Form::call) {
    auto& call = raw.operands.front();
    condition.kind = function_named(call.text).kind;
    operands = &call.arguments;
  }
  condition.operands.reserve(operands->size());
  for (auto& operand : *operands) condition.operands.push_back(to_operand(operand));
  condition.conditions.reserve(raw.conditions.size());
  for (auto& inner : raw.conditions) condition.conditions.push_back(to_condition(inner));
  return condition;
}

UpdateValue to_update_value(RawOperand& raw) {
  UpdateValue value;
  switch (raw.kind) {
    case RawOperand::Kind::path:
      value.path = std::move(raw.path);
      return value;
    case RawOperand::Kind::value:
      value.kind = UpdateValue::Kind::value;
      value.value.name = std::move(raw.text);
      return value;
    case RawOperand::Kind::plus:
      value.kind = UpdateValue::Kind::plus;
      break;
    case RawOperand::Kind::minus:
      value.kind = UpdateValue::Kind::minus;
      break;
    case RawOperand::Kind::call:
      value.kind =
          raw.text == "list_append" ? UpdateValue::Kind::list_append : UpdateValue::Kind::if_not_exists;
      break;
  }
  value.arguments.reserve(raw.arguments.size());
  for (auto& argument : raw.arguments) value.arguments.push_back(to_update_value(argument));
  return value;
}

UpdateExpression to_update(RawUpdate& raw) {
  UpdateExpression update;
  for (auto& clause : raw.clauses) {
    switch (clause.section) {
      case RawUpdate::Section::set:
        for (auto& assignment : clause.set) {
          update.set.push_back({std::move(assignment.path), to_update_value(assignment.value)});
        }
        break;
      case RawUpdate::Section::remove:
        update.remove = std::move(clause.remove);
        break;
      case RawUpdate::Section::add:
        update.add = std::move(clause.elements);
        break;
      case RawUpdate::Section::erase:
        update.erase = std::move(clause.elements);
        break;
    }
  }
  return update;
}

// ---- Key conditions ----

constexpr std::array<std::string_view, 16> kind_words = {"AND",
                                                         "OR",
                                                         "NOT",
                                                         "=",
                                                         "<>",
                                                         "<",
                                                         "<=",
                                                         ">",
                                                         ">=",
                                                         "BETWEEN",
                                                         "IN",
                                                         "attribute_exists",
                                                         "attribute_not_exists",
                                                         "attribute_type",
                                                         "begins_with",
                                                         "contains"};

std::string_view word_of(Condition::Kind kind) noexcept {
  return kind_words[static_cast<std::size_t>(kind)];
}

/// The kind that says the same when the two operands change places.
Condition::Kind mirrored(Condition::Kind kind) noexcept {
  switch (kind) {
    case Condition::Kind::less:
      return Condition::Kind::greater;
    case Condition::Kind::less_equal:
      return Condition::Kind::greater_equal;
    case Condition::Kind::greater:
      return Condition::Kind::less;
    case Condition::Kind::greater_equal:
      return Condition::Kind::less_equal;
    default:
      return kind;
  }
}

/// Takes a key condition apart into at most two comparisons of a key with values.
class KeyConditions {
 public:
  explicit KeyConditions(Refusal& refusal) : refusal_(refusal) {}

  bool collect(Condition& condition) {
    using Kind = Condition::Kind;
    switch (condition.kind) {
      case Kind::all:
        return std::ranges::all_of(condition.conditions, [this](auto& inner) { return collect(inner); });
      case Kind::equal:
      case Kind::less:
      case Kind::less_equal:
      case Kind::greater:
      case Kind::greater_equal:
      case Kind::between:
      case Kind::begins_with:
        return key_first(condition) && add(condition);
      default:
        return refusal_.whole("Invalid operator used in KeyConditionExpression: " +
                              std::string(word_of(condition.kind)));
    }
  }

  [[nodiscard]] Condition take() {
    if (terms_.size() == 1) return std::move(terms_.front());
    Condition both;
    both.conditions = std::move(terms_);
    return both;
  }

  bool check_number() {
    if (terms_.size() <= 2) return true;
    return refusal_.whole("Conditions can be of length 1 or 2 only");
  }

 private:
  bool key_first(Condition& condition) {
    const DocumentPath* key = nullptr;
    for (const auto& operand : condition.operands) {
      if (operand.size) return refusal_.whole("KeyConditionExpressions cannot contain nested operations");
      const auto* path = std::get_if<DocumentPath>(&operand.of);
      if (path == nullptr) continue;
      if (key != nullptr) {
        return refusal_.whole(
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
      }
      if (path->elements.size() > 1) {
        return refusal_.whole("KeyConditionExpressions cannot have conditions on nested attributes");
      }
      key = path;
    }
    if (std::holds_alternative<DocumentPath>(condition.operands.front().of)) return true;
    if (condition.operands.size() > 2 || condition.kind == Condition::Kind::begins_with) {
      return refusal_.whole(
          "Invalid condition in KeyConditionExpression: " + std::string(word_of(condition.kind)) +
          " operator must have the key attribute as its first operand");
    }
    if (key == nullptr) {
      return refusal_.whole("Invalid condition in KeyConditionExpression: No key attribute specified");
    }
    std::swap(condition.operands[0], condition.operands[1]);
    condition.kind = mirrored(condition.kind);
    return true;
  }

  bool add(Condition& condition) {
    const auto& key = condition.operands.front();
    if (std::ranges::any_of(terms_, [&key](const auto& term) { return term.operands.front() == key; })) {
      return refusal_.whole("KeyConditionExpressions must only contain one condition per key");
    }
    terms_.push_back(std::move(condition));
    return true;
  }

  Refusal& refusal_;
  std::vector<Condition> terms_;
};

bool has_size_allowed(std::string_view text, bool says_size, Refusal& refusal) {
  if (text.empty()) return refusal.invalid("The expression can not be empty;");
  if (text.size() <= maximum_size) return true;
  std::string reason = "Expression size has exceeded the maximum allowed size;";
  if (says_size) reason += " expression size: " + std::to_string(text.size());
  return refusal.invalid(reason);
}

// ---- Text ----

template <class T, class Append>
void append_joined(std::string& out, const std::vector<T>& parts, std::string_view separator,
                   Append&& append) {
  bool first = true;
  for (const auto& part : parts) {
    if (!std::exchange(first, false)) out += separator;
    append(part);
  }
}

void append_text(std::string& out, const Condition& condition, bool in_parentheses) {
  using Kind = Condition::Kind;
  const auto& operands = condition.operands;
  if (in_parentheses) out += '(';
  switch (condition.kind) {
    case Kind::all:
    case Kind::any: {
      const auto keep_apart = [&condition](const Condition& inner) {
        return inner.kind == Kind::any || (inner.kind == Kind::all && condition.kind == Kind::all);
      };
      append_joined(out, condition.conditions, ' ' + std::string(word_of(condition.kind)) + ' ',
                    [&](const Condition& inner) { append_text(out, inner, keep_apart(inner)); });
      break;
    }
    case Kind::negation: {
      const auto& inner = condition.conditions.front();
      out += "NOT ";
      append_text(out, inner, inner.kind == Kind::all || inner.kind == Kind::any);
      break;
    }
    case Kind::between:
      out += to_text(operands[0]) + " BETWEEN " + to_text(operands[1]) + " AND " + to_text(operands[2]);
      break;
    case Kind::in:
      out += to_text(operands[0]) + " IN (";
      append_joined(out, std::vector(operands.begin() + 1, operands.end()), ", ",
                    [&](const Operand& operand) { out += to_text(operand); });
      out += ')';
      break;
    case Kind::attribute_exists:
    case Kind::attribute_not_exists:
    case Kind::attribute_type:
    case Kind::begins_with:
    case Kind::contains:
      out += word_of(condition.kind);
      out += '(';
      append_joined(out, operands, ", ", [&](const Operand& operand) { out += to_text(operand); });
      out += ')';
      break;
    default:
      out += to_text(operands[0]) + ' ' + std::string(word_of(condition.kind)) + ' ' + to_text(operands[1]);
  }
  if (in_parentheses) out += ')';
}

}  // namespace

Result<Condition> parse_condition(std::string_view text, ConditionParameter parameter) {
  Refusal refusal(parameter_name(parameter));
  RawCondition raw;
  if (!has_size_allowed(text, true, refusal) || !Parser(text, refusal).condition(raw) ||
      !Checker(refusal).check(raw)) {
    return refusal.take();
  }
  auto condition = to_condition(raw);
  if (parameter != ConditionParameter::key_condition) return condition;
  KeyConditions keys(refusal);
  if (!keys.collect(condition) || !keys.check_number()) return refusal.take();
  return keys.take();
}

Result<UpdateExpression> parse_update(std::string_view text) {
  Refusal refusal("UpdateExpression");
  RawUpdate raw;
  if (!has_size_allowed(text, false, refusal) || !Parser(text, refusal).update(raw) ||
      !Checker(refusal).check(raw)) {
    return refusal.take();
  }
  return to_update(raw);
}

Result<std::vector<DocumentPath>> parse_projection(std::string_view text) {
  Refusal refusal("ProjectionExpression");
  std::vector<DocumentPath> paths;
  if (!has_size_allowed(text, false, refusal) || !Parser(text, refusal).projection(paths))
    return refusal.take();
  Checker checker(refusal);
  for (auto& path : paths) {
    if (!checker.names(path)) return refusal.take();
  }
  return paths;
}

std::string to_text(const DocumentPath& path) {
  std::string out;
  for (const auto& element : path.elements) {
    if (element.kind == PathElement::Kind::index) {
      out += '[' + std::to_string(element.index) + ']';
    } else {
      if (!out.empty()) out += '.';
      out += element.name;
    }
  }
  return out;
}

std::string to_text(const Operand& operand) {
  const auto* path = std::get_if<DocumentPath>(&operand.of);
  auto of = path != nullptr ? to_text(*path) : std::get<ValuePlaceholder>(operand.of).name;
  return operand.size ? "size(" + of + ')' : of;
}

std::string to_text(const Condition& condition) {
  std::string out;
  append_text(out, condition, false);
  return out;
}

std::string to_text(const UpdateValue& value) {
  switch (value.kind) {
    case UpdateValue::Kind::path:
      return to_text(value.path);
    case UpdateValue::Kind::value:
      return value.value.name;
    case UpdateValue::Kind::plus:
      return to_text(value.arguments[0]) + " + " + to_text(value.arguments[1]);
    case UpdateValue::Kind::minus:
      return to_text(value.arguments[0]) + " - " + to_text(value.arguments[1]);
    case UpdateValue::Kind::if_not_exists:
      return "if_not_exists(" + to_text(value.arguments[0]) + ", " + to_text(value.arguments[1]) + ')';
    case UpdateValue::Kind::list_append:
      return "list_append(" + to_text(value.arguments[0]) + ", " + to_text(value.arguments[1]) + ')';
  }
  return {};
}

std::string to_text(const UpdateExpression& update) {
  std::string out;
  const auto section = [&out](std::string_view word, const auto& actions, auto&& text) {
    if (actions.empty()) return;
    if (!out.empty()) out += ' ';
    out += word;
    out += ' ';
    append_joined(out, actions, ", ", [&](const auto& action) { out += text(action); });
  };
  const auto elements = [](const SetElementsAction& action) {
    return to_text(action.path) + ' ' + action.value.name;
  };
  section("SET", update.set,
          [](const SetAction& action) { return to_text(action.path) + " = " + to_text(action.value); });
  section("REMOVE", update.remove, [](const DocumentPath& path) { return to_text(path); });
  section("ADD", update.add, elements);
  section("DELETE", update.erase, elements);
  return out;
}

}  // namespace gannet::core
