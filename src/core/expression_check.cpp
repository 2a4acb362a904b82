#include "core/expression_check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/expression_functions.hpp"

namespace gannet::core::expression {

namespace {

constexpr std::size_t maximum_list_operands = 100;
constexpr std::size_t maximum_path_levels = 32;

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
    return refusal_.too_many_operators();
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

}  // namespace

bool check(RawCondition& condition, Refusal& refusal) {
  return Checker(refusal).check(condition);
}

bool check(RawUpdate& update, Refusal& refusal) {
  return Checker(refusal).check(update);
}

bool check(std::vector<DocumentPath>& paths, Refusal& refusal) {
  Checker checker(refusal);
  return std::ranges::all_of(paths, [&checker](auto& path) { return checker.names(path); });
}

}  // namespace gannet::core::expression
