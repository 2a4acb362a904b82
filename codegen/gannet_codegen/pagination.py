"""Paginators: how an operation's answer leads to the input of its next page, as C++."""

from cpp_types import value_type
from expressions import ExpressionError, Path, parse
from lines import HEADER, Lines
from shapes import ModelError
from paths import Node, Paths, Truth


class Paginator:
    """`tokens` are pairs of a member of the input and the expression that finds its next value."""

    def __init__(self, service, operation, facts):
        self.service = service
        self.operation = operation
        self.name = f"{operation.cpp}_pages"
        self.type = operation.input_name.removesuffix("Input") + "Pages"
        self.place = f"{service.name}: the paginator of {operation.name}"
        self.facts = facts
        inputs, outputs = self.listed("input_token"), self.listed("output_token")
        if not inputs or len(inputs) != len(outputs):
            raise ModelError(f"{self.place} must have as many of input_token as of output_token, one at least")
        if not operation.input or not operation.output:
            raise ModelError(f"{self.place} is of an operation without input or output")
        self.more = facts.get("more_results")
        try:
            self.tokens = [(self.input_member(name), text) for name, text in zip(inputs, outputs)]
            self.advance(Lines())
        except ExpressionError as problem:
            raise ExpressionError(f"{self.place}: {problem}") from problem

    def listed(self, key):
        value = self.facts.get(key)
        value = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in value):
            raise ModelError(f"{self.place}: its {key} must be an expression or a list of them")
        return value

    def input_member(self, name):
        member = next((each for each in self.operation.input.members if each.name == name), None)
        if member is None:
            raise ExpressionError(f"{self.operation.input.name} has no member {name}")
        return member

    def results(self):
        """The members of an answer that hold what is listed, where they are its own."""
        wanted = self.facts.get("result_key", [])
        wanted = wanted if isinstance(wanted, list) else [wanted]
        return [each.cpp for name in wanted for each in self.operation.output.members if each.name == name]

    def resumed_by(self):
        """The members of input and answer by which a walk is resumed, where the latter are the answer's own."""
        pairs = []
        for member, text in self.tokens:
            tree = parse(text)
            if not isinstance(tree, Path) or len(tree.steps) != 1:
                return []
            pairs.append((member.cpp, self.operation.output.member(tree.steps[0][1]).cpp))
        return pairs

    def advance(self, lines):
        """The statements that set the tokens of `in` from `out`."""
        paths = Paths(self.service, lines)
        out = Node("out", self.operation.output, sure=True)
        if self.more:
            condition = paths.condition(parse(self.more), out)
            lines.add(f"if (!{condition}) return runtime::Following::none;")
        lines.add("protocols::Tokens tokens;")
        for member, text in self.tokens:
            found = paths.value(parse(text), out)
            if not isinstance(found, Node) or isinstance(found, Truth):
                raise ExpressionError(f"{text!r} is no token")
            if value_type(self.service, found) != value_type(self.service, member):
                raise ExpressionError(f"{text!r} is of another type than {member.name}")
            if found.shape.kind not in ("string", "integer", "long", "map"):
                raise ExpressionError(f"{text!r} is of type {found.shape.kind}, which is no token")
            lines.add(f"tokens.set(in.{member.cpp}, {found.cpp});")
        lines.add("return tokens.follow();")

    def words(self):
        """What the documentation comment says."""
        text = f"The pages of {self.operation.name}, one after the other; `input` is copied and `options` hold for each."
        results = [f"`{each}`" for each in self.results()]
        if results:
            text += f" Each holds {', '.join(results[:-1]) + ' and ' if results[:-1] else ''}{results[-1]}."
        pairs = [f"`{member}` set to that page's `{token}`" for member, token in self.resumed_by()]
        if pairs:
            text += f" To resume after a page, begin with {' and '.join(pairs)}."
        return text

    def declaration(self, lines):
        lines.comment(self.words())
        lines.add(f"[[nodiscard]] {self.type} {self.name}(const {self.operation.input_name}& input,",
                  "    const gannet::CallOptions& options = gannet::default_call_options) const;")


def paginators(service, facts):
    if not isinstance(facts, dict):
        raise ModelError(f"{service.name}: its pagination must be an object")
    by_name = {each.name: each for each in service.operations}
    found = []
    for name, each in sorted(facts.items()):
        if name in service.left_out:
            continue
        if name not in by_name:
            raise ModelError(f"{service.name}: a paginator is of the operation {name}, which the model lacks")
        if not isinstance(each, dict):
            raise ModelError(f"{service.name}: the paginator of {name} must be an object")
        try:
            found.append(Paginator(service, by_name[name], each))
        except ExpressionError as problem:
            service.leave_out(problem)
    return found


def pages_source(service):
    lines = Lines(HEADER, "#include <memory>", "", f"#include <gannet/{service.name}/client.hpp>", "",
                  f'#include "{service.name}/codec.hpp"', '#include "runtime/pages.hpp"', '#include "services/paths.hpp"',
                  '#include "services/tokens.hpp"', "", f"namespace gannet::{service.name} {{")
    lines.add("namespace {", "")
    for each in service.paginators:
        operation = each.operation
        lines.open(f"runtime::Following {operation.cpp}_follows(const void* output, void* input)")
        lines.add(f"const auto* out = static_cast<const {operation.output_name}*>(output);",
                  f"auto& in = *static_cast<{operation.input_name}*>(input);")
        each.advance(lines)
        lines.close()
        lines.add("", f"constexpr runtime::Pagination {each.name}_facts{{", f"    .operation = &operations::{operation.cpp},",
                  f"    .serialize = &runtime::serialize_erased<{operation.input_name}, &serialize_{operation.cpp}>,",
                  f"    .parse = &parse_{operation.cpp},", f"    .follow = &{operation.cpp}_follows}};", "")
    lines.add("}  // namespace", "")
    for each in service.paginators:
        operation = each.operation
        lines.add(f"{each.type} Client::{each.name}(const {operation.input_name}& input,")
        lines.open("    const gannet::CallOptions& options) const")
        lines.add(f"return {each.type}(runtime::make_pages(state_, {each.name}_facts,",
                  f"    std::make_shared<{operation.input_name}>(input), options));")
        lines.close()
        lines.add("")
    lines.add(f"}}  // namespace gannet::{service.name}")
    return lines.text()
